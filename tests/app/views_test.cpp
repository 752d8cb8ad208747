#include "core/base/image_io.h"
#include "tests/support/read_views.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Views : public testing::Test {
 protected:
  std::string out(const std::string& name) const { return (scratch_ / name).string(); }
  ProcessResult views(std::vector<std::string> arguments, const test::ProcessOptions& options = {}) const {
    arguments.insert(arguments.begin(), "views");
    return studio(arguments, options);
  }
  test::ScratchFolder scratch_;
};

/// How far points of one view's surface, seen by another view and brought back, land from where they came
/// from: medians and 99 % of pixels on smooth, unhidden surface.
std::vector<double> reprojectionErrors(const std::filesystem::path& folder,
                                       const std::vector<test::WrittenCamera>& cameras) {
  std::map<std::string, test::DepthFile> depths;
  for (const test::WrittenCamera& camera : cameras) {
    depths[camera.name] = test::readDepth(folder / "depth" / camera.name);
  }
  const auto smooth = [](const test::DepthFile& depth, int x, int y) {
    if (x < 2 || y < 2 || x + 2 >= depth.width || y + 2 >= depth.height) {
      return false;
    }
    int least = 65535, most = 0;
    for (int v = y - 2; v <= y + 2; ++v) {
      for (int u = x - 2; u <= x + 2; ++u) {
        least = std::min(least, depth.at(u, v));
        most = std::max(most, depth.at(u, v));
      }
    }
    return least > 0 && most - least < 400;  // 0.04 world units
  };
  std::vector<double> errors;
  for (std::size_t i = 0; i < cameras.size(); ++i) {
    const test::WrittenCamera& from = cameras[i];
    const test::WrittenCamera& to = cameras[(i + 1) % cameras.size()];
    const test::DepthFile& here = depths[from.name];
    const test::DepthFile& there = depths[to.name];
    for (int y = 0; y < here.height; y += 2) {
      for (int x = 0; x < here.width; x += 2) {
        if (!smooth(here, x, y)) {
          continue;
        }
        const glm::dvec3 point = from.toWorld(x + 0.5, y + 0.5, here.at(x, y) * 1e-4);
        const glm::dvec3 seen = to.fromWorld(point);
        const int u = static_cast<int>(std::floor(seen.x)), v = static_cast<int>(std::floor(seen.y));
        if (u < 0 || v < 0 || u >= there.width || v >= there.height || !smooth(there, u, v)) {
          continue;
        }
        // Depth between pixel centres, linear.
        const double px = seen.x - 0.5, py = seen.y - 0.5;
        const int left = static_cast<int>(std::floor(px)), top = static_cast<int>(std::floor(py));
        const double a = px - left, b = py - top;
        const double z = 1e-4 * ((there.at(left, top) * (1 - a) + there.at(left + 1, top) * a) * (1 - b) +
                                 (there.at(left, top + 1) * (1 - a) + there.at(left + 1, top + 1) * a) * b);
        if (seen.z - z > 0.05) {
          continue;  // hidden there
        }
        const glm::dvec3 back = from.fromWorld(to.toWorld(seen.x, seen.y, z));
        errors.push_back(std::hypot(back.x - (x + 0.5), back.y - (y + 0.5)));
      }
    }
  }
  std::ranges::sort(errors);
  return errors;
}

