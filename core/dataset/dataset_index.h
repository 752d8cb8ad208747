#pragma once

#include "core/base/camera.h"
#include "core/dataset/file_source.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace panohead {

/// A picture and what belongs to it by its stem.
struct IndexedPicture {
  std::string name;
  std::size_t picture = 0;            // number in the pictures' source
  std::optional<std::size_t> mask{};  // number in the masks' source
  bool labelled = false;              // dataset.json names it, whatever the label is worth
  std::optional<CameraLabel> label{};
  std::string label_problem{};  // why there is no usable label
};

/// Everything that listings and dataset.json say of a data set, good or bad; Dataset, dataset check and
/// dataset pack judge it.
struct DatasetIndex {
  std::unique_ptr<FileSource> picture_source;
  std::unique_ptr<FileSource> mask_source;  // null without masks
  std::vector<IndexedPicture> pictures;     // sorted by name

  std::vector<std::string> labels_without_picture;
  std::vector<std::string> masks_without_picture;
  std::vector<std::string> equal_stems;         // pictures or masks that differ in their extension only
  std::vector<std::string> repeated_labels;     // labelled more than once, always the same
  std::vector<std::string> conflicting_labels;  // labelled more than once, differently
};

/// `masks` may be empty. Throws DatasetError when there is no dataset.json, no picture, or labels that
/// cannot be understood as a whole; ArchiveError; Cancelled.
DatasetIndex openDatasetIndex(const std::filesystem::path& data,
                              const std::filesystem::path& masks,
                              JobContext& context);

}  // namespace panohead
