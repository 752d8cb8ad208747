// A ball whose depth is known exactly, through written cameras that are read back by other code than wrote
// them.
#include "core/export/view_set.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/export/camera_pattern.h"
#include "core/export/camera_set.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/read_views.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace panohead {
namespace {

constexpr int kSide = 96;  // pixels
const glm::dvec3 kMiddle{0.05, -0.03, 0.02};
constexpr double kRadius = 0.22;

/// Distance along the rays to the ball, by the definition of the label (SPEC: rays through pixel centres).
std::vector<float> ballDepth(const CameraLabel& camera, std::vector<float>& mask) {
  std::vector<float> depth(kSide * kSide, 3.3F);
  mask.assign(kSide * kSide, 0);
  const glm::dvec3 origin(camera[3], camera[7], camera[11]);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const glm::dvec3 local = glm::normalize(glm::dvec3(
          ((x + 0.5) / kSide - camera[18]) / camera[16], ((y + 0.5) / kSide - camera[21]) / camera[20], 1.0));
      glm::dvec3 ray(0.0);
      for (int axis = 0; axis < 3; ++axis) {
        for (int k = 0; k < 3; ++k) {
          ray[axis] += camera[static_cast<std::size_t>(axis * 4 + k)] * local[k];
        }
      }
      const double along = glm::dot(kMiddle - origin, ray);
      const double away = glm::dot(kMiddle - origin, kMiddle - origin) - along * along;
      if (away < kRadius * kRadius) {
        depth[static_cast<std::size_t>(y * kSide + x)] =
            static_cast<float>(along - std::sqrt(kRadius * kRadius - away));
        mask[static_cast<std::size_t>(y * kSide + x)] = 1;
      }
    }
  }
  return depth;
}

ViewSet setOf(const CameraPattern& pattern) {
  ViewSet set{kSide, kSide, {}, true};
  for (const OrbitView& view : placeCameras(pattern)) {
    OrbitView tilted = view;
    tilted.roll_degrees = 20;
    set.views.push_back({"view_" + std::to_string(set.views.size()) + ".png", orbitLabel(tilted)});
  }
  return set;
}

TEST(ViewSet, WrittenCamerasAndDepthMeetOnTheBall) {
  const test::ScratchFolder scratch;
  const ViewSet set = setOf({.count = 12});
  std::filesystem::create_directory(scratch / "depth");
  for (const ViewSet::View& view : set.views) {
    std::vector<float> mask;
    const std::vector<float> rays = ballDepth(view.camera, mask);
    writeDepthPng(scratch / "depth" / view.name, depthMap(view.camera, kSide, rays, mask));
  }
  writeTransforms(scratch / "transforms.json", set, "points.ply");
  writeColmap(scratch.path(), set, {});
  for (const auto& cameras :
       {test::readTransforms(scratch / "transforms.json"), test::readColmap(scratch.path())}) {
    ASSERT_EQ(cameras.size(), set.views.size());
    double worst = 0;  // pixels
    int seen = 0;
    for (const test::WrittenCamera& camera : cameras) {
      const test::DepthFile depth = test::readDepth(scratch / "depth" / camera.name);
      ASSERT_EQ(depth.width, kSide);
      for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
          if (depth.at(x, y) > 0) {
            const glm::dvec3 point = camera.toWorld(x + 0.5, y + 0.5, depth.at(x, y) * 1e-4);
            const double off = std::abs(glm::length(point - kMiddle) - kRadius);
            worst = std::max(worst, off * camera.fx / 2.7);
            ++seen;
          }
        }
      }
    }
    EXPECT_GT(seen, 12 * 1000);
    EXPECT_LT(worst, 0.05) << "pixels that points lie off the ball";
  }
}

TEST(ViewSet, NerfstudioAndColmapFilesAgree) {
  const test::ScratchFolder scratch;
  const ViewSet set = setOf({.kind = CameraPattern::Kind::Sphere, .count = 30, .pitches = {-60, 70}});
  writeTransforms(scratch / "transforms.json", set, "points.ply");
  writeColmap(scratch.path(), set, {});
  const auto a = test::readTransforms(scratch / "transforms.json"), b = test::readColmap(scratch.path());
  ASSERT_EQ(a.size(), 30U);
  ASSERT_EQ(b.size(), 30U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    for (const glm::dvec3& corner : {glm::dvec3(0, 0, 2), glm::dvec3(96, 30, 3), glm::dvec3(50, 96, 2.5)}) {
      EXPECT_LT(glm::length(a[i].toWorld(corner.x, corner.y, corner.z) -
                            b[i].toWorld(corner.x, corner.y, corner.z)),
                1e-5);
    }
  }
}

