// invert, and what other commands do with its avatars.
#include "core/base/camera.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "tests/support/image_psnr.h"
#include "tests/support/invert_run.h"
#include "tests/support/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <tuple>

namespace panohead {
namespace {

using Json = nlohmann::json;
using test::Invert;
using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(Invert, MakesAnAvatarThatRendersAndTellsItsWay) {
  const ProcessResult result =
      invert({"--out", path("a.avatar"), "--json", "--views", path("views"), "--curve", "0.2,1"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::vector<Json> news = lines(result.output);
  EXPECT_EQ(count(news, "step"), 5);
  EXPECT_EQ(count(news, "curve_point"), 2);
  ASSERT_EQ(news.back().at("event"), "avatar");
  EXPECT_GT(news.back().at("measures").at("psnr"), 5.0);
  EXPECT_LE(news.back().at("delta_bytes"), 5'000'000);
  EXPECT_EQ(readImage(scratch_ / "views" / "after.png").width, 6 * 256);
  EXPECT_EQ(readImage(scratch_ / "views" / "before.png").width, 6 * 256);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "a.avatar.fit")) << "kept steps leave at the end";

  const ProcessResult info = studio({"info", path("a.avatar"), "--json"});
  ASSERT_EQ(info.exit_code, 0) << info.errors;
  const Json facts = Json::parse(info.output);
  EXPECT_EQ(facts.at("model").at("name"), "heads256");
  EXPECT_EQ(facts.at("sha256"), news.back().at("sha256"));
  EXPECT_FALSE(facts.at("delta").empty());
  EXPECT_THAT(studio({"info", path("a.avatar")}).output, HasSubstr("tuned weights"));
  ASSERT_EQ(studio({"info", path("a.avatar"), "--thumbnail", path("a.png")}).exit_code, 0);
  EXPECT_EQ(readImage(scratch_ / "a.png").width, 128);
  const ProcessResult none =
      studio({"info", test::firstModelFile().string(), "--thumbnail", path("none.png")});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.errors, HasSubstr("--thumbnail"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "none.png"));
  const ProcessResult converted = studio({"convert", path("a.avatar"), path("a.safetensors")});
  EXPECT_EQ(converted.exit_code, 1);
  EXPECT_THAT(converted.errors, AllOf(HasSubstr("a.avatar' is an avatar"), HasSubstr("--avatar")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "a.safetensors"));
  const ProcessResult as_model =
      studio({"render", "--model", path("a.avatar"), "--seeds", "0", "--out", path("out")});
  EXPECT_EQ(as_model.exit_code, 1);
  EXPECT_THAT(as_model.errors, HasSubstr("a.avatar' is an avatar"));

  const ProcessResult drawn =
      studio({"render", "--avatar", path("a.avatar"), "--yaw", "20", "--quiet", "--out", path("out")});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.errors;
  EXPECT_EQ(readImage(scratch_ / "out" / "a_yaw+020_pitch+00.png").width, 256);
  const ProcessResult film = studio({"video",
                                     "--kind",
                                     "interpolate",
                                     "--avatar",
                                     path("a.avatar"),
                                     "--seeds",
                                     "1",
                                     "--frames",
                                     "4",
                                     "--resolution",
                                     "16",
                                     "--samples",
                                     "4+4",
                                     "--quiet",
                                     "--out",
                                     path("film")});
  ASSERT_EQ(film.exit_code, 0) << film.errors;

