#include "core/base/image_io.h"
#include "core/session/project.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Shape : public testing::Test {
 protected:
  std::string out(const std::string& name) const { return (scratch_ / name).string(); }
  ProcessResult shape(std::vector<std::string> arguments, const test::ProcessOptions& options = {}) const {
    arguments.insert(arguments.begin(), "shape");
    for (const char* quick : {"--resolution", "64", "--views", "4", "--texture", "128", "--quick"}) {
      arguments.emplace_back(quick);
    }
    return studio(arguments, options);
  }
  test::ScratchFolder scratch_;
};

TEST_F(Shape, WritesATexturedHead) {
  const ProcessResult result =
      shape({"--seeds", "5", "--out", out("head.glb"), "--triangles", "3000", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json["seed"], 5);
  EXPECT_EQ(json["files"][0], out("head.glb"));
  EXPECT_LE(json["triangles"].get<int>(), 3000);
  EXPECT_GT(json["triangles"].get<int>(), 2000);
  EXPECT_EQ(json["bytes"].get<std::uintmax_t>(), std::filesystem::file_size(scratch_ / "head.glb"));
  // A head is some 20 to 40 cm high with its neck.
  EXPECT_GT(json["size_metres"][1].get<double>(), 0.18);
  EXPECT_LT(json["size_metres"][1].get<double>(), 0.4);
  EXPECT_THAT(scratch_.names(), ElementsAre("head.glb"));
}

TEST_F(Shape, ReportsInJsonWhereANameIsNoText) {
  const ProcessResult result =
      shape({"--seeds", "5", "--out", out("t\xeate.stl"), "--colours", "none", "--json"});  // Latin-1
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(nlohmann::json::parse(result.output)["files"][0].get<std::string>(), HasSubstr("te.stl"));
}

TEST_F(Shape, SeveralHeadsInSeveralFormats) {
  const ProcessResult result =
      shape({"--seeds", "1,2", "--out", out("h"), "--format", "stl,mrc", "--colours", "none"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(scratch_.names(),
              UnorderedElementsAre("h_seed0001.stl", "h_seed0001.mrc", "h_seed0002.stl", "h_seed0002.mrc"));
  EXPECT_EQ(std::filesystem::file_size(scratch_ / "h_seed0001.mrc"), 1024U + 4U * 64 * 64 * 64);
  EXPECT_THAT(result.errors, HasSubstr("h_seed0001.stl, " + out("h_seed0001.mrc") + ": about"));
  EXPECT_THAT(result.errors,
              testing::ContainsRegex("h_seed0001.stl, " + out("h_seed0001.mrc") + ": [0-9]+ triangles: "));
  EXPECT_THAT(result.errors, HasSubstr("triangles"));
}

TEST_F(Shape, ForecastIsSaidBeforeTheMesh) {
  const ProcessResult result =
      shape({"--seeds", "5", "--out", out("head.glb"), "--triangles", "3000", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors,
              testing::ContainsRegex("head.glb: about 3000 triangles, .*B, .* s and .*B of memory"));
  EXPECT_LT(result.errors.find("about 3000"), result.errors.find("views"));
}

TEST_F(Shape, HeadOfAProject) {
  Project project;
  project.head.seed = 4;
  project.head.truncation_psi = 0.4;
  writeProject(scratch_ / "anna.heads", project);
  const std::vector<std::string> plain{"--triangles", "0", "--colours", "none", "--json"};
  const auto made = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), plain.begin(), plain.end());
    return shape(std::move(arguments));
  };
  const ProcessResult result = made({"--project", out("anna.heads"), "--out", out("a.stl")});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(nlohmann::json::parse(result.output)["head"], "anna");
  ASSERT_EQ(made({"--seeds", "4", "--psi", "0.4", "--out", out("b.stl")}).exit_code, 0);
  EXPECT_EQ(test::readBytes(scratch_ / "a.stl"), test::readBytes(scratch_ / "b.stl"));
  const ProcessResult both = made({"--project", out("anna.heads"), "--seeds", "1", "--out", out("c.stl")});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.errors, HasSubstr("--project"));
  const ProcessResult psi = made({"--project", out("anna.heads"), "--psi", "1", "--out", out("c.stl")});
  EXPECT_EQ(psi.exit_code, 2);
  EXPECT_THAT(psi.errors, HasSubstr("--psi: the project says"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "c.stl"));
}

TEST_F(Shape, SuffixesMayBeCapitalsAndFormatsNamedTwice) {
  const ProcessResult volume = shape({"--seeds", "1", "--out", out("H.MRC")});
  ASSERT_EQ(volume.exit_code, 0) << volume.errors;
  const ProcessResult twice =
      shape({"--seeds", "1", "--out", out("h.STL"), "--format", "stl,stl", "--colours", "none", "--json"});
  ASSERT_EQ(twice.exit_code, 0) << twice.errors;
  EXPECT_EQ(nlohmann::json::parse(twice.output)["files"].size(), 1U);
  EXPECT_THAT(scratch_.names(), UnorderedElementsAre("H.MRC", "h.stl"));
}

TEST_F(Shape, SameHeadSameBytes) {
  for (const char* name : {"a.ply", "b.ply"}) {
    const ProcessResult result = shape({"--seeds", "3", "--out", out(name), "--colours", "vertices"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
  }
  EXPECT_EQ(test::readBytes(scratch_ / "a.ply"), test::readBytes(scratch_ / "b.ply"));
}

TEST_F(Shape, WrongOptionsAreSaidBeforeAnythingIsMade) {
  const auto expectError = [&](std::vector<std::string> arguments, const std::string& text) {
    const ProcessResult result = shape(std::move(arguments));
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(text));
    EXPECT_THAT(scratch_.names(), IsEmpty());
  };
  expectError({"--seeds", "1", "--out", out("head.fbx")}, ".glb, .obj, .ply or .stl");
  expectError({"--seeds", "1", "--out", out("head")}, ".glb, .obj, .ply or .stl");
  expectError({"--seeds", "1", "--out", out("head"), "--format", "glb,usd"}, "'usd' is no format");
  expectError({"--seeds", "1", "--out", out("head.glb"), "--triangles", "7"}, "triangles");
  const ProcessResult nowhere = shape({"--seeds", "1", "--out", out("missing/head.glb")});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.errors, HasSubstr("there is no folder '" + out("missing") + "'"));
  EXPECT_THAT(nowhere.errors, testing::Not(HasSubstr("triangles"))) << "it was made in vain";
}

TEST_F(Shape, LevelThatNothingReachesIsSaid) {
  const ProcessResult result =
      shape({"--seeds", "1", "--out", out("head.stl"), "--level", "900", "--colours", "none"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("nothing in the head is as dense as 900"));
  EXPECT_THAT(scratch_.names(), IsEmpty());
}

}  // namespace
}  // namespace panohead
