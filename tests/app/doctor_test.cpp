#include "core/base/image_io.h"
#include "core/session/project.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::HasSubstr;

TEST(DoctorCommand, GradesSeedsBestFirst) {
  const test::ScratchFolder scratch;
  const std::string sheet = (scratch / "best.png").string(), out = (scratch / "grades.json").string();
  const ProcessResult result =
      studio({"doctor", "--seeds", "0-5", "--best", "4", "--json", "--sheet", sheet, "--out", out});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const nlohmann::json json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("examined"), 6);
  ASSERT_EQ(json.at("heads").size(), 4U);
  double before = 100;
  for (const nlohmann::json& head : json.at("heads")) {
    EXPECT_LE(head.at("grade").get<double>(), before);
    before = head.at("grade");
    double product = 100;
    for (const char* name :
         {"mirrored_face", "holes", "floaters", "flat_head", "background_leak", "flicker"}) {
      const nlohmann::json& measure = head.at("measures").at(name);
      product *= measure.at("score").get<double>();
      EXPECT_GT(measure.at("limit").get<double>(), 0);
    }
    EXPECT_NEAR(product, before, 1e-9);
    EXPECT_TRUE(head.at("reasons").is_array());
  }
  std::ifstream file(out);
  EXPECT_EQ(nlohmann::json::parse(file), json);
  const Image picture = readImage(sheet);
  EXPECT_EQ(picture.width, 2 * 3 * 128);
  EXPECT_EQ(picture.height, 2 * (128 + 14));
}

TEST(DoctorCommand, GradesTheHeadsOfAProject) {
  const test::ScratchFolder scratch;
  Project project;
  project.head.seed = 3;
  project.gallery.push_back({"Anna", {.seed = 4}});
  writeProject(scratch / "two.heads", project);
  const ProcessResult result = studio({"doctor", "--project", (scratch / "two.heads").string()});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("Anna"));
  EXPECT_THAT(result.output, HasSubstr("shown"));
  EXPECT_THAT(result.output, HasSubstr("mirrored_face"));
  const ProcessResult psi = studio({"doctor", "--project", (scratch / "two.heads").string(), "--psi", "1"});
  EXPECT_EQ(psi.exit_code, 2);
  EXPECT_THAT(psi.errors, HasSubstr("--psi"));
}

TEST(DoctorCommand, GradesAreNotLostWithASheetThatCannotBeWritten) {
  const test::ScratchFolder scratch;
  const std::string sheet = (scratch / "sheet.png").string(), out = (scratch / "grades.json").string();
  std::filesystem::create_directory(sheet);
  const ProcessResult result = studio({"doctor", "--seeds", "3", "--json", "--sheet", sheet, "--out", out});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr(sheet));
  EXPECT_EQ(nlohmann::json::parse(result.output).at("examined"), 1);
  EXPECT_TRUE(std::filesystem::exists(out));
  for (const char* option : {"--sheet", "--out"}) {
    const ProcessResult nowhere =
        studio({"doctor", "--seeds", "0-9999", option, (scratch / "missing" / "file.png").string()});
    EXPECT_EQ(nowhere.exit_code, 1);
    EXPECT_THAT(nowhere.errors, HasSubstr("there is no folder"));
    EXPECT_EQ(nowhere.output, "");
  }
}

TEST(DoctorCommand, WrongUseIsExplained) {
  EXPECT_EQ(studio({"doctor"}).exit_code, 2);
  EXPECT_EQ(studio({"doctor", "--seeds", "0-3", "--project", "a.heads"}).exit_code, 2);
  EXPECT_EQ(studio({"doctor", "--seeds", "3-0"}).exit_code, 2);
  EXPECT_EQ(studio({"doctor", "--project", "missing.heads"}).exit_code, 1);
}

TEST(DoctorCommand, CanBeInterrupted) {
  const auto begin = std::chrono::steady_clock::now();
  const auto interrupt = [&, sent = false](pid_t process, const std::string&) mutable {
    if (!sent && std::chrono::steady_clock::now() - begin > std::chrono::seconds(4)) {
      sent = kill(process, SIGINT) == 0;
    }
  };
  const ProcessResult result = studio({"doctor", "--seeds", "0-9999", "--json"}, {.watch = interrupt});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.output, "");
}

}  // namespace
}  // namespace panohead
