#pragma once

#include "core/dataset/dataset.h"

#include <cstdint>
#include <filesystem>

namespace panohead {

/// How packed pictures are stored.
enum class PackFormat {
  kKeep,  // as they are; where they must be shrunk, JPEG stays JPEG and all else becomes PNG
  kPng,
  kJpeg,
};

struct DatasetPackOptions {
  DatasetOptions set;  // folder or zip, masks, resolution and filters; mirror and back_repeat do nothing here
  std::filesystem::path out;              // "heads" makes heads_img.zip and, with masks, heads_seg.zip
  PackFormat format = PackFormat::kKeep;  // of pictures; masks are PNG unless they stay as they are
  int quality = 95;                       // of JPEG, 1 .. 100
  int threads = 0;                        // 0: one for each core

  std::filesystem::path picturesPath() const;
  std::filesystem::path masksPath() const;
};

struct DatasetPackResult {
  std::int64_t pictures = 0;
  std::uint64_t picture_bytes = 0;  // of the zips
  std::uint64_t mask_bytes = 0;     // 0 without masks
};

/// Makes zips for training from a data set: pictures with their dataset.json in one, masks with the same
/// stems in the other, sorted by name, stored unpacked so that any of them is read at once. A picture that
/// has the wanted format and size already is copied byte for byte. Equal input gives equal bytes, whatever
/// the number of threads; both files appear whole or not at all. Throws as Dataset does, since what it makes
/// can be opened by it; ImageError naming a broken picture that had to be decoded; OptionError; SaveError;
/// Cancelled.
DatasetPackResult packDataset(const DatasetPackOptions& options, JobContext& context);

}  // namespace panohead
