#include "core/dataset/dataset_selection.h"

#include "core/base/error.h"
#include "core/dataset/shuffle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace panohead {
namespace {

constexpr std::uint64_t kChoiceStream = 0x63686F696365;  // apart from the passes of the sampler

void checkRange(double low, double high, const char* name) {
  if (!(low <= high)) {
    throw OptionError(fmt::format("the range {} {} .. {} is empty", name, low, high),
                      fmt::format("give --{0}-min below --{0}-max", name));
  }
}

}  // namespace

OrbitPlace orbitPlaceOf(const CameraLabel& label) {
  const double x = label[3];
  const double y = label[7];
  const double z = label[11];
  constexpr double kDegrees = 180 / std::numbers::pi;
  OrbitPlace place{std::atan2(x, z) * kDegrees, std::atan2(y, std::hypot(x, z)) * kDegrees};
  if (place.yaw <= -180) {  // behind, reached through x = -0
    place.yaw = 180;
  }
  return place;
}

bool isBackView(const CameraLabel& label) { return std::abs(orbitPlaceOf(label).yaw) >= kBackYaw; }

void checkSelectionOptions(const DatasetOptions& options) {
  checkRange(options.yaw_min, options.yaw_max, "yaw");
  checkRange(options.pitch_min, options.pitch_max, "pitch");
  if (options.back_repeat < 1 || options.back_repeat > 1000) {
    throw OptionError(fmt::format("--back-repeat {} is not possible", options.back_repeat),
                      "choose 1 to 1000");
  }
  if (options.max_size < 0) {
    throw OptionError(fmt::format("--max-size {} is not possible", options.max_size),
                      "choose 0 (all) or more");
  }
}

std::vector<std::size_t> selectPictures(const DatasetIndex& index, const DatasetOptions& options) {
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < index.pictures.size(); ++i) {
    if (!index.pictures[i].label) {
      continue;
    }
    const OrbitPlace place = orbitPlaceOf(*index.pictures[i].label);
    if (place.yaw >= options.yaw_min && place.yaw <= options.yaw_max && place.pitch >= options.pitch_min &&
        place.pitch <= options.pitch_max) {
      chosen.push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (chosen.empty()) {
    throw DatasetError(fmt::format("no picture of '{}' has a yaw in {} .. {} and a pitch in {} .. {} degrees",
                                   options.data.string(),
                                   options.yaw_min,
                                   options.yaw_max,
                                   options.pitch_min,
                                   options.pitch_max),
                       "widen the ranges; 'panohead-studio dataset check' shows where the cameras are");
  }
  if (options.max_size > 0 && static_cast<std::int64_t>(chosen.size()) > options.max_size) {
    shuffle(chosen, options.seed, kChoiceStream);
    chosen.resize(static_cast<std::size_t>(options.max_size));
    std::sort(chosen.begin(), chosen.end());
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace panohead
