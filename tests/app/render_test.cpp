#include "core/base/image_io.h"
#include "tests/support/image_psnr.h"
#include "tests/support/places.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/studio_process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Few rays and samples: these tests look at files, not at beauty.
const std::vector<std::string> kQuick{"--resolution", "16", "--samples", "4+4", "--quiet"};

class Render : public testing::Test {
 protected:
  std::string out(const std::string& name = "out") const { return (scratch_ / name).string(); }

  ProcessResult render(std::vector<std::string> arguments, const test::ProcessOptions& options = {}) const {
    arguments.insert(arguments.begin(), "render");
    arguments.insert(arguments.end(), kQuick.begin(), kQuick.end());
    return studio(arguments, options);
  }

  /// Renders one view of seed 0 into a folder of its own and reads it.
  Image picture(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--seeds", "0", "--yaw", "0", "--out", out(name)});
    const ProcessResult result = render(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return readImage(scratch_ / name / "seed0000_yaw+000_pitch+00.png");
  }

  std::vector<std::string> names(const std::string& folder = "out") const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_ / folder)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  test::ScratchFolder scratch_;
};

// oneDNN refuses bfloat16 there.
TEST_F(Render, ProcessorsWithoutAvx512DrawTheSamePicture) {
  const Image usual = picture("usual", {});
  const test::ScopedEnvironment onednn("ONEDNN_MAX_CPU_ISA", "AVX2");
  const test::ScopedEnvironment kernels("PANOHEAD_SIMD", "avx2");
  const double decibels = test::psnr(picture("avx2", {}), usual);
  EXPECT_GT(decibels, 45);
  fmt::print("  {:.1f} dB\n", decibels);
}

TEST_F(Render, WithoutViewsEverySeedIsAStripOfFive) {
  const ProcessResult result = render({"--seeds", "2,11", "--out", out()});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(names(), ElementsAre("seed0002.png", "seed0011.png"));
  const Image strip = readImage(scratch_ / "out" / "seed0002.png");
  EXPECT_EQ(strip.width, 5 * 256);
  EXPECT_EQ(strip.height, 256);
  EXPECT_EQ(strip.channels, 3);
}

TEST_F(Render, StripShowsThePublishedViews) {
  // The script's v = pi/2 - 0.2 is warped: its polar angle is acos(1 - 2v/pi), an elevation of asin(0.4/pi).
  const std::string pitch = std::to_string(std::asin(0.4 / std::numbers::pi) * 180 / std::numbers::pi);
  ASSERT_EQ(render({"--seeds", "3", "--out", out()}).exit_code, 0);
  ASSERT_EQ(
      render({"--seeds", "3", "--yaw", "0,-45,-90,-135,-180", "--pitch", pitch, "--strip", "--out", out()})
          .exit_code,
      0);
  const double decibels = test::psnr(readImage(scratch_ / "out" / "seed0003.png"),
                                     readImage(scratch_ / "out" / "seed0003_strip.png"));
  EXPECT_GT(decibels, 45);
}

TEST_F(Render, EveryNamedViewIsAFile) {
  ASSERT_EQ(render({"--seeds", "1", "--yaw", "-45,22.5", "--pitch", "0,-10", "--out", out()}).exit_code, 0);
  EXPECT_THAT(names(),
              ElementsAre("seed0001_yaw+022.50_pitch+00.png",
                          "seed0001_yaw+022.50_pitch-10.png",
                          "seed0001_yaw-045_pitch+00.png",
                          "seed0001_yaw-045_pitch-10.png"));
}

TEST_F(Render, StripPutsTheNamedViewsSideBySide) {
  ASSERT_EQ(render({"--seeds", "1", "--yaw", "-45,0", "--strip", "--out", out("strip")}).exit_code, 0);
  ASSERT_EQ(render({"--seeds", "1", "--yaw", "-45,0", "--out", out("single")}).exit_code, 0);
  const Image strip = readImage(scratch_ / "strip" / "seed0001_strip.png");
  const Image second = readImage(scratch_ / "single" / "seed0001_yaw+000_pitch+00.png");
  ASSERT_EQ(strip.width, 2 * second.width);
  for (int y = 0; y < strip.height; ++y) {
    EXPECT_TRUE(
        std::equal(second.row(y), second.row(y) + second.rowBytes(), strip.row(y) + second.rowBytes()))
        << y;
  }
}

TEST_F(Render, StripOfNamedViewsLeavesThePublishedStripAlone) {
  ASSERT_EQ(render({"--seeds", "1", "--out", out()}).exit_code, 0);
  const auto published = test::readBytes(scratch_ / "out" / "seed0001.png");
  ASSERT_EQ(render({"--seeds", "1", "--yaw", "0", "--strip", "--out", out()}).exit_code, 0);
  EXPECT_THAT(names(), ElementsAre("seed0001.png", "seed0001_strip.png"));
  EXPECT_EQ(test::readBytes(scratch_ / "out" / "seed0001.png"), published);
}

