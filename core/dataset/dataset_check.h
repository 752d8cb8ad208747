#pragma once

#include "core/dataset/pose_histogram.h"
#include "core/jobs/job.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

enum class DatasetProblemKind {
  // Training does not start with these.
  kMissingLabel,
  kBadLabel,           // not 25 finite numbers
  kConflictingLabels,  // two different ones for one picture
  kEqualStems,         // files that differ in their extension only
  kMissingMask,
  kUnreadable,     // no picture at all, or of a format that this build does not read
  kOtherSize,      // than most pictures
  kMaskOtherSize,  // than its picture
  kNotSquare,
  kTooSmall,  // less than 64 pixels on a side
  // Training goes on, but it is worth a look.
  kDamaged,  // cut off or broken inside: a run skips and names it
  kLabelWithoutPicture,
  kMaskWithoutPicture,
  kRepeatedLabel,
  kNoRotation,     // the camera's axes are not orthonormal or are mirrored
  kLooksAway,      // the camera does not look at the head
  kOddIntrinsics,  // not a pinhole camera normalised by the size of the picture
  kOddDistance,    // far from that of the other cameras
  kEmptyMask,      // hardly anybody in it
  kFullMask,       // hardly any background
};
bool stopsTraining(DatasetProblemKind kind) noexcept;
/// "missing mask"; for headings and JSON ("missing_mask" there).
const char* titleOf(DatasetProblemKind kind) noexcept;

struct DatasetProblem {
  DatasetProblemKind kind{};
  std::string file;
  std::string detail;  // may be empty
};

struct DatasetCheckOptions {
  std::filesystem::path data{};
  std::filesystem::path masks{};  // may be empty
  int threads = 0;                // 0: one for each core
};

/// What a check found.
struct DatasetReport {
  DatasetCheckOptions options;
  std::int64_t pictures = 0;
  std::int64_t labelled = 0;  // with a usable label
  std::int64_t with_mask = 0;
  std::int64_t persons = 0;   // first folders of the names
  int width = 0, height = 0;  // of most pictures, pixels
  PoseHistogram poses;
  double distance = 0;  // median of the cameras', world units
  double coverage_low = 0, coverage_mean = 0,
         coverage_high = 0;              // part of the picture that is person, 0 .. 1
  std::vector<DatasetProblem> problems;  // by kind, then by file
  std::vector<std::string> notes;        // advice: sentences

  bool canTrain() const noexcept;
  std::string toText() const;  // many lines; of each kind of problem the first few files
  std::string toJson() const;  // everything
};

/// Decodes all pictures and masks and looks at all labels. Throws as Dataset does when there is nothing to
/// look at (no dataset.json, no picture, unreadable zip); Cancelled.
DatasetReport checkDataset(const DatasetCheckOptions& options, JobContext& context);

}  // namespace panohead