TEST(ViewSet, CamerasComeBackFromBothKindsOfFile) {
  const test::ScratchFolder scratch;
  const ViewSet set = setOf({.count = 5, .pitches = {10}});
  writeTransforms(scratch / "transforms.json", set, "points.ply");
  CameraSet cameras{24, kSide, kSide, {}};
  for (const ViewSet::View& view : set.views) {
    cameras.frames.push_back(view.camera);
  }
  writeCameraSet(scratch / "cameras.json", cameras);
  const CameraSet own = readCameraSet(scratch / "cameras.json");
  EXPECT_EQ(own.frames, cameras.frames);
  EXPECT_EQ(own.frames_per_second, 24);
  const CameraSet theirs = readCameraSet(scratch / "transforms.json");
  ASSERT_EQ(theirs.frames.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t k = 0; k < 25; ++k) {
      EXPECT_NEAR(theirs.frames[i][k], cameras.frames[i][k], 1e-6);
    }
  }
}

TEST(ViewSet, FilesThatHoldNoCamerasAreExplained) {
  const test::ScratchFolder scratch;
  const auto refused = [&](const std::string& text) -> std::string {
    std::ofstream(scratch / "cameras.json") << text;
    try {
      readCameraSet(scratch / "cameras.json");
    } catch (const CameraFileError& error) {
      return error.what();
    }
    return "taken";
  };
  for (const char* text : {"",
                           "{",
                           "[]",
                           "{\"frames\": 3}",
                           "{\"frames\": [{\"label\": [1, 2]}]}",
                           "{\"fps\": 0, \"frames\": []}"}) {
    EXPECT_THAT(refused(text), testing::HasSubstr("cameras.json")) << text;
  }
  std::string zeros = "{\"frames\": [{\"label\": [0";
  for (int i = 1; i < 25; ++i) {
    zeros += ",0";
  }
  EXPECT_THAT(refused(zeros + "]}]}"), testing::HasSubstr("camera 0 is none"));
  EXPECT_THROW(readCameraSet(scratch / "missing.json"), CameraFileError);
  CameraSet mirrored{24, kSide, kSide, {orbitLabel({.yaw_degrees = 20})}};
  for (const std::size_t number : {0U, 4U, 8U}) {
    mirrored.frames[0][number] *= -1;  // x to the left
  }
  writeCameraSet(scratch / "mirrored.json", mirrored);
  EXPECT_THROW(readCameraSet(scratch / "mirrored.json"), CameraFileError);

  const auto with = [&](std::size_t number, float value) {
    nlohmann::json label = orbitLabel({.yaw_degrees = 20});
    label[number] = value;
    std::filesystem::remove(scratch / "cameras.json");
    return refused(nlohmann::json{{"frames", {{{"label", label}}}}}.dump());
  };
  EXPECT_EQ(with(24, 1), "taken");
  EXPECT_THAT(with(12, 0.5F), testing::HasSubstr("camera 0 is none: the last row of its pose"));
  EXPECT_THAT(with(15, 2), testing::HasSubstr("the last row of its pose"));
  EXPECT_THAT(with(0, 3), testing::HasSubstr("no rotation"));
  EXPECT_THAT(with(16, 0), testing::HasSubstr("focal length"));
  EXPECT_THAT(with(17, 2), testing::HasSubstr("skew"));
  EXPECT_THAT(with(24, 7), testing::HasSubstr("intrinsics"));
  std::filesystem::remove(scratch / "cameras.json");
  ASSERT_EQ(mkfifo((scratch / "cameras.json").c_str(), 0600), 0);
  EXPECT_THROW(readCameraSet(scratch / "cameras.json"), CameraFileError) << "nobody writes into the pipe";
}

