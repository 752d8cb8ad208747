#include "core/dataset/dataset_check.h"

#include "core/base/error.h"
#include "core/dataset/dataset.h"
#include "core/dataset/sample_sheet.h"
#include "tests/support/dataset_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace panohead {
namespace {

using Kind = DatasetProblemKind;
using test::DatasetFiles;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

DatasetReport check(const DatasetFiles& files, int threads = 2) {
  SilentContext context;
  return checkDataset({.data = files.data, .masks = files.masks, .threads = threads}, context);
}

std::vector<std::pair<Kind, std::string>> problemsOf(const DatasetReport& report) {
  std::vector<std::pair<Kind, std::string>> found;
  for (const DatasetProblem& problem : report.problems) {
    found.emplace_back(problem.kind, problem.file);
  }
  return found;
}

/// Damages labels and writes them.
std::function<void(DatasetFiles&)> relabel(std::function<void(std::vector<LabelRow>&)> change) {
  return [change = std::move(change)](DatasetFiles& files) {
    change(files.labels);
    files.writeLabelFile();
  };
}

/// Whether training could open the same set.
bool opens(const DatasetFiles& files) {
  SilentContext context;
  try {
    const Dataset dataset({.data = files.data, .masks = files.masks}, context);
    return true;
  } catch (const DatasetError&) {
    return false;
  }
}

TEST(DatasetCheck, ASoundSetHasNoProblems) {
  const DatasetFiles files(8);
  const DatasetReport report = check(files);
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_TRUE(report.canTrain());
  EXPECT_EQ(report.pictures, 8);
  EXPECT_EQ(report.labelled, 8);
  EXPECT_EQ(report.with_mask, 8);
  EXPECT_EQ(report.persons, 4);
  EXPECT_EQ(report.width, 64);
  EXPECT_EQ(report.poses.front(), 4);
  EXPECT_EQ(report.poses.back(), 4);
  EXPECT_NEAR(report.distance, 2.7, 1e-5);
  EXPECT_NEAR(report.coverage_mean, 42.0 / 64, 1e-6);
}

struct Damage {
  std::string name;
  std::function<void(DatasetFiles&)> apply;
  Kind kind;
  std::string file;
};

void PrintTo(const Damage& damage, std::ostream* stream) { *stream << damage.name; }

class Damages : public testing::TestWithParam<Damage> {};

TEST_P(Damages, AreFoundAndStopTrainingWhenOpeningTheSetFails) {
  DatasetFiles files(8);
  GetParam().apply(files);
  const DatasetReport report = check(files);
  EXPECT_THAT(problemsOf(report), ElementsAre(Pair(GetParam().kind, GetParam().file)));
  EXPECT_EQ(report.canTrain(), !stopsTraining(GetParam().kind));
  EXPECT_EQ(report.canTrain(), opens(files));
  EXPECT_THAT(report.toText(), HasSubstr(titleOf(GetParam().kind)));
  EXPECT_THAT(report.toText(), HasSubstr(GetParam().file));
  const auto json = nlohmann::json::parse(report.toJson());
  EXPECT_EQ(json["can_train"], report.canTrain());
  EXPECT_EQ(json["problems"].size(), 1U);
  EXPECT_EQ(json["problems"][0]["file"], GetParam().file);
}

const std::string kPicture = DatasetFiles::pictureName(3);

INSTANTIATE_TEST_SUITE_P(
    All,
    Damages,
    testing::Values(
        Damage{"MissingLabel",
               relabel([](auto& labels) { labels.erase(labels.begin() + 3); }),
               Kind::kMissingLabel,
               kPicture},
        Damage{"BadLabel",
               [](auto& f) {
                 std::string text = writeLabels(f.labels);
                 const std::string name = "\"" + kPicture + "\", [";
                 text.insert(text.find(name) + name.size(), "\"nan\", ");
                 DatasetFiles::writeText(f.data / "dataset.json", text);
               },
               Kind::kBadLabel,
               kPicture},
        Damage{"ConflictingLabels",
               relabel([](auto& labels) {
                 labels.push_back(labels[3]);
                 labels.back().label = labels[4].label;
               }),
               Kind::kConflictingLabels,
               kPicture},
        Damage{"RepeatedLabel",
               relabel([](auto& labels) { labels.push_back(labels[3]); }),
               Kind::kRepeatedLabel,
               kPicture},
        Damage{"MissingMask",
               [](auto& f) { std::filesystem::remove(f.masks / kPicture); },
               Kind::kMissingMask,
               kPicture},
        Damage{"NoPicture",
               [](auto& f) { DatasetFiles::writeText(f.data / kPicture, "text"); },
               Kind::kUnreadable,
               kPicture},
        Damage{"EmptyMaskFile",
               [](auto& f) { DatasetFiles::writeText(f.masks / kPicture, ""); },
               Kind::kUnreadable,
               kPicture},
        Damage{"CutOff", [](auto& f) { DatasetFiles::cutOff(f.data / kPicture); }, Kind::kDamaged, kPicture},
        Damage{"CutOffMask",
               [](auto& f) { DatasetFiles::cutOff(f.masks / kPicture); },
               Kind::kDamaged,
               kPicture},
        Damage{"ChangedBit",
               [](auto& f) {  // of the checksum behind the header: the decoder does not see it
                 std::vector<std::byte> bytes = test::readBytes(f.data / kPicture);
                 bytes[30] ^= std::byte{1};
                 test::writeBytes(f.data / kPicture, bytes);
               },
               Kind::kDamaged,
               kPicture},
        Damage{"NotSquare",
               [](auto& f) {
                 DatasetFiles::writePicture(f.data / kPicture, Image(64, 80, 3));
                 Image mask(64, 80, 1);
                 std::fill_n(mask.pixels.begin(), 2000, std::uint8_t{255});
                 DatasetFiles::writePicture(f.masks / kPicture, mask);
               },
               Kind::kNotSquare,
               kPicture},
        Damage{"OtherSize",
               [](auto& f) {
                 DatasetFiles::writePicture(f.data / kPicture, DatasetFiles::ramp(128, 0));
                 DatasetFiles::writePicture(f.masks / kPicture, DatasetFiles::disc(128));
               },
               Kind::kOtherSize,
               kPicture},
        Damage{"MaskOtherSize",
               [](auto& f) { DatasetFiles::writePicture(f.masks / kPicture, DatasetFiles::disc(32)); },
               Kind::kMaskOtherSize,
               kPicture},
        Damage{"LabelWithoutPicture",
               relabel([](auto& labels) {
                 labels.push_back(labels[3]);
                 labels.back().name = "gone.png";
               }),
               Kind::kLabelWithoutPicture,
               "gone.png"},
        Damage{"MaskWithoutPicture",
               [](auto& f) { DatasetFiles::writePicture(f.masks / "more.png", DatasetFiles::disc(64)); },
               Kind::kMaskWithoutPicture,
               "more.png"},
        Damage{"NoRotation",
               relabel([](auto& labels) { labels[3].label[0] += 0.1F; }),
               Kind::kNoRotation,
               kPicture},
        Damage{"EmptyMask",
               [](auto& f) { DatasetFiles::writePicture(f.masks / kPicture, Image(64, 64, 1)); },
               Kind::kEmptyMask,
               kPicture},
        Damage{"MaskOfZerosAndOnes",
               [](auto& f) {
                 Image mask = DatasetFiles::disc(64);
                 for (std::uint8_t& value : mask.pixels) {
                   value /= 255;
                 }
                 DatasetFiles::writePicture(f.masks / kPicture, mask);
               },
               Kind::kEmptyMask,
               kPicture},
        Damage{"FullMask",
               [](auto& f) {
                 Image mask(64, 64, 1);
                 std::fill(mask.pixels.begin(), mask.pixels.end(), std::uint8_t{255});
                 DatasetFiles::writePicture(f.masks / kPicture, mask);
               },
               Kind::kFullMask,
               kPicture}),
    [](const auto& info) { return info.param.name; });

TEST(DatasetCheck, ResultDoesNotDependOnTheNumberOfThreads) {
  DatasetFiles files(8);
  for (const int i : {1, 4, 6}) {
    DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(i));
    files.labels[static_cast<std::size_t>(i)].label[0] = 3;
  }
  files.writeLabelFile();
  EXPECT_EQ(check(files, 1).toJson(), check(files, 5).toJson());
}

