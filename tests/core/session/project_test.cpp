#include "core/session/project.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace panohead {
namespace {

using testing::HasSubstr;

Project fullProject(const std::filesystem::path& folder) {
  auto slider = std::make_shared<LatentDirection>();
  slider->name = "factor_1";
  slider->label = "Jaw \u2013 wide";
  slider->low = "narrow";
  slider->high = "wide";
  slider->delta = {0.1F, -3.25F, 1e-7F};
  slider->first_layer = 2;
  slider->last_layer = 5;
  Image image(3, 2, 3);
  image.pixels[4] = 200;
  writePng(folder / "behind.png", image);

  Project project;
  project.model = {folder / "models" / "one.pkl", "abc"};
  project.head.seed = 4294967295U;
  project.head.truncation_psi = 0.123456789012345;
  project.head.truncation_cutoff = -1;
  project.head.conditioning_yaw = 12;
  project.head.noise = NoiseMode::None;
  project.head.mix = StyleMix{5, 1, 9};
  project.head.edits = {{slider, -1.5}};
  project.head.background =
      ImageBackground{std::make_shared<const Image>(image), ImageFit::Fit, 2.5, folder / "behind.png"};
  project.camera = {.yaw_degrees = 1.0 / 3,
                    .pitch_degrees = -20,
                    .roll_degrees = 4,
                    .radius = 3,
                    .fov_degrees = 20,
                    .pivot = {0.1, 0, -0.2}};
  project.mode = RenderMode::Normals;
  project.directions = {slider};
  HeadOptions other;
  other.blend = {{1, 0.25}, {2, 0.75}};
  other.background = ColourBackground{1, 2, 3};
  project.gallery = {{"Anna", other}};
  other.background = SeedBackground{7, 0.5};
  project.key_frames.set({0, project.camera, project.head});
  other.background = NoBackground{};
  project.key_frames.set({2.5, {}, other});
  project.frames_per_second = 24;
  return project;
}

TEST(Project, ComesBackAsItWas) {
  const test::ScratchFolder folder;
  const Project project = fullProject(folder.path());
  writeProject(folder / "a.heads", project);
  ReadProject read = readProject(folder / "a.heads");
  EXPECT_TRUE(read.missing.empty());
  // Sliders and pictures are shared, so that equality is that of the objects: compare what they hold.
  Project& back = read.project;
  ASSERT_EQ(back.directions.size(), 1U);
  EXPECT_EQ(back.directions[0]->delta, project.directions[0]->delta);
  EXPECT_EQ(back.directions[0]->label, project.directions[0]->label);
  EXPECT_EQ(back.head.edits[0].direction, back.directions[0]) << "one slider became two";
  const auto& image = std::get<ImageBackground>(back.head.background);
  EXPECT_EQ(image.image->pixels, std::get<ImageBackground>(project.head.background).image->pixels);
  EXPECT_EQ(image.fit, ImageFit::Fit);
  writeProject(folder / "b.heads", back);
  const auto text = [&](const char* name) {
    std::ostringstream all;
    all << std::ifstream(folder / name).rdbuf();
    return all.str();
  };
  EXPECT_EQ(text("a.heads"), text("b.heads"));
  EXPECT_EQ(back.head.truncation_psi, project.head.truncation_psi);
  EXPECT_EQ(back.camera, project.camera);
  EXPECT_EQ(back.mode, RenderMode::Normals);
  EXPECT_EQ(back.model, project.model);
  EXPECT_THAT(text("a.heads"), testing::Not(HasSubstr(folder.path().string()))) << "paths below are relative";
}

TEST(Project, HeadsBetweenOthersComeBack) {
  const test::ScratchFolder folder;
  Project project;
  HeadOptions mixed, cut;
  mixed.mix = StyleMix{5, 1, 9};
  cut.truncation_cutoff = 3;
  cut.noise = NoiseMode::None;
  project.head = interpolated(mixed, cut, 0.25);
  ASSERT_EQ(project.head.between.size(), 2U);
  writeProject(folder / "a.heads", project);
  EXPECT_EQ(readProject(folder / "a.heads").project.head, project.head);
  // One in another is no head of ours, however deep.
  std::ifstream file(folder / "a.heads");
  auto json = nlohmann::ordered_json::parse(file);
  json["head"]["between"][0]["head"]["between"] = json["head"]["between"];
  std::ofstream(folder / "deep.heads") << json;
  EXPECT_THROW(readProject(folder / "deep.heads"), ProjectError);
}

TEST(Project, BackgroundsBetweenOthersComeBack) {
  const test::ScratchFolder folder;
  const auto version = [&](const char* name) {
    std::ifstream file(folder / name);
    return nlohmann::json::parse(file).at("version").get<int>();
  };
  Project project;
  HeadOptions colour;
  colour.background = ColourBackground{200, 20, 20};
  project.head.background = SeedBackground{7, 0.5};
  project.head = interpolated(project.head, colour, 0.25);
  ASSERT_EQ(sharesOf(project.head.background).size(), 2U);
  writeProject(folder / "a.heads", project);
  EXPECT_EQ(readProject(folder / "a.heads").project.head, project.head);
  EXPECT_EQ(version("a.heads"), 4) << "programs that know no such backgrounds say that it is newer";
  project.head = interpolated(HeadOptions{.seed = 1}, HeadOptions{.seed = 2, .truncation_cutoff = 3}, 0.25);
  writeProject(folder / "b.heads", project);
  EXPECT_EQ(version("b.heads"), 3);

  std::ifstream file(folder / "a.heads");
  auto json = nlohmann::ordered_json::parse(file);
  json["head"]["background"]["shares"][0]["weight"] = 3;
  std::ofstream(folder / "heavy.heads") << json;
  EXPECT_THROW(readProject(folder / "heavy.heads"), ProjectError);
}

TEST(Project, MovesWithItsFolder) {
  const test::ScratchFolder folder;
  std::filesystem::create_directory(folder / "here");
  writeProject(folder / "here" / "a.heads", fullProject(folder / "here"));
  std::filesystem::rename(folder / "here", folder / "there");
  const ReadProject read = readProject(folder / "there" / "a.heads");
  EXPECT_TRUE(read.missing.empty());
  EXPECT_EQ(read.project.model.path, folder / "there" / "models" / "one.pkl");
}

TEST(Project, PathsAreThoseOfTheFolderThatTheProgramRunsIn) {
  const test::ScratchFolder here, there;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(here.path());
  Project project;
  project.model.path = "models/one.pkl";
  writeProject(there / "a.heads", project);
  std::filesystem::current_path(before);
  EXPECT_EQ(readProject(there / "a.heads").project.model.path,
            std::filesystem::canonical(here.path()) / "models/one.pkl");
}

TEST(Project, MissingPictureIsTold) {
  const test::ScratchFolder folder;
  writeProject(folder / "a.heads", fullProject(folder.path()));
  std::filesystem::remove(folder / "behind.png");
  const ReadProject read = readProject(folder / "a.heads");
  ASSERT_FALSE(read.missing.empty());
  EXPECT_THAT(read.missing.front(), HasSubstr("behind.png"));
  EXPECT_TRUE(std::holds_alternative<OwnBackground>(read.project.head.background));
}

TEST(Project, DamagedFilesAreExplained) {
  const test::ScratchFolder folder;
  writeProject(folder / "a.heads", fullProject(folder.path()));
  std::ostringstream all;
  all << std::ifstream(folder / "a.heads").rdbuf();
  const std::string good = all.str();
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    const auto place = text.find(what);
    EXPECT_NE(place, std::string::npos) << what;
    return text.replace(place, what.size(), by);
  };
  const std::string bad[] = {"",
                             "{}",
                             good.substr(0, good.size() / 2),
                             replaced("\"normals\"", "\"smells\""),
                             replaced("\"direction\": 0", "\"direction\": 7"),
                             replaced("\"truncation_psi\": 0.123456789012345", "\"truncation_psi\": 1e9"),
                             replaced("\"seed\": 4294967295", "\"seed\": \"x\""),
                             replaced("\"seed\": 4294967295", "\"seed\": -1"),
                             replaced("\"seed\": 4294967295", "\"seed\": 4294967296"),
                             replaced("\"seconds\": 2.5", "\"seconds\": 1e12"),
                             replaced("\"seconds\": 2.5", "\"seconds\": -1"),
                             replaced("\"frames_per_second\": 24", "\"frames_per_second\": 0"),
                             replaced("\"fov\": 20", "\"fov\": 1e300"),
                             replaced("\"kind\": \"picture\"", "\"kind\": \"film\"")};
  for (const std::string& text : bad) {
    std::ofstream(folder / "bad.heads", std::ios::trunc) << text;
    try {
      readProject(folder / "bad.heads");
      FAIL() << "was read: " << text.substr(0, 60);
    } catch (const ProjectError& error) {
      EXPECT_THAT(error.what(), HasSubstr("bad.heads"));
      EXPECT_FALSE(error.hint().empty());
    }
  }
  std::ofstream(folder / "bad.heads", std::ios::trunc) << replaced("\"version\": 1", "\"version\": 99");
  try {
    readProject(folder / "bad.heads");
    FAIL();
  } catch (const ProjectError& error) {
    EXPECT_THAT(error.what(), HasSubstr("newer"));
  }
  EXPECT_THROW(readProject(folder / "none.heads"), ProjectError);
  ASSERT_EQ(mkfifo((folder / "pipe.heads").c_str(), 0600), 0);
  EXPECT_THROW(readProject(folder / "pipe.heads"), ProjectError);  // and not waited for
}

}  // namespace
}  // namespace panohead