TEST_F(Render, PicklesAndTheirConvertedFilesGiveTheSameBytes) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const std::string converted = out("converted.safetensors");
  ASSERT_EQ(studio({"convert", model, converted}).exit_code, 0);
  for (const auto& [name, file] : {std::pair{"a", model}, std::pair{"b", converted}}) {
    const ProcessResult result =
        studio({"render", "--model", file, "--seeds", "0,5", "--yaw", "0,120", "--out", out(name)});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
  }
  ASSERT_EQ(names("a").size(), 4U);
  ASSERT_EQ(names("a"), names("b"));
  for (const std::string& name : names("a")) {
    EXPECT_EQ(test::readBytes(scratch_ / "a" / name), test::readBytes(scratch_ / "b" / name)) << name;
  }
}

TEST_F(Render, BackgroundNoneGivesStraightAlpha) {
  const Image image = picture("none", {"--background", "none"});
  ASSERT_EQ(image.channels, 4);
  EXPECT_LT(image.row(2)[3], 50);                                          // the corner is empty
  EXPECT_GT(image.row(image.height / 2)[4 * (image.width / 2) + 3], 200);  // the face is not
}

TEST_F(Render, BackgroundsDifferWhereTheyAreSeen) {
  writePng(scratch_ / "wall.png", [] {
    Image wall(8, 8, 1);
    std::fill(wall.pixels.begin(), wall.pixels.end(), 10);
    return wall;
  }());
  const std::vector<std::string> backgrounds{"own", "123", "white", "#00ff00", out("wall.png")};
  std::set<std::vector<std::uint8_t>> corners;
  for (std::size_t i = 0; i < backgrounds.size(); ++i) {
    const Image image = picture(std::to_string(i), {"--background", backgrounds[i]});
    ASSERT_EQ(image.channels, 3);
    corners.insert({image.row(2), image.row(2) + 3});
    if (backgrounds[i] == "#00ff00") {
      EXPECT_GT(image.row(2)[1], 200);
      EXPECT_LT(image.row(2)[0], 60);
    }
  }
  EXPECT_EQ(corners.size(), backgrounds.size());
}

TEST_F(Render, ModesDrawDifferentThings) {
  std::set<std::vector<std::uint8_t>> pictures;
  for (const char* mode : {"picture", "raw", "depth", "mask", "normals"}) {
    pictures.insert(picture(mode, {"--mode", mode}).pixels);
  }
  EXPECT_EQ(pictures.size(), 5U);
}

TEST_F(Render, PicturesThatWouldHaveOneNameAreRefused) {
  const std::vector<std::vector<std::string>> twice{
      {"--seeds", "1,1", "--yaw", "0"}, {"--seeds", "1,1"}, {"--seeds", "1", "--yaw", "10.001,10.002"}};
  for (std::vector<std::string> arguments : twice) {
    arguments.insert(arguments.end(), {"--out", out("twice")});
    const ProcessResult result = render(arguments);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.errors, HasSubstr("would be called 'seed0001"));
    EXPECT_FALSE(std::filesystem::exists(out("twice")));
  }
}

TEST_F(Render, OptionsOfHeadAndViewTakeEffectAndRepeatExactly) {
  const Image plain = picture("plain", {});
  EXPECT_EQ(picture("again", {}).pixels, plain.pixels);
  const std::vector<std::vector<std::string>> changes{
      {"--psi", "0.2"}, {"--cutoff", "2"}, {"--fov", "25"}, {"--noise", "none"}, {"--noise", "random"}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_NE(picture("change" + std::to_string(i), changes[i]).pixels, plain.pixels) << changes[i][0];
  }
}

TEST_F(Render, UnwritablePlacesAreRefused) {
  test::writeBytes(scratch_ / "file", {});
  for (const std::string& place : {out("file"), out("file/below")}) {
    const ProcessResult result = render({"--seeds", "0", "--out", place});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr(place));
  }
}

TEST_F(Render, FullDiskLeavesNoPicture) {
  const ProcessResult result = render({"--seeds", "0", "--out", out()}, {.max_file_bytes = 4096});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("seed0000.png"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Render, NamedPipeAsBackgroundIsRefusedAtOnce) {
  ASSERT_EQ(mkfifo(out("pipe").c_str(), 0600), 0);
  const ProcessResult result = render({"--seeds", "0", "--background", out("pipe"), "--out", out()},
                                      {.timeout = std::chrono::seconds(60)});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("not a regular file"));
}

