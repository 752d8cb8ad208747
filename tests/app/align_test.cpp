#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/dataset/dataset_labels.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/studio_process.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <sstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::ScratchFolder;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;

#ifdef PANOHEAD_HAVE_OPENCV

std::string textOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A folder with the astronaut twice, a grey picture, and a file that is no picture.
class Align : public testing::Test {
 protected:
  void SetUp() override {
    const std::string astronaut = test::sharedData("photos/wild/astronaut.png").string();
    if (!std::filesystem::exists(astronaut)) {
      GTEST_SKIP() << "needs photos/wild of the shared folder (PANOHEAD_SHARED)";
    }
    std::filesystem::create_directories(photos_ / "eileen");
    std::filesystem::copy(astronaut, photos_ / "eileen" / "one.png");
    writePng(photos_ / "eileen" / "mirrored.png", mirroredImage(readImage(astronaut)));
    Image grey(200, 200, 3);
    std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{100});
    writePng(photos_ / "nobody <&>.png", grey);
    std::ofstream(photos_ / "broken.jpg") << "no picture";
    std::ofstream(photos_ / "notes.txt") << "not looked at";
  }

  ProcessResult align(std::vector<std::string> more = {}, const test::ProcessOptions& options = {}) {
    std::vector<std::string> words{"align",
                                   photos_.string(),
                                   "--out",
                                   out_.string(),
                                   "--size",
                                   "128",
                                   "--masks",
                                   "raw",
                                   "--threads",
                                   "1"};
    words.insert(words.end(), more.begin(), more.end());
    return studio(words, options);
  }

  ScratchFolder scratch_;
  std::filesystem::path photos_ = scratch_ / "photos";
  std::filesystem::path out_ = scratch_ / "set";
};

TEST_F(Align, MakesASetThatCanBeTrainedOn) {
  const ProcessResult result = align();
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(
      result.errors,
      AllOf(HasSubstr("2 pictures from 4 photos"), HasSubstr("1 cannot be read"), HasSubstr("1 no head")));
  const auto rows = parseLabels(test::readBytes(out_ / "img" / "dataset.json"), "dataset.json");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "eileen/mirrored.png.png");
  EXPECT_EQ(rows[1].name, "eileen/one.png.png");
  for (const LabelRow& row : rows) {
    EXPECT_NEAR(std::hypot(row.label[3], row.label[7], row.label[11]), 2.7, 1e-4);
    EXPECT_NEAR(row.label[16], 4.2647, 1e-3);
    EXPECT_EQ(readImage(out_ / "img" / row.name).width, 128);
    EXPECT_EQ(readImage(out_ / "seg" / row.name).channels, 1);
  }
  EXPECT_NEAR(rows[0].label[3], -rows[1].label[3], 0.1);  // mirrored yaw
  const std::string page = textOf(out_ / "report.html");
  EXPECT_THAT(page,
              AllOf(HasSubstr("no head"),
                    HasSubstr("nobody &lt;&amp;&gt;.png"),
                    HasSubstr("broken.jpg"),
                    HasSubstr("by hand")));
  const ProcessResult check =
      studio({"dataset", "check", "--data", (out_ / "img").string(), "--masks", (out_ / "seg").string()});
  EXPECT_EQ(check.exit_code, 0) << check.output;
  EXPECT_THAT(check.output, HasSubstr("can be trained on"));
}

TEST_F(Align, APhotoWhoseNameIsNoTextIsLeftOutAndTheOthersAreNot) {
  const std::string name = "caf\xe9.png";  // as Latin-1 has it
  std::filesystem::copy(photos_ / "eileen" / "one.png", photos_ / name);
  const ProcessResult result = align();
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, AllOf(HasSubstr("2 pictures from 5 photos"), HasSubstr("2 cannot be read")));
  EXPECT_EQ(parseLabels(test::readBytes(out_ / "img" / "dataset.json"), "dataset.json").size(), 2U);
  EXPECT_THAT(textOf(out_ / "report.html"), HasSubstr("its name is not valid text"));
}

