#include "tests/support/places.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::HasSubstr;

TEST(Metrics, MeasuresTheEmbeddedModelAsTextJsonAndFile) {
  const test::ScratchFolder scratch;
  const std::string file = (scratch / "report.json").string();
  const ProcessResult result = studio({"metrics",
                                       "--metrics",
                                       "mirrored_face,view_consistency",
                                       "--images",
                                       "32",
                                       "--resolution",
                                       "16",
                                       "--json",
                                       "--out",
                                       file});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("model"), "heads256");
  EXPECT_EQ(json.at("values").at("view_consistency.depth").at("unit"), "world units");
  EXPECT_LT(json.at("values").at("view_consistency.depth").at("value").get<double>(), 0.05);
  EXPECT_TRUE(json.at("values").contains("mirrored_face.score"));
  EXPECT_FALSE(json.at("values").contains("flicker.warped"));
  std::ifstream stream(file);
  EXPECT_EQ(nlohmann::json::parse(stream).at("values"), json.at("values"));
}

TEST(Metrics, ReportsInJsonWhereTheModelsNameIsNoText) {
  const test::ScratchFolder scratch;
  const std::filesystem::path model = scratch / "t\xeate.safetensors";  // Latin-1
  std::filesystem::copy_file(test::firstModelFile(), model);
  const ProcessResult result = studio({"metrics",
                                       "--model",
                                       model.string(),
                                       "--metrics",
                                       "sharpness",
                                       "--images",
                                       "16",
                                       "--resolution",
                                       "8",
                                       "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(nlohmann::json::parse(result.output).at("model").get<std::string>(), HasSubstr("te"));
}

TEST(Metrics, ValuesAreNotLostWithAFileThatCannotBeWritten) {
  const test::ScratchFolder scratch;
  const auto metrics = [](const std::filesystem::path& out) {
    return studio({"metrics",
                   "--metrics",
                   "sharpness",
                   "--images",
                   "16",
                   "--resolution",
                   "8",
                   "--json",
                   "--out",
                   out.string()});
  };
  const ProcessResult folder = metrics(scratch.path());
  EXPECT_EQ(folder.exit_code, 1);
  EXPECT_TRUE(nlohmann::json::parse(folder.output).at("values").contains("sharpness.finest"))
      << folder.output;
  const ProcessResult nowhere = metrics(scratch / "missing" / "report.json");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.errors, HasSubstr("there is no folder"));
  EXPECT_EQ(nowhere.output, "") << "it was measured in vain";
}

TEST(Metrics, WrongUseIsToldWithAWayOut) {
  const auto expectWrong = [](std::vector<std::string> arguments, const char* part) {
    arguments.insert(arguments.begin(), "metrics");
    const ProcessResult result = studio(arguments);
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_THAT(result.errors, HasSubstr(part));
  };
  expectWrong({"--metrics", "fid"}, "--data");
  expectWrong({"--metrics", "beauty"}, "sharpness");
  expectWrong({"--metrics", ""}, "choose from");
  expectWrong({"--images", "many"}, "--images");
  expectWrong({"--psi", "9"}, "--psi");
  expectWrong({"--masks", "seg.zip"}, "--data");
}

TEST(Metrics, AModelWithoutDiscriminatorGivesNoFeatures) {
  const std::string model = test::firstModelFile().string();
  PANOHEAD_SHARED_FILE(data, "datasets/heads256_img.zip");
  const ProcessResult result =
      studio({"metrics", "--metrics", "fid_features", "--features", model, "--data", data});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("no network named 'D'"));
}

}  // namespace
}  // namespace panohead