  const ProcessResult graded = studio({"doctor", "--avatar", path("a.avatar"), "--json", "--quiet"});
  ASSERT_EQ(graded.exit_code, 0) << graded.errors;
  const Json grades = Json::parse(graded.output).at("heads");
  ASSERT_EQ(grades.size(), 1U);
  EXPECT_EQ(grades[0].at("name"), "a");
  EXPECT_FALSE(grades[0].contains("seed")) << "an avatar is no seed";
  const auto shaped = [&](const std::string& who, const std::string& value, const std::string& name) {
    return studio(
        {"shape", who, value, "--out", path(name), "--resolution", "64", "--colours", "none", "--json"});
  };
  const ProcessResult shape = shaped("--avatar", path("a.avatar"), "a.stl");
  ASSERT_EQ(shape.exit_code, 0) << shape.errors;
  EXPECT_EQ(Json::parse(shape.output).at("head"), "a");
  EXPECT_FALSE(Json::parse(shape.output).contains("seed"));
  ASSERT_EQ(shaped("--seeds", "0", "seed.stl").exit_code, 0);
  EXPECT_NE(test::readBytes(scratch_ / "a.stl"), test::readBytes(scratch_ / "seed.stl"));
  const ProcessResult views = studio({"views",
                                      "--avatar",
                                      path("a.avatar"),
                                      "--count",
                                      "3",
                                      "--size",
                                      "64",
                                      "--depth-size",
                                      "32",
                                      "--out",
                                      path("a_views")});
  ASSERT_EQ(views.exit_code, 0) << views.errors;
  EXPECT_EQ(readImage(scratch_ / "a_views" / "images" / "view_0002.png").channels, 4);

  // Of another model, and damaged.
  const std::string model = test::firstModelFile().string();
  ASSERT_EQ(studio({"convert", model, path("x.safetensors"), "--quiet"}).exit_code, 0);
  const ProcessResult other = studio({"render",
                                      "--model",
                                      path("x.safetensors"),
                                      "--avatar",
                                      path("a.avatar"),
                                      "--yaw",
                                      "0",
                                      "--quiet",
                                      "--out",
                                      path("other")});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.errors, HasSubstr(facts.at("model").at("sha256").get<std::string>()));
  EXPECT_THAT(other.errors, HasSubstr("'x' (SHA-256 "));
  std::vector<std::byte> bytes = test::readBytes(scratch_ / "a.avatar");
  bytes.resize(bytes.size() / 2);
  test::writeBytes(scratch_ / "half.avatar", bytes);
  const ProcessResult damaged =
      studio({"render", "--avatar", path("half.avatar"), "--yaw", "0", "--out", path("none")});
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.errors, HasSubstr("half.avatar"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "none"));
}

TEST_F(Invert, TwoPhotosOfOnePerson) {
  ASSERT_EQ(
      studio({"render", "--seeds", "3", "--yaw", "40", "--psi", "0.5", "--quiet", "--out", path("pictures")})
          .exit_code,
      0);
  Json labels = Json::array();
  const std::string second = "seed0003_yaw+040_pitch+00.png";
  labels.push_back({"seed0003_yaw+000_pitch+00.png", orbitLabel({})});
  labels.push_back({second, orbitLabel({.yaw_degrees = 40})});
  std::ofstream(scratch_ / "labels.json") << Json{{"labels", labels}};
  const ProcessResult result = studio({"invert",
                                       photo_,
                                       path("pictures/" + second),
                                       "--labels",
                                       path("labels.json"),
                                       "--preset",
                                       "quick",
                                       "--set",
                                       "latent_steps=3",
                                       "--set",
                                       "tuning_steps=1",
                                       "--out",
                                       path("two.avatar"),
                                       "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(count(lines(result.output), "step"), 4);
  const Json facts = Json::parse(studio({"info", path("two.avatar"), "--json"}).output);
  ASSERT_EQ(facts.at("photos").size(), 2U);
  EXPECT_NEAR(facts.at("photos")[0].at("yaw"), 0, 8);
  EXPECT_NEAR(facts.at("photos")[1].at("yaw"), 40, 8);
}

TEST_F(Invert, AvatarsBlendAndTakeSliders) {
  ASSERT_EQ(invert({"--out", path("anna.avatar")}).exit_code, 0);
  ASSERT_EQ(
      studio({"render", "--seeds", "8", "--yaw", "0", "--psi", "0.5", "--quiet", "--out", path("pictures")})
          .exit_code,
      0);
  photo_ = path("pictures/seed0008_yaw+000_pitch+00.png");
  ASSERT_EQ(invert({"--out", path("ben.avatar")}).exit_code, 0);
  const auto render = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"render", "--yaw", "0", "--quiet", "--out", path("out")});
    return studio(words);
  };
  const auto picture = [&](const std::string& name) {
    return readImage(scratch_ / "out" / (name + "_yaw+000_pitch+00.png"));
  };
  const std::vector<std::string> both{"--avatar", path("anna.avatar"), "--avatar", path("ben.avatar")};
  ASSERT_EQ(render(both).exit_code, 0);
  std::vector<std::string> blend = both;
  blend.insert(blend.end(), {"--blend", "0,0.5,1"});
  const ProcessResult between = render(blend);
  ASSERT_EQ(between.exit_code, 0) << between.errors;
  const Image anna = picture("anna"), ben = picture("ben"), middle = picture("anna_ben_0.50");
  EXPECT_EQ(picture("anna_ben_0.00").pixels, anna.pixels);
  EXPECT_EQ(picture("anna_ben_1.00").pixels, ben.pixels);
  EXPECT_GT(test::psnr(middle, anna), test::psnr(ben, anna));
  EXPECT_GT(test::psnr(middle, ben), test::psnr(ben, anna));
  EXPECT_LT(test::psnr(middle, anna), 60);

  const std::vector<std::string> one{"--avatar", path("anna.avatar"), "--edit"};
  const auto edited = [&](const std::string& wish) {
    std::vector<std::string> words = one;
    words.push_back(wish);
    return render(words);
  };
  ASSERT_EQ(edited("hair_length=0").exit_code, 0);
  EXPECT_EQ(picture("anna").pixels, anna.pixels);
  ASSERT_EQ(edited("hair_length=2").exit_code, 0);
  EXPECT_LT(test::psnr(picture("anna"), anna), 40) << "the slider moves nothing";
  for (const char* wish : {"wings=1", "hair_length", "hair_length=long", "hair_length=11"}) {
    const ProcessResult refused = edited(wish);
    EXPECT_EQ(refused.exit_code, 2) << wish;
    EXPECT_THAT(refused.errors, HasSubstr("--edit")) << wish;
  }
  EXPECT_THAT(edited("wings=1").errors, HasSubstr("hair_length")) << "which there are";
  const ProcessResult alone = render({"--avatar", path("anna.avatar"), "--blend", "0.5"});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.errors, HasSubstr("two heads"));
}

