#pragma once

#include "core/base/image_io.h"
#include "core/dataset/file_source.h"
#include "core/vision/aligned_square.h"
#include "tests/support/places.h"
#include "tests/support/test_files.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace panohead::test {

/// What the reference of the vision models found (make_golden.py).
inline const nlohmann::json& visionGolden() {
  static const nlohmann::json golden = [] {
    std::ifstream stream(sourceFolder() / "tests/core/vision/vision.golden.json");
    return nlohmann::json::parse(stream);
  }();
  return golden;
}

/// One of its poses.
struct GoldenPose {
  std::string way;
  HeadPose pose;
  double roll = 0;

  explicit GoldenPose(const nlohmann::json& row)
      : way(row.at(0)),
        pose{row.at(1), row.at(2), {row.at(4), row.at(5), row.at(6), row.at(7)}},
        roll(row.at(3)) {}
};

/// How far two poses are apart: yaw in degrees, and the squares in parts of their side.
struct PoseDistance {
  double yaw = 0;
  double square = 0;
};

inline PoseDistance distanceOf(const HeadPose& a, const HeadPose& b) {
  const double turn = std::abs(a.yaw - b.yaw);
  return {std::min(turn, 360 - turn),
          std::max({std::abs(a.square.x - b.square.x),
                    std::abs(a.square.y - b.square.y),
                    std::abs(a.square.side - b.square.side)}) /
              b.square.side};
}

/// PANOHEAD_ALL_PICTURES=1: every picture instead of one in twenty.
inline std::size_t pictureStep() {
  const char* all = std::getenv("PANOHEAD_ALL_PICTURES");
  return all != nullptr && std::string(all) == "1" ? 1 : 20;
}

/// The test heads of the shared data set; null where they are not.
inline std::unique_ptr<FileSource> sharedHeads(const std::string& zip) {
  const std::filesystem::path path = sharedData("datasets/" + zip);
  SilentContext context;
  return std::filesystem::exists(path) ? openFileSource(path, "--data", context) : nullptr;
}

inline Image imageIn(const FileSource& source, const std::string& name) {
  return decodeImage(source.read(source.find(name).value()), name);
}

}  // namespace panohead::test

/// Skips the test where the shared heads are not, else names their source `variable`.
#define PANOHEAD_SHARED_HEADS(variable, zip)                                         \
  const auto variable = panohead::test::sharedHeads(zip);                            \
  if (!variable) {                                                                   \
    GTEST_SKIP() << "needs datasets/" zip " of the shared folder (PANOHEAD_SHARED)"; \
  }                                                                                  \
  static_assert(true)
