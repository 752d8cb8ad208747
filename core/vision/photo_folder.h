#pragma once

#include "core/jobs/job.h"
#include "core/vision/person_mask.h"
#include "core/vision/photo_alignment.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace panohead {

/// What becomes of a folder of photos.
struct PhotoFolderOptions {
  std::filesystem::path photos;  // folder, with all folders below it
  std::filesystem::path out;     // folder: img/ with dataset.json, seg/, report.html, align.jsonl
  int size = 512;                // pixels on a side of the pictures, 64 .. 1024
  bool masks = true;
  MaskOptions mask{};         // refining takes about half a second a picture
  bool all_heads = false;     // every head of a photo; else the largest
  bool without_face = false;  // also take profiles and backs of heads whose square is a guess
  AlignmentOptions alignment{};
  int threads = 0;     // 0 = all cores
  void check() const;  // throws OptionError naming the field
};

/// One head of a photo.
struct FolderHead {
  std::string picture;  // "anna/photo1.jpg.png" in img/; empty: rejected
  HeadPose pose;
  std::string found_by;
  double sharpness = 0, outside = 0;
  double mask_coverage = -1;  // 0..1; -1 without mask
  std::vector<Rejection> rejections;
  std::vector<std::string> warnings;
  std::string thumbnail;  // "report/anna/photo1.jpg.jpg", in `out`
};

/// One photo of the folder.
struct FolderPhoto {
  std::string name;          // relative to the folder, with '/'
  std::uintmax_t bytes = 0;  // of the file: another file of that name is aligned again
  std::string error;         // why it could not be read; empty: it could
  std::vector<std::string> notices;
  std::vector<FolderHead> heads;
  double milliseconds = 0;  // reading, aligning, masks, writing

  bool used() const;
  /// A JSON object in one line.
  std::string toJson() const;
};

struct PhotoFolderResult {
  std::vector<FolderPhoto> photos;  // all, also those of an earlier, interrupted run; sorted by name
  int resumed = 0;                  // of them
  int pictures = 0;                 // in dataset.json
  std::filesystem::path report;
};

/// Makes a training set (pictures, masks, labels at distance 2.7 in the published convention) of a folder of
/// photos, and a page that shows each and why it was left out. A photo that cannot be read is a line of the
/// report, no failure. What is finished is kept in align.jsonl; a run that was interrupted goes on there, and
/// ends with the same files; pictures of photos that are gone leave the set.
/// @param heard is told of every photo that is finished, on any thread, one at a time; may be empty
/// Throws OptionError (nothing to do, or `out` was begun with other options), SaveError, CheckpointError,
/// Cancelled (the set then holds what was finished).
PhotoFolderResult alignPhotoFolder(const PhotoFolderOptions& options,
                                   JobContext& context,
                                   const std::function<void(const FolderPhoto&)>& heard = {});

}  // namespace panohead