TEST_F(Invert, APhotoIsNamedFromInsideTheFolderOfItsLabel) {
  std::filesystem::create_directories(scratch_ / "set/00000");
  std::filesystem::copy_file(photo_, scratch_ / "set/00000/a.png");
  Json labels = Json::array();
  labels.push_back({"00000/a.png", orbitLabel({})});
  std::ofstream(scratch_ / "set/dataset.json") << Json{{"labels", labels}};
  const ProcessResult result =
      test::runProcess({"/bin/bash",
                        "-c",
                        "cd '" + path("set/00000") + "' && exec '" + test::studioProgram() +
                            "' invert a.png --labels ../dataset.json --set latent_steps=1 --set "
                            "tuning_steps=0 --out ../../inside.avatar --json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "inside.avatar"));
}

TEST_F(Invert, APhotoWithoutAnOutlineIsComparedAsAWhole) {
  Image stripes(300, 240, 3);
  for (std::size_t i = 0; i < stripes.pixels.size(); ++i) {
    stripes.pixels[i] = static_cast<std::uint8_t>(i / 7 % 90);
  }
  writePng(scratch_ / "stripes.png", stripes);
  const auto run = [this](const std::string& background) {
    return studio({"invert",
                   path("stripes.png"),
                   "--square",
                   "150,120,180",
                   "--yaw",
                   "0",
                   "--pitch",
                   "0",
                   "--background",
                   background,
                   "--set",
                   "latent_steps=1",
                   "--set",
                   "tuning_steps=0",
                   "--out",
                   path("s.avatar"),
                   "--json"});
  };
  const ProcessResult result = run("fit");
  if (result.errors.find("finds no heads in photos") != std::string::npos) {
    GTEST_SKIP() << "this build finds no heads";
  }
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("nobody was outlined"));
  EXPECT_FALSE(Json::parse(studio({"info", path("s.avatar"), "--json"}).output).at("photos")[0].at("masked"));
  const ProcessResult behind = run("photo");
  EXPECT_EQ(behind.exit_code, 2);
  EXPECT_THAT(behind.errors, HasSubstr("mask"));
}

TEST_F(Invert, ThePublishedPresetTakesAPerceptualNetwork) {
  const std::string network = test::sourceData("tiny_vgg.pt").string();
  const auto published = [&](const std::string& setting) {
    return studio({"invert",
                   photo_,
                   "--aligned",
                   "--yaw",
                   "0",
                   "--preset",
                   "published",
                   "--set",
                   setting,
                   "--set",
                   "latent_steps=2",
                   "--set",
                   "tuning_steps=2",
                   "--out",
                   path("a.avatar"),
                   "--json"});
  };
  const ProcessResult result = published("vgg_file=" + network);
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  std::vector<double> distances;
  for (const Json& line : lines(result.output)) {
    if (line.at("event") == "step") {
      distances.push_back(line.at("losses").at("vgg"));
    }
  }
  ASSERT_EQ(distances.size(), 4U) << "in both stages";
  for (const double distance : distances) {
    EXPECT_GT(distance, 0);
  }
  EXPECT_NE(distances.front(), distances.back());

  const ProcessResult without = published("vgg=1");
  ASSERT_EQ(without.exit_code, 0) << without.errors;
  EXPECT_EQ(without.output.find("\"vgg\""), std::string::npos);

  test::writeBytes(scratch_ / "broken.pt", std::vector<std::byte>(100));
  const ProcessResult broken = published("vgg_file=" + path("broken.pt"));
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_THAT(broken.errors, HasSubstr("broken.pt"));
}

/// A copy of a safetensors file, with a line more in its metadata.
void writeWithMetadata(const std::filesystem::path& from,
                       const std::filesystem::path& to,
                       const std::string& name,
                       const std::string& value) {
  const std::vector<std::byte> bytes = test::readBytes(from);
  const std::string all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, all.data(), sizeof(length));
  Json header = Json::parse(all.substr(sizeof(length), length));
  header["__metadata__"][name] = value;
  const std::string changed = header.dump();
  const std::uint64_t now = changed.size();
  std::ofstream file(to, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&now), sizeof(now));
  file << changed << all.substr(sizeof(length) + length);
}