TEST_F(Align, ReportsInJsonFromAFolderWhoseNameIsNoText) {
  out_ = scratch_ / "s\xe9t";
  const ProcessResult result = align({"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::string last = result.output.substr(result.output.rfind("{\"photos\""));
  EXPECT_EQ(nlohmann::json::parse(last).at("pictures"), 2);
}

TEST_F(Align, AMattingNetworkOfTheUsersOwnMakesTheMasks) {
  // A convolution whose answer is 1 everywhere.
  const std::string network = test::sourceData("vision/everything_is_the_person.onnx").string();
  const ProcessResult result = align({"--mask-network", network});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const Image mask = readImage(out_ / "seg" / "eileen" / "one.png.png");
  EXPECT_EQ(*std::ranges::min_element(mask.pixels), 255);
  const ProcessResult other = align();
  EXPECT_EQ(other.exit_code, 2) << "masks of two networks in one set";
  std::filesystem::remove_all(out_);
  const ProcessResult missing = align({"--mask-network", (scratch_ / "none.onnx").string()});
  EXPECT_NE(missing.exit_code, 0);
  EXPECT_THAT(missing.errors, HasSubstr("none.onnx"));
  EXPECT_EQ(align({"--mask-network", network}).exit_code, 0) << "a run that made nothing binds no other";
}

TEST_F(Align, AnInterruptedRunGoesOn) {
  ASSERT_EQ(align().exit_code, 0);
  const std::string labels = textOf(out_ / "img" / "dataset.json");
  // As killed while it wrote the third photo's line.
  std::istringstream journal(textOf(out_ / "align.jsonl"));
  std::string kept;
  std::string line;
  for (int i = 0; i < 3 && std::getline(journal, line); ++i) {
    kept += line + "\n";
  }
  std::ofstream(out_ / "align.jsonl") << kept << R"({"photo":"eil)";
  std::filesystem::remove(out_ / "img" / "dataset.json");
  const ProcessResult result = align();
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("2 photos were finished by an earlier run"));
  EXPECT_EQ(textOf(out_ / "img" / "dataset.json"), labels);
}

TEST_F(Align, PhotosThatCannotBeReadDoNotCountInTheTime) {
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"}) {
    std::ofstream(photos_ / name) << "no picture";
  }
  const ProcessResult result = align({"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::string last = result.output.substr(result.output.rfind("{\"photos\""));
  EXPECT_GT(nlohmann::json::parse(last).at("median_milliseconds"), 5) << "heads are looked for in none";
}

TEST_F(Align, StoppedOrKilledItGoesOn) {
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) {
    std::filesystem::copy(photos_ / "eileen" / "one.png", photos_ / name);
  }
  for (const int number : {SIGINT, SIGKILL}) {
    SCOPED_TRACE(number);
    std::filesystem::remove_all(out_);
    bool sent = false;
    const ProcessResult ended = align({}, {.watch = [&](pid_t process, const std::string&) {
                                        const std::string journal = textOf(out_ / "align.jsonl");
                                        if (!sent && std::ranges::count(journal, '\n') >= 3) {  // two photos
                                          sent = kill(process, number) == 0;
                                        }
                                      }});
    ASSERT_EQ(ended.exit_code, number == SIGINT ? 130 : -SIGKILL) << ended.errors;
    const ProcessResult on = align();
    ASSERT_EQ(on.exit_code, 0) << on.errors;
    EXPECT_THAT(on.errors, AllOf(HasSubstr("were finished by an earlier run"), HasSubstr("6 pictures")));
    const ProcessResult check =
        studio({"dataset", "check", "--data", (out_ / "img").string(), "--masks", (out_ / "seg").string()});
    EXPECT_EQ(check.exit_code, 0) << check.output;
  }
}