TEST(ViewSet, PointsLieOnTheBallWithTheirColours) {
  const test::ScratchFolder scratch;
  Image red(kSide / 2, kSide / 2, 3);
  for (int i = 0; i < red.width * red.height; ++i) {
    red.pixels[static_cast<std::size_t>(i) * 3] = 200;
  }
  std::vector<ColouredPoint> points;
  for (const ViewSet::View& view : setOf({.count = 6, .pitches = {0}}).views) {
    std::vector<float> mask;
    const std::vector<float> rays = ballDepth(view.camera, mask);
    addPoints(points, depthMap(view.camera, kSide, rays, mask), view.camera, red, 3);
  }
  ASSERT_GT(points.size(), 1000U);
  for (const ColouredPoint& point : points) {
    EXPECT_NEAR(glm::length(glm::dvec3(point.position) - kMiddle), kRadius, 2e-4);
    EXPECT_EQ(point.red, 200);
    EXPECT_EQ(point.green, 0);
  }
  writePointCloud(scratch / "points.ply", points);
  writeColmap(scratch.path(), {}, points);
  std::ifstream ply(scratch / "points.ply", std::ios::binary);
  std::string line;
  while (std::getline(ply, line) && line != "end_header") {
    if (line.starts_with("element vertex")) {
      EXPECT_EQ(line, "element vertex " + std::to_string(points.size()));
    }
  }
  float place[3];
  ply.read(reinterpret_cast<char*>(place), sizeof place);
  EXPECT_EQ(place[1], points[0].position.y);
  EXPECT_EQ(ply.get(), 200);
  ply.seekg(0, std::ios::end);
  std::ifstream text(scratch / "points3D.txt");
  std::size_t lines = 0;
  while (std::getline(text, line)) {
    lines += line.starts_with("#") ? 0 : 1;
  }
  EXPECT_EQ(lines, points.size());
}

TEST(ViewSet, DepthThatIsTooFarOrUnseenIsZero) {
  const test::ScratchFolder scratch;
  DepthMap depth{2, {0, 1, 7, 2.34567F}};
  writeDepthPng(scratch / "depth.png", depth);
  const test::DepthFile read = test::readDepth(scratch / "depth.png");
  EXPECT_EQ(read.at(0, 0), 0);
  EXPECT_EQ(read.at(1, 0), 10000);
  EXPECT_EQ(read.at(0, 1), 0);
  EXPECT_EQ(read.at(1, 1), 23457);
  const test::FileSizeLimit full(20);
  EXPECT_THROW(writeDepthPng(scratch / "other.png", depth), SaveError);
  EXPECT_FALSE(std::filesystem::exists(scratch / "other.png"));
}

TEST(CameraPattern, RingsAndSpheresCoverWhatTheySay) {
  const auto rings = placeCameras({.count = 61});
  ASSERT_EQ(rings.size(), 61U);
  EXPECT_EQ(std::ranges::count(rings, 0.0, &OrbitView::pitch_degrees), 20);
  EXPECT_EQ(rings.front().yaw_degrees, 0);
  const auto sphere = placeCameras({.kind = CameraPattern::Kind::Sphere, .count = 400, .pitches = {-40, 60}});
  ASSERT_EQ(sphere.size(), 400U);
  int above = 0;
  double nearest = 1e9;
  for (std::size_t i = 0; i < sphere.size(); ++i) {
    EXPECT_GE(sphere[i].pitch_degrees, -40);
    EXPECT_LE(sphere[i].pitch_degrees, 60);
    above += sphere[i].pitch_degrees > 0 ? 1 : 0;
    for (std::size_t k = 0; k < i; ++k) {
      const CameraLabel a = orbitLabel(sphere[i]), b = orbitLabel(sphere[k]);
      nearest =
          std::min(nearest, std::hypot(double{a[3]} - b[3], double{a[7]} - b[7], double{a[11]} - b[11]));
    }
  }
  // The band's area is 2 pi r (h_top - h_bottom); even spacing leaves every camera about the root of its
  // share.
  EXPECT_NEAR(above / 400.0, 0.866 / (0.866 + 0.643), 0.01);
  EXPECT_GT(nearest, 0.7 * std::sqrt(2 * 3.14159 * 2.7 * 2.7 * (0.866 + 0.643) / 400));
  EXPECT_THROW(placeCameras({.count = 2}), OptionError);
  EXPECT_THROW(placeCameras({.pitches = {}}), OptionError);
  EXPECT_THROW(placeCameras({.pitches = {90}}), OptionError);
  EXPECT_THROW(placeCameras({.radius = 0.1}), OptionError);
}

}  // namespace
}  // namespace panohead