/// What a model calls straight ahead is data of the model, and every photo's camera is told in it.
TEST_F(Invert, ThePoseOffsetIsTheModels) {
  const std::filesystem::path portrait = test::sharedData("photos/wild/astronaut.png");
  if (!std::filesystem::exists(portrait)) {
    GTEST_SKIP() << "needs photos/wild of the shared folder (PANOHEAD_SHARED)";
  }
  writeWithMetadata(test::firstModelFile(), scratch_ / "higher.safetensors", "pose_offset_pitch", "8");
  std::vector<double> pitches;
  for (const std::string& model : {test::firstModelFile().string(), path("higher.safetensors")}) {
    const ProcessResult result = studio({"invert",
                                         portrait.string(),
                                         "--model",
                                         model,
                                         "--out",
                                         path("a.avatar"),
                                         "--set",
                                         "latent_steps=1",
                                         "--set",
                                         "tuning_steps=0",
                                         "--set",
                                         "refine_camera=false",
                                         "--json"});
    if (result.errors.find("finds no heads in photos") != std::string::npos) {
      GTEST_SKIP() << "this build finds no heads";
    }
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const Json facts = Json::parse(studio({"info", path("a.avatar"), "--json"}).output);
    pitches.push_back(facts.at("photos")[0].at("pitch"));
  }
  EXPECT_NEAR(pitches[1] - pitches[0], 8, 0.01);
}