TEST_F(Align, AFullDiskSaysSoAndWhatIsDoneStays) {
  const ProcessResult full = align({}, {.max_file_bytes = 6000});
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.errors, HasSubstr(".png"));
  EXPECT_FALSE(std::filesystem::exists(out_ / "img" / "eileen" / "one.png.png"));
  const ProcessResult on = align();
  ASSERT_EQ(on.exit_code, 0) << on.errors;
  EXPECT_THAT(on.errors, HasSubstr("2 pictures from 4 photos"));
}

TEST_F(Align, EveryHeadHasAPictureOfItsOwn) {
  const Image one = withChannels(readImage(photos_ / "eileen" / "one.png"), 3);
  std::filesystem::remove_all(photos_);
  std::filesystem::create_directories(photos_);
  writePng(photos_ / "anna.png", tiled(std::vector<Image>{one, one}, 2));
  writePng(photos_ / "anna_2.png", one);
  test::writeBytes(photos_ / "anna.jpg", encodeJpeg(one, 95));
  const ProcessResult result = align({"--heads", "all"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto rows = parseLabels(test::readBytes(out_ / "img" / "dataset.json"), "dataset.json");
  std::vector<std::string> names;
  for (const LabelRow& row : rows) {
    names.push_back(row.name);
    EXPECT_TRUE(std::filesystem::exists(out_ / "img" / row.name)) << row.name;
  }
  EXPECT_THAT(
      names,
      testing::UnorderedElementsAre("anna.jpg.png", "anna.png.png", "anna.png_2.png", "anna_2.png.png"));
  const ProcessResult check =
      studio({"dataset", "check", "--data", (out_ / "img").string(), "--masks", (out_ / "seg").string()});
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

TEST_F(Align, APhotoThatIsGoneLeavesTheSetAndMayComeBack) {
  ASSERT_EQ(align().exit_code, 0);
  const std::string labels = textOf(out_ / "img" / "dataset.json");
  std::filesystem::rename(photos_ / "eileen" / "mirrored.png", scratch_ / "mirrored.png");
  ASSERT_EQ(align().exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(out_ / "img" / "eileen" / "mirrored.png.png"));
  EXPECT_FALSE(std::filesystem::exists(out_ / "seg" / "eileen" / "mirrored.png.png"));
  EXPECT_TRUE(std::filesystem::exists(out_ / "img" / "eileen" / "one.png.png"));
  std::filesystem::rename(scratch_ / "mirrored.png", photos_ / "eileen" / "mirrored.png");
  ASSERT_EQ(align().exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(out_ / "img" / "eileen" / "mirrored.png.png"));
  EXPECT_EQ(textOf(out_ / "img" / "dataset.json"), labels);
}

TEST_F(Align, OtherOptionsNeedAnotherFolder) {
  ASSERT_EQ(align().exit_code, 0);
  const ProcessResult result = align({"--heads", "all"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("other options"));
}

TEST_F(Align, SpeaksJson) {
  const ProcessResult result = align({"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  std::istringstream lines(result.output);
  int photos = 0;
  nlohmann::json last;
  for (std::string line; std::getline(lines, line);) {
    last = nlohmann::json::parse(line);
    photos += last.contains("photo") ? 1 : 0;
  }
  EXPECT_EQ(photos, 4);
  EXPECT_EQ(last.at("pictures"), 2);
}

TEST(AlignCommand, SaysWhatItNeeds) {
  EXPECT_EQ(studio({"align"}).exit_code, 2);
  const ScratchFolder scratch;
  const ProcessResult empty = studio({"align", scratch.path().string(), "--out", (scratch / "set").string()});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_THAT(empty.errors, HasSubstr("no photos"));
  EXPECT_EQ(studio({"align", (scratch / "none").string(), "--out", (scratch / "set").string()}).exit_code, 2);
}

#endif

}  // namespace
}  // namespace panohead
