#pragma once

#include "core/base/camera.h"
#include "core/base/image.h"
#include "core/jobs/job.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// Which pictures of a data set are used, and how.
struct DatasetOptions {
  std::filesystem::path data{};   // folder or zip: pictures and dataset.json (SPEC, "Conventions")
  std::filesystem::path masks{};  // folder or zip: the same stems, one channel, 255 = person; empty: none
  int resolution = 0;     // pixels on a side, a power of two in 64..512, larger pictures are shrunk (mean
                          // of the area); 0: that of the pictures
  bool mirror = false;    // adds every picture flipped, with its label flipped, as an item of its own
  double yaw_min = -180;  // degrees; only pictures inside both ranges are used
  double yaw_max = 180;
  double pitch_min = -90;
  double pitch_max = 90;
  int back_repeat = 1;        // pictures with |yaw| >= 90 degrees count this many times (PanoHead, 4.1)
  std::int64_t max_size = 0;  // at most so many pictures, chosen by seed; 0: all
  std::uint64_t seed = 0;     // of that choice
};

/// One picture of the set: what dataset.json and the archives' listings say of it.
struct DatasetEntry {
  std::string picture;  // name inside the folder or zip
  std::string mask;     // the same in the masks; empty without masks
  CameraLabel label{};
  int person = -1;  // people are numbered by the first folder of the name ("00012/00012_03.webp"); -1: none
};

/// What training iterates over: an entry, perhaps flipped.
struct DatasetItem {
  std::uint32_t entry = 0;
  bool mirrored = false;
};

/// A decoded item at the set's resolution.
struct LoadedItem {
  Image picture;  // 3 channels
  Image mask;     // 1 channel; empty without masks
  CameraLabel label{};
};

/// Yaw and pitch in degrees of the camera of a label, sound everywhere (atan2 of its place around the
/// head: 0 = front, 90 = camera on +x, in (-180, 180]; pitch positive from above).
double yawOf(const CameraLabel& label);
double pitchOf(const CameraLabel& label);
/// The label of the mirrored picture: entries 1, 2, 3, 4 and 8 negated.
CameraLabel mirrored(const CameraLabel& label);

/// Pixels on a side of the set's pictures, as the header of the first says; 0: it has none.
/// Throws DatasetError, ArchiveError, Cancelled.
int storedResolution(const std::filesystem::path& data, JobContext& context);

/// A set of pictures with masks and camera labels, in folders or zips. Opening it reads labels, listings and
/// the headers of the chosen pictures only. Immutable; load() may be called from many threads at once.
class Dataset {
 public:
  /// Labels belong to pictures, and masks to pictures, by the name without extension. Labels and masks of
  /// pictures that are not there are passed over (`dataset check` lists them).
  /// Throws DatasetError naming the file: no dataset.json, pictures without label, masks missing, sizes that
  /// differ or cannot be trained on, WebP in a build without it, an empty selection. Throws ArchiveError for
  /// unreadable zips, OptionError for ranges that make no sense, Cancelled.
  Dataset(DatasetOptions options, JobContext& context);
  ~Dataset();
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  const DatasetOptions& options() const noexcept;
  int resolution() const noexcept;  // pixels on a side
  bool hasMasks() const noexcept;
  const std::vector<DatasetEntry>& entries() const noexcept;  // after the filters, sorted by name
  /// All entries, then the repetitions of back views, round by round; then all of that again, mirrored.
  const std::vector<DatasetItem>& items() const noexcept;
  int personCount() const noexcept;
  const std::vector<std::string>& personNames() const noexcept;

  /// Throws ImageError naming the picture or mask that cannot be read or has another size than its header
  /// said.
  LoadedItem load(const DatasetItem& item) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace panohead
