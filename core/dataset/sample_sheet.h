#pragma once

#include "core/base/image.h"
#include "core/jobs/job.h"

#include <filesystem>

namespace panohead {

struct SampleSheetOptions {
  std::filesystem::path data{};
  std::filesystem::path masks{};  // may be empty
  int count = 24;                 // pictures
  int columns = 6;
  int size = 160;  // pixels on a side of each
};

/// Some pictures of a set, evenly over their yaws from -180 to 180 degrees, with the outline of the mask and
/// the camera's angles below. What cannot be decoded is shown as an empty field. Throws as
/// openDatasetIndex, and DatasetError when no picture has a label; Cancelled.
Image drawSampleSheet(const SampleSheetOptions& options, JobContext& context);

}  // namespace panohead
