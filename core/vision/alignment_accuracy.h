#pragma once

#include "core/jobs/job.h"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// Ranges of absolute yaw, in degrees, of the table.
inline constexpr std::array<int, 6> kYawBands{0, 30, 60, 90, 135, 180};
inline constexpr std::size_t kYawBandCount = kYawBands.size() - 1;

/// One row: a text for every band, and what the reference of the networks measured on the same pictures.
struct AccuracyRow {
  std::string what;
  std::array<std::string, kYawBandCount> measured;
  std::array<std::string, kYawBandCount> reference;
};

struct AlignmentAccuracy {
  std::array<int, kYawBandCount> pictures{};
  std::vector<AccuracyRow> rows;
  double milliseconds = 0;  // median of the chain, one picture with nothing known

  std::string toText() const;
  std::string toJson() const;
};

/// Measures alignment on the labelled test pictures that the networks were never fitted to
/// (resources/models/vision/test_heads.txt). Errors are median / 90th percentile in degrees.
/// @param heads folder or zip of the synthetic heads with dataset.json
/// Throws OptionError when the test pictures are not in it, DatasetError, Cancelled.
AlignmentAccuracy measureAlignment(const std::filesystem::path& heads, int threads, JobContext& context);

}  // namespace panohead