TEST_F(Views, OwnDepthMeetsItselfThroughTheWrittenCameras) {
  const ProcessResult result =
      views({"--seeds", "5", "--count", "16", "--pitch", "-10,15", "--out", out("head")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("16 views"));
  for (const auto& cameras : {test::readTransforms(scratch_ / "head" / "transforms.json"),
                              test::readColmap(scratch_ / "head/sparse/0")}) {
    ASSERT_EQ(cameras.size(), 16U);
    const std::vector<double> errors = reprojectionErrors(scratch_ / "head", cameras);
    ASSERT_GT(errors.size(), 1000U);
    const double mean =
        std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
    std::printf("re-projection error over %zu pixels: mean %.3f, median %.3f, 95 %% %.3f px\n",
                errors.size(),
                mean,
                errors[errors.size() / 2],
                errors[errors.size() * 95 / 100]);
    EXPECT_LT(mean, 0.5);
  }
}

TEST_F(Views, FilesAreWhatToolsExpect) {
  const ProcessResult result =
      views({"--seeds", "3", "--count", "4", "--pitch", "0", "--points", "500", "--out", out("head")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::filesystem::path head = scratch_ / "head";
  const Image picture = readImage(head / "images" / "view_0000.png");
  EXPECT_EQ(picture.width, 256);
  EXPECT_EQ(picture.channels, 4);
  const Image mask = readImage(head / "masks" / "view_0000.png");
  EXPECT_EQ(mask.width, 256);
  EXPECT_EQ(mask.channels, 1);
  const test::DepthFile depth = test::readDepth(head / "depth" / "view_0000.png");
  EXPECT_EQ(depth.width, 256);
  EXPECT_NEAR(depth.at(128, 110) * 1e-4, 2.45, 0.1) << "the face";
  EXPECT_EQ(depth.at(3, 3), 0);
  std::ifstream file(head / "transforms.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  EXPECT_EQ(json.at("w"), 256);
  EXPECT_NEAR(json.at("fl_x").get<double>(), 4.2647 * 256, 0.01);
  EXPECT_EQ(json.at("cx"), 128);
  EXPECT_EQ(json.at("frames").size(), 4U);
  EXPECT_FALSE(json.at("frames")[0].contains("mask_path")) << "the pictures have alpha";
  for (const nlohmann::json& frame : json.at("frames")) {
    EXPECT_TRUE(std::filesystem::exists(head / frame.at("file_path").get<std::string>()));
    EXPECT_TRUE(std::filesystem::exists(head / frame.at("depth_file_path").get<std::string>()));
  }
  std::ifstream points(head / "sparse/0/points3D.txt");
  std::string line;
  int count = 0;
  while (std::getline(points, line)) {
    count += line.starts_with("#") ? 0 : 1;
  }
  EXPECT_EQ(count, 500);
}

TEST_F(Views, OpaquePicturesNameTheirMasksAndSeedsGetFoldersOfTheirOwn) {
  const ProcessResult result = views({"--seeds",
                                      "1,2",
                                      "--count",
                                      "2",
                                      "--pitch",
                                      "0",
                                      "--pattern",
                                      "sphere",
                                      "--background",
                                      "white",
                                      "--points",
                                      "0",
                                      "--size",
                                      "64",
                                      "--depth-size",
                                      "32",
                                      "--out",
                                      out("heads")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  std::ifstream file(scratch_ / "heads/seed0002/transforms.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  EXPECT_EQ(json.at("frames")[1].at("mask_path"), "masks/view_0001.png");
  EXPECT_EQ(readImage(scratch_ / "heads/seed0001/images/view_0000.png").channels, 3);
  EXPECT_EQ(readImage(scratch_ / "heads/seed0001/masks/view_0000.png").width, 64) << "as the pictures";
  EXPECT_EQ(test::readDepth(scratch_ / "heads/seed0001/depth/view_0000.png").width, 32);
}

TEST_F(Views, BadWishesAreExplainedAndLeaveNothing) {
  const auto refused =
      [this](std::vector<std::string> arguments, int code, const std::string& out_name = "head") {
        arguments.insert(arguments.end(), {"--out", out(out_name)});
        const ProcessResult result = views(arguments);
        EXPECT_EQ(result.exit_code, code) << result.errors;
        return result.errors;
      };
  EXPECT_THAT(refused({}, 2), HasSubstr("--seeds"));
  EXPECT_THAT(refused({"--seeds", "1", "--project", "a.heads"}, 2), HasSubstr("--project"));
  EXPECT_THAT(refused({"--seeds", "1", "--count", "2"}, 2), HasSubstr("--pitch"));
  EXPECT_THAT(refused({"--seeds", "1", "--size", "9"}, 2), HasSubstr("--size"));
  EXPECT_THAT(refused({"--seeds", "1", "--radius", "0"}, 2), HasSubstr("--radius"));
  EXPECT_THAT(refused({"--seeds", "1", "--count", "3"}, 1, "missing/head"), HasSubstr("missing/head"));
  EXPECT_THAT(scratch_.names(), IsEmpty());
  std::filesystem::create_directory(scratch_ / "there");
  EXPECT_THAT(refused({"--seeds", "1", "--count", "3"}, 1, "there"), HasSubstr("exists already"));
}

TEST_F(Views, InterruptAndFullDiskLeaveNothing) {
  bool sent = false;
  const auto interrupt = [&](pid_t process, const std::string&) {
    const auto names = scratch_.names();
    if (!sent && !names.empty() &&
        std::filesystem::exists(scratch_ / names[0] / "images" / "view_0001.png")) {
      sent = kill(process, SIGINT) == 0;
    }
  };
  const std::vector<std::string> many{"--seeds", "1", "--count", "300", "--out", out("head")};
  EXPECT_EQ(views(many, {.watch = interrupt}).exit_code, 130);
  EXPECT_THAT(scratch_.names(), IsEmpty());
  const ProcessResult full = views(many, {.max_file_bytes = 3000});
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(scratch_.names(), IsEmpty());
}

}  // namespace
}  // namespace panohead