TEST_F(Render, AMissingAvatarIsNotCalledAModel) {
  const ProcessResult result = render({"--avatar", out("nobody.avatar"), "--out", out()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("nobody.avatar"));
  EXPECT_THAT(result.errors, testing::Not(HasSubstr("model")));
}

TEST_F(Render, DamagedBackgroundPictureIsRefused) {
  test::writeBytes(scratch_ / "broken.png", {});
  const ProcessResult result = render({"--seeds", "0", "--background", out("broken.png"), "--out", out()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("broken.png"));
}

TEST_F(Render, InterruptEndsWithExitCode130AndWholePictures) {
  const auto interrupt = [this, sent = false](pid_t process, const std::string&) mutable {
    if (!sent && std::filesystem::exists(scratch_ / "out" / "seed0001.png")) {
      sent = kill(process, SIGINT) == 0;
    }
  };
  const ProcessResult result = render({"--seeds", "0-9999", "--out", out()}, {.watch = interrupt});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.errors, "panohead-studio: interrupted\n");
  for (const std::string& name : names()) {
    EXPECT_EQ(readImage(scratch_ / "out" / name).width, 5 * 256) << name;
  }
}

TEST_F(Render, CudaDrawsTheSamePictureOrSaysWhyNot) {
  const Image processor = picture("cpu", {"--device", "cpu"});
  const ProcessResult result =
      render({"--device", "cuda", "--seeds", "0", "--yaw", "0", "--out", out("cuda")});
  if (result.exit_code == 0) {
    const double decibels =
        test::psnr(readImage(scratch_ / "cuda" / "seed0000_yaw+000_pitch+00.png"), processor);
    EXPECT_GT(decibels, 40);
    return;
  }
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("--device cuda: "));
  EXPECT_THAT(result.errors, HasSubstr("choose --device cpu"));
  EXPECT_THAT(names("cuda"), IsEmpty());
  EXPECT_EQ(picture("auto", {"--device", "auto"}).pixels, processor.pixels);
  EXPECT_EQ(picture("unsaid", {}).pixels, processor.pixels);
}

TEST_F(Render, ExactPicturesAreThoseOfPlainOperations) {
  std::vector<Image> pictures;
  for (const std::string name : {"fast", "exact"}) {
    std::vector<std::string> arguments{"render", "--seeds", "0", "--yaw", "0", "--out", out(name)};
    if (name == "exact") {
      arguments.emplace_back("--exact");
    }
    ASSERT_EQ(studio(arguments).exit_code, 0);
    pictures.push_back(readImage(scratch_ / name / "seed0000_yaw+000_pitch+00.png"));
  }
  EXPECT_NE(pictures[0].pixels, pictures[1].pixels);
  EXPECT_GT(test::psnr(pictures[0], pictures[1]), 40);
}

TEST(Bench, ComparesBothPathsAsTableAndJson) {
  const ProcessResult table = studio({"bench", "--compare", "--views", "2", "--resolution", "16"});
  EXPECT_EQ(table.exit_code, 0) << table.errors;
  for (const char* row :
       {"picture", "raw picture", "depth", "mask", "volume rendering", "super-resolution", "whole frame"}) {
    EXPECT_THAT(table.output, HasSubstr(row));
  }
  const std::string model = test::firstModelFile().string();
  const ProcessResult result = studio(
      {"bench", "--compare", model, "--seed", "5", "--views", "3", "--resolution", "16", "24", "--json"});
  const nlohmann::json json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("seed"), 5);
  ASSERT_EQ(json.at("comparisons").size(), 2U);
  const auto& report = json.at("comparisons")[1];
  EXPECT_EQ(report.at("resolution"), 24);
  EXPECT_EQ(report.at("views"), 3);
  EXPECT_EQ(report.at("fast_path"), true);
  EXPECT_THAT(report.at("convolutions"), testing::AnyOf("bf16", "fp32"));
  for (const char* name : {"picture", "raw picture", "depth", "mask"}) {
    const auto& quantity = report.at("quantities").at(name);
    EXPECT_GT(quantity.at("psnr_db"), 35) << name;
    EXPECT_GE(quantity.at("psnr_db"), quantity.at("worst_view_psnr_db")) << name;
    EXPECT_GE(quantity.at("worst_pixel").at("difference"), 0) << name;
  }
  for (const char* stage : {"volume rendering", "super-resolution", "whole frame"}) {
    EXPECT_GT(report.at("stages").at(stage).at("exact_ms"), 0) << stage;
    EXPECT_GT(report.at("stages").at(stage).at("fast_ms"), 0) << stage;
  }
}

TEST(Bench, TimesEveryStageAsTableAndJson) {
  const ProcessResult table = studio({"bench", "--repeats", "1", "--resolution", "16"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.output, HasSubstr("peak memory"));
  const ProcessResult result = studio({"bench", "--repeats", "2", "--resolution", "16", "24", "--json"});
  const nlohmann::json json = nlohmann::json::parse(result.output);
  ASSERT_EQ(json.at("frames").size(), 2U);
  EXPECT_EQ(json.at("frames")[1].at("resolution"), 24);
  for (const char* stage : {"mapping", "planes", "background", "whole head"}) {
    EXPECT_GE(json.at("head").at(stage).at("median_ms"), 0) << stage;
    EXPECT_THAT(table.output, HasSubstr(stage));
  }
  const auto& stages = json.at("frames")[0].at("stages");
  EXPECT_GE(stages.size(), 4U);
  double sum = 0;
  for (const auto& [stage, times] : stages.items()) {
    EXPECT_GE(times.at("median_ms"), times.at("min_ms")) << stage;
    sum += stage == "whole frame" ? 0 : times.at("min_ms").get<double>();
  }
  EXPECT_LE(sum, stages.at("whole frame").at("median_ms").get<double>() * 1.01);
  EXPECT_GT(json.at("peak_memory_bytes"), 50000000);
}

}  // namespace
}  // namespace panohead