/// Photos that alignment has something to say about.
TEST_F(Invert, OfManyFacesOneIsChosenAndRejectionsSayWhatToDo) {
  const std::filesystem::path portrait = test::sharedData("photos/wild/astronaut.png");
  if (!std::filesystem::exists(portrait)) {
    GTEST_SKIP() << "needs photos/wild of the shared folder (PANOHEAD_SHARED)";
  }
  const Image photo = withChannels(readImage(portrait), 3);
  writePng(scratch_ / "two.png", tiled(std::vector<Image>{photo, mirroredImage(photo)}, 2));
  const auto run = [this](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(),
                {"invert",
                 path(name),
                 "--out",
                 path("person.avatar"),
                 "--set",
                 "latent_steps=1",
                 "--set",
                 "tuning_steps=0"});
    return studio(more);
  };
  const ProcessResult first = run("two.png", {});
  if (first.errors.find("finds no heads in photos") != std::string::npos) {
    GTEST_SKIP() << "this build finds no heads";
  }
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("2 heads, number 1 is taken; --person chooses another"));
  const auto centre = [this] {
    const Json facts = Json::parse(studio({"info", path("person.avatar"), "--json"}).output);
    return facts.at("photos")[0].at("square")[0].get<double>();
  };
  const double one = centre();
  const ProcessResult second = run("two.png", {"--person", "2"});
  ASSERT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_GT(std::abs(centre() - one), 300) << "the other half of the picture";
  const ProcessResult third = run("two.png", {"--person", "3"});
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_THAT(third.errors, HasSubstr("2 heads"));

  Image grey(400, 300, 3);
  std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{128});
  writePng(scratch_ / "nobody.png", grey);
  writePng(scratch_ / "small.png", resized(photo, 128, 128));
  for (const auto& [name, reason, remedy] :
       {std::tuple{"nobody.png", "no head", "--square"}, std::tuple{"small.png", "too small", "--force"}}) {
    const ProcessResult refused = run(name, {});
    EXPECT_EQ(refused.exit_code, 1) << name;
    EXPECT_THAT(refused.errors, HasSubstr(reason));
    EXPECT_THAT(refused.errors, HasSubstr(remedy));
  }
  const ProcessResult forced = run("small.png", {"--force"});
  EXPECT_EQ(forced.exit_code, 0) << forced.errors;
}

TEST_F(Invert, FaultsAreExplained) {
  const auto expect = [](const ProcessResult& result, const std::string& word) {
    EXPECT_EQ(result.exit_code, 1) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(word));
  };
  expect(studio({"invert", path("none.jpg"), "--out", path("a.avatar")}), "none.jpg");
  test::writeBytes(scratch_ / "cut.jpg", {});
  expect(studio({"invert", path("cut.jpg"), "--out", path("a.avatar")}), "cut.jpg");
  writePng(scratch_ / "flat.png", Image(64, 32, 3));
  expect(studio({"invert", path("flat.png"), "--aligned", "--out", path("a.avatar")}), "square");
  writePng(scratch_ / "black.png", Image(256, 256, 1));
  expect(invert({"--mask", path("black.png"), "--out", path("a.avatar")}), "mask");
  const ProcessResult full = invert({"--out", path("a.avatar")}, {.max_file_bytes = 20000});
  expect(full, "a.avatar");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "a.avatar"));
  // Where there is room for a step of the first stage, but not for the avatar, that step is not lost.
  const ProcessResult nearly = invert({"--out", path("b.avatar")}, {.max_file_bytes = 200'000});
  expect(nearly, "b.avatar");
  EXPECT_THAT(nearly.errors, AllOf(HasSubstr("step 3 is kept"), HasSubstr("--resume")));
  const ProcessResult on = invert({"--out", path("b.avatar"), "--resume", "--json"});
  ASSERT_EQ(on.exit_code, 0) << on.errors;
  EXPECT_EQ(count(lines(on.output), "step"), 2);
  // Steps that could not be kept are told before they are made.
  test::writeBytes(scratch_ / "file", {});
  test::writeBytes(scratch_ / "c.avatar.fit", {});
  for (const auto& [name, more] : {std::pair{"file", std::vector<std::string>{"--work", path("file")}},
                                   {"c.avatar.fit", std::vector<std::string>{}}}) {
    std::vector<std::string> words{"--out", path("c.avatar"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult no_folder = invert(words);
    expect(no_folder, "the folder '" + path(name));
    EXPECT_EQ(count(lines(no_folder.output), "step"), 0);
  }
  const ProcessResult json = studio({"invert", path("none.jpg"), "--out", path("a.avatar"), "--json"});
  ASSERT_FALSE(lines(json.output).empty());
  EXPECT_EQ(lines(json.output).back().at("event"), "error");
}

}  // namespace
}  // namespace panohead
