#include "core/base/image_io.h"
#include "tests/support/dataset_files.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace panohead {
namespace {

using test::DatasetFiles;
using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(DatasetCommand, CheckOfASoundSetSucceedsAndDraws) {
  const DatasetFiles files(8);
  const std::string histogram = (files.scratch / "cameras.png").string();
  const std::string sheet = (files.scratch / "samples.png").string();
  const ProcessResult result = studio({"dataset",
                                       "check",
                                       "--data",
                                       files.data.string(),
                                       "--masks",
                                       files.masks.string(),
                                       "--histogram",
                                       histogram,
                                       "--sheet",
                                       sheet});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("8 pictures of 64 x 64 pixels, 8 with label, 8 with mask, 4 people"),
                    HasSubstr("4 views from the front, 4 from behind"),
                    HasSubstr("This set can be trained on.")));
  EXPECT_GT(readImage(histogram).width, 700);
  EXPECT_EQ(readImage(sheet).channels, 3);
}

TEST(DatasetCommand, TheReportIsNotLostWithAPictureThatCannotBeWritten) {
  const DatasetFiles files(4);
  std::filesystem::create_directory(files.scratch / "folder.png");
  for (const char* option : {"--histogram", "--sheet"}) {
    const auto check = [&](const std::string& picture) {
      return studio({"dataset",
                     "check",
                     "--data",
                     files.data.string(),
                     "--masks",
                     files.masks.string(),
                     option,
                     (files.scratch / picture).string()});
    };
    const ProcessResult folder = check("folder.png");
    EXPECT_EQ(folder.exit_code, 1);
    EXPECT_THAT(folder.errors, HasSubstr("folder.png"));
    EXPECT_THAT(folder.output, HasSubstr("This set can be trained on."));
    const ProcessResult nowhere = check("missing/picture.png");
    EXPECT_EQ(nowhere.exit_code, 1);
    EXPECT_THAT(nowhere.errors, HasSubstr("there is no folder"));
    EXPECT_THAT(nowhere.output, IsEmpty()) << "it was looked at in vain";
  }
}

TEST(DatasetCommand, CheckExitsWithOneWhenTrainingCouldNotStart) {
  const DatasetFiles files(4);
  std::filesystem::remove(files.masks / DatasetFiles::pictureName(2));
  const ProcessResult result =
      studio({"dataset", "check", "--data", files.data.string(), "--masks", files.masks.string(), "--json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("cannot be trained on"));
  const auto report = nlohmann::json::parse(result.output);
  EXPECT_EQ(report["can_train"], false);
  EXPECT_EQ(report["problems"][0]["kind"], "missing_mask");
  EXPECT_EQ(report["problems"][0]["file"], "personB/view0.png");
  EXPECT_EQ(report["histogram"]["pitch_by_yaw"].size(), 36U);
}

TEST(DatasetCommand, PackMakesZipsThatCheckAccepts) {
  const DatasetFiles files(6, 128);
  const std::string out = (files.scratch / "small").string();
  const ProcessResult packed = studio({"dataset",
                                       "pack",
                                       "--data",
                                       files.data.string(),
                                       "--masks",
                                       files.masks.string(),
                                       "--out",
                                       out,
                                       "--resolution",
                                       "64",
                                       "--format",
                                       "jpg",
                                       "--quality",
                                       "90",
                                       "--max-size",
                                       "4"});
  EXPECT_EQ(packed.exit_code, 0) << packed.errors;
  EXPECT_THAT(packed.errors, AllOf(HasSubstr("4 pictures in"), HasSubstr("small_seg.zip")));
  const ProcessResult checked =
      studio({"dataset", "check", "--data", out + "_img.zip", "--masks", out + "_seg.zip", "--threads", "2"});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("4 pictures of 64 x 64 pixels"));
}

TEST(DatasetCommand, WrongUseSaysWhatIsPossible) {
  const DatasetFiles files(2);
  const std::string data = files.data.string();
  const std::string out = (files.scratch / "out").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"dataset"}, "subcommand"},
      {{"dataset", "chek"}, "subcommand"},
      {{"dataset", "check"}, "--data"},
      {{"dataset", "pack", "--data", data}, "--out"},
      {{"dataset", "pack", "--data", data, "--out", out, "--format", "gif"}, "--format"},
      {{"dataset", "pack", "--data", data, "--out", out, "--quality", "0"}, "--quality"},
      {{"dataset", "pack", "--data", data, "--out", out, "--resolution", "100"}, "--resolution 100"},
      {{"dataset", "pack", "--data", data, "--out", out, "--yaw-min", "50", "--yaw-max", "-50"}, "yaw"},
  };
  for (const auto& [arguments, message] : wrong) {
    const ProcessResult result = studio(arguments);
    EXPECT_EQ(result.exit_code, 2) << message << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(message));
    EXPECT_THAT(result.output, IsEmpty());
  }
  EXPECT_THAT(studio({"dataset", "pack", "--data", data}).errors,
              HasSubstr("panohead-studio dataset pack --help"));
}

TEST(DatasetCommand, MissingDataIsAFailureThatNamesIt) {
  const test::ScratchFolder scratch;
  const ProcessResult result = studio({"dataset", "check", "--data", (scratch / "nowhere").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("nowhere"), HasSubstr("folder or a zip")));
}

TEST(DatasetCommand, BashCompletesTheCommandsBelow) {
  const test::ScratchFolder scratch;
  const std::filesystem::path script = scratch / "script";
  std::filesystem::create_directory(scratch / "empty");  // names of files there would be offered, too
  std::ofstream(script) << studio({"completion", "bash"}).output << "cd " << (scratch / "empty").string()
                        << R"(
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _panohead_studio; echo "${COMPREPLY[@]}"; }
try panohead-studio data
try panohead-studio dataset ch
try panohead-studio dataset pack --format ''
try panohead-studio dataset check --hist
try panohead-studio render --hist
)";
  const ProcessResult result = test::runProcess({"/bin/bash", script.string()});
  EXPECT_EQ(result.output, "dataset\ncheck\nkeep png jpg\n--histogram\n\n");
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(DatasetCommand, HelpOfBothHasExamples) {
  for (const char* command : {"check", "pack"}) {
    const ProcessResult result = studio({"dataset", command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr(std::string("Examples:\n  panohead-studio dataset ") + command));
  }
}

}  // namespace
}  // namespace panohead
