#pragma once

#include "core/dataset/dataset.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace panohead {

/// Pictures grouped by person, as the warm-up wants them. From a data set, or made up by a test.
struct PeoplePictures {
  int resolution = 0;                             // pixels on a side
  std::vector<std::string> names;                 // of the people
  std::vector<std::vector<std::uint32_t>> views;  // indices of each person's pictures
  std::vector<CameraLabel> labels;                // of every picture
  std::function<LoadedItem(std::uint32_t)> load;  // by index; throws ImageError
};

/// Throws DatasetError when the set has no masks, when its names tell no people apart, or when somebody has
/// one picture only.
PeoplePictures peopleOf(std::shared_ptr<const Dataset> dataset);

/// A picture with its mask, as bytes: red, green, blue, mask.
struct MaskedPicture {
  std::vector<std::uint8_t> large;  // [R, R, 4]
  std::vector<std::uint8_t> small;  // [r, r, 4]: means over squares, colours straight
};

/// Decodes when first asked for and keeps what fits into memory.
class PictureBank {
 public:
  /// @param small_resolution pixels on a side of the small pictures; divides the resolution
  /// @param megabytes kept at most; pictures beyond that are decoded every time
  PictureBank(PeoplePictures people, int small_resolution, std::int64_t megabytes);

  const PeoplePictures& people() const noexcept { return people_; }
  int smallResolution() const noexcept { return small_; }
  /// Null when the picture cannot be decoded; its name and the reason are then in failures().
  std::shared_ptr<const MaskedPicture> get(std::uint32_t index);
  /// Bytes that the bank takes once every picture was asked for.
  std::int64_t bytesWhenFull() const noexcept;
  /// Each once, in the order in which they were found.
  const std::vector<std::string>& failures() const noexcept { return failures_; }

 private:
  PeoplePictures people_;
  int small_;
  std::int64_t bytes_most_;
  std::int64_t bytes_left_;
  std::vector<std::shared_ptr<const MaskedPicture>> kept_;
  std::set<std::uint32_t> broken_;
  std::vector<std::string> failures_;
};

}  // namespace panohead