TEST(DatasetCheck, AllDamagedIsNothingToTrainOn) {
  const DatasetFiles files(2);
  for (const int i : {0, 1}) {
    DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(i));
  }
  EXPECT_FALSE(check(files).canTrain());
}

TEST(DatasetCheck, AdviceNamesTheOptions) {
  const DatasetFiles files(4, 100);
  SilentContext context;
  const DatasetReport report = checkDataset({.data = files.data}, context);
  EXPECT_TRUE(report.canTrain());
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("--resolution 64"), HasSubstr("--masks")));
}

TEST(DatasetCheck, NothingToLookAtIsAnError) {
  const test::ScratchFolder scratch;
  SilentContext context;
  EXPECT_THROW(checkDataset({.data = scratch.path()}, context), DatasetError);
  DatasetFiles::writeText(scratch / "dataset.json", R"({"labels": []})");
  EXPECT_THROW(checkDataset({.data = scratch.path()}, context), DatasetError);
}

TEST(SampleSheet, ShowsPicturesWithTheOutlineOfTheirMask) {
  const DatasetFiles files(4);
  SilentContext context;
  const Image sheet = drawSampleSheet(
      {.data = files.data, .masks = files.masks, .count = 4, .columns = 2, .size = 64}, context);
  ASSERT_EQ(sheet.width, 6 + 2 * 70);
  ASSERT_EQ(sheet.height, 6 + 2 * 84);
  const auto pixel = [&](int x, int y) {
    const std::uint8_t* at = sheet.row(y) + 3 * x;
    return std::array<int, 3>{at[0], at[1], at[2]};
  };
  EXPECT_EQ(pixel(6 + 10, 6 + 20), (std::array<int, 3>{30, 60, 0}));     // the ramp of the first one
  EXPECT_EQ(pixel(6 + 41, 6 + 20), (std::array<int, 3>{80, 255, 120}));  // the last column of the person
  EXPECT_EQ(pixel(6 + 70 + 10, 6 + 84 + 20), (std::array<int, 3>{30, 60, 30}));
}

TEST(SampleSheet, BrokenPicturesLeaveTheirFieldEmpty) {
  const DatasetFiles files(2);
  DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(0));
  SilentContext context;
  const Image sheet = drawSampleSheet({.data = files.data, .count = 2, .columns = 2, .size = 64}, context);
  EXPECT_EQ(sheet.row(6 + 20)[3 * (6 + 10)], 52);
}

}  // namespace
}  // namespace panohead
