#include "core/dataset/dataset.h"

#include "core/base/camera_label.h"
#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/base/webp_image.h"
#include "core/dataset/dataset_index.h"
#include "core/dataset/file_source.h"
#include "tests/support/dataset_files.h"
#include "tests/support/webp_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace panohead {
namespace {

using test::DatasetFiles;
using testing::AllOf;
using testing::HasSubstr;

Dataset open(const DatasetOptions& options) {
  SilentContext context;
  return Dataset(options, context);
}

/// The message of the DatasetError that opening must throw, with its hint.
std::string openFailure(const DatasetOptions& options) {
  try {
    open(options);
  } catch (const DatasetError& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.what() + (" | " + error.hint());
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST(CameraAngles, AreThoseOfTheOrbitEverywhere) {
  for (double yaw = -179.5; yaw < 180; yaw += 0.5) {
    for (const double pitch : {-60.0, 0.0, 35.0}) {
      const CameraLabel label = orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch});
      ASSERT_NEAR(yawOf(label), yaw, 1e-4);
      ASSERT_NEAR(pitchOf(label), pitch, 1e-4);
      ASSERT_NEAR(yawOf(mirrored(label)), -yaw, 1e-4);
      ASSERT_NEAR(pitchOf(mirrored(label)), pitch, 1e-4);
    }
  }
}

TEST(CameraAngles, NearNinetyDegreesTheyDoNotSnapAsThePublishedOnes) {
  const CameraLabel label = orbitLabel({.yaw_degrees = 88});
  EXPECT_NEAR(yawOf(label), 88, 1e-4);
  EXPECT_GT(std::abs(publishedPoseAngles(label).yaw - 88), 1);
}

TEST(CameraAngles, StraightBehindIsPlus180OnBothSides) {
  CameraLabel label{};
  label[11] = -2.7F;
  for (const float x : {0.0F, -0.0F}) {
    label[3] = x;
    EXPECT_EQ(yawOf(label), 180);
  }
}

TEST(Dataset, FolderAndZipGiveTheSame) {
  const DatasetFiles files(6);
  const Dataset folder = open({.data = files.data, .masks = files.masks});
  const Dataset zip = open({.data = DatasetFiles::zip(files.data), .masks = DatasetFiles::zip(files.masks)});
  ASSERT_EQ(folder.entries().size(), 6U);
  ASSERT_EQ(zip.entries().size(), 6U);
  EXPECT_EQ(folder.resolution(), 64);
  for (std::uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(folder.entries()[i].picture, zip.entries()[i].picture);
    const LoadedItem a = folder.load({i, false});
    const LoadedItem b = zip.load({i, false});
    EXPECT_EQ(a.picture.pixels, DatasetFiles::ramp(64, static_cast<int>(i)).pixels);
    EXPECT_EQ(a.picture.pixels, b.picture.pixels);
    EXPECT_EQ(a.mask.pixels, DatasetFiles::disc(64).pixels);
    EXPECT_EQ(a.mask.pixels, b.mask.pixels);
    EXPECT_EQ(a.label, files.labels[i].label);
    EXPECT_EQ(a.label, b.label);
  }
}

TEST(Dataset, PeopleAreTheFirstFoldersOfTheNames) {
  const DatasetFiles files(6);
  const Dataset dataset = open({.data = files.data, .masks = files.masks});
  EXPECT_THAT(dataset.personNames(), testing::ElementsAre("personA", "personB", "personC"));
  EXPECT_EQ(dataset.personCount(), 3);
  EXPECT_EQ(dataset.entries()[4].person, 2);
}

TEST(Dataset, PicturesWithoutFoldersNameNobody) {
  const test::ScratchFolder scratch;
  DatasetFiles::writePicture(scratch / "one.png", DatasetFiles::ramp(64, 0));
  const std::vector<LabelRow> rows{{"one.png", orbitLabel({}), {}}};
  DatasetFiles::writeText(scratch / "dataset.json", writeLabels(rows));
  const Dataset dataset = open({.data = scratch.path()});
  EXPECT_EQ(dataset.personCount(), 0);
  EXPECT_EQ(dataset.entries()[0].person, -1);
  EXPECT_FALSE(dataset.hasMasks());
  EXPECT_TRUE(dataset.load({0, false}).mask.empty());
}

TEST(Dataset, MirroredItemsFlipPictureMaskAndLabel) {
  const DatasetFiles files(4);
  const Dataset dataset = open({.data = files.data, .masks = files.masks, .mirror = true});
  ASSERT_EQ(dataset.items().size(), 8U);
  EXPECT_TRUE(dataset.items()[5].mirrored);
  const LoadedItem plain = dataset.load({1, false});
  const LoadedItem flipped = dataset.load(dataset.items()[5]);
  EXPECT_EQ(flipped.picture.pixels, mirroredImage(plain.picture).pixels);
  EXPECT_EQ(flipped.mask.pixels, mirroredImage(plain.mask).pixels);
  EXPECT_EQ(flipped.label, mirrorLabel(plain.label));
}

TEST(Dataset, BackViewsAreRepeatedMirroredOnesToo) {
  const DatasetFiles files(8);  // yaws of 22.5, 67.5, 112.5, 157.5 to both sides
  const Dataset dataset = open({.data = files.data, .masks = files.masks, .mirror = true, .back_repeat = 3});
  std::map<std::pair<std::uint32_t, bool>, int> counts;
  for (const DatasetItem& item : dataset.items()) {
    ++counts[{item.entry, item.mirrored}];
  }
  for (std::uint32_t i = 0; i < 8; ++i) {
    const bool back = std::abs(DatasetFiles::yaw(static_cast<int>(i), 8)) >= 90;
    EXPECT_EQ((counts[{i, false}]), back ? 3 : 1);
    EXPECT_EQ((counts[{i, true}]), back ? 3 : 1);
  }
}

TEST(Dataset, FiltersTakeOnlyWhatLiesInsideBothRanges) {
  const DatasetFiles files(12);
  const Dataset dataset = open({.data = files.data,
                                .masks = files.masks,
                                .yaw_min = -50,
                                .yaw_max = 110,
                                .pitch_min = 5,
                                .pitch_max = 90});
  std::size_t expected = 0;
  for (int i = 0; i < 12; ++i) {
    const double yaw = DatasetFiles::yaw(i, 12);
    expected += yaw >= -50 && yaw <= 110 && i % 3 != 0;
  }
  EXPECT_EQ(dataset.entries().size(), expected);
  for (const DatasetEntry& entry : dataset.entries()) {
    EXPECT_GE(yawOf(entry.label), -50);
    EXPECT_LE(yawOf(entry.label), 110);
    EXPECT_GE(pitchOf(entry.label), 5);
  }
}

TEST(Dataset, MaxSizeChoosesBySeed) {
  const DatasetFiles files(12);
  const auto chosen = [&](std::uint64_t seed) {
    std::set<std::string> names;
    const Dataset dataset = open({.data = files.data, .masks = files.masks, .max_size = 5, .seed = seed});
    for (const DatasetEntry& entry : dataset.entries()) {
      names.insert(entry.picture);
    }
    return names;
  };
  EXPECT_EQ(chosen(1).size(), 5U);
  EXPECT_EQ(chosen(1), chosen(1));
  EXPECT_NE(chosen(1), chosen(2));
}

TEST(Dataset, LargerPicturesAreShrunkAndSmallerOnesRefused) {
  const DatasetFiles files(2, 128);
  const Dataset dataset = open({.data = files.data, .masks = files.masks, .resolution = 64});
  EXPECT_EQ(dataset.resolution(), 64);
  const LoadedItem item = dataset.load({1, false});
  EXPECT_EQ(item.picture.pixels, areaDownsampled(DatasetFiles::ramp(128, 1), 64, 64).pixels);
  EXPECT_EQ(item.mask.width, 64);
  EXPECT_THAT(openFailure({.data = files.data, .masks = files.masks, .resolution = 256}),
              AllOf(HasSubstr("--resolution 256"), HasSubstr("128 x 128")));
  EXPECT_THROW(open({.data = files.data, .resolution = 100}), OptionError);
  EXPECT_THROW(open({.data = files.data, .resolution = 1024}), OptionError);
}

TEST(Dataset, TellsTheSizeOfItsPicturesWithoutBeingOpened) {
  SilentContext context;
  const DatasetFiles files(2, 96);
  EXPECT_EQ(storedResolution(files.data, context), 96);
  EXPECT_EQ(storedResolution(DatasetFiles::zip(files.data), context), 96);
  const test::ScratchFolder empty;
  EXPECT_EQ(storedResolution(empty.path(), context), 0);
  EXPECT_THROW(storedResolution(empty / "missing", context), DatasetError);
}

TEST(Dataset, OddSizesNeedAResolutionAndAreShrunkToIt) {
  const DatasetFiles files(2, 100);
  EXPECT_THAT(openFailure({.data = files.data}), AllOf(HasSubstr("100 x 100"), HasSubstr("--resolution 64")));
  EXPECT_EQ(open({.data = files.data, .masks = files.masks, .resolution = 64}).load({0, true}).picture.width,
            64);
  const DatasetFiles tiny(2, 32);
  EXPECT_THAT(openFailure({.data = tiny.data}), HasSubstr("at least 64"));
}

TEST(Dataset, OnePictureIsASet) {
  const DatasetFiles files(1);
  EXPECT_EQ(open({.data = files.data, .masks = files.masks}).items().size(), 1U);
}

TEST(Dataset, PicturesOfAnotherSizeAreNamed) {
  const DatasetFiles files(4);
  DatasetFiles::writePicture(files.data / DatasetFiles::pictureName(2), DatasetFiles::ramp(128, 2));
  EXPECT_THAT(openFailure({.data = files.data}),
              AllOf(HasSubstr("personB/view0.png"), HasSubstr("128 x 128")));
  DatasetFiles::writePicture(files.data / DatasetFiles::pictureName(0), Image(64, 96, 3));
  EXPECT_THAT(openFailure({.data = files.data}),
              AllOf(HasSubstr("personA/view0.png"), HasSubstr("not square")));
}

TEST(Dataset, MasksOfAnotherSizeAreNamed) {
  const DatasetFiles files(4);
  DatasetFiles::writePicture(files.masks / DatasetFiles::pictureName(3), DatasetFiles::disc(128));
  EXPECT_THAT(openFailure({.data = files.data, .masks = files.masks}), HasSubstr("seg/personB/view1.png"));
}

TEST(Dataset, MissingMasksAndLabelsAreNamed) {
  DatasetFiles files(4);
  std::filesystem::remove(files.masks / DatasetFiles::pictureName(1));
  EXPECT_THAT(openFailure({.data = files.data, .masks = files.masks}),
              HasSubstr("'personA/view1.png' has no mask"));
  files.labels.erase(files.labels.begin() + 2, files.labels.end());
  files.writeLabelFile();
  EXPECT_THAT(
      openFailure({.data = files.data}),
      AllOf(HasSubstr("personB/view0.png"), HasSubstr("no usable label"), HasSubstr("2 pictures in all")));
}

TEST(Dataset, LabelsAndMasksWithoutPictureArePassedOver) {
  const DatasetFiles files(4);
  std::filesystem::remove(files.data / DatasetFiles::pictureName(1));
  EXPECT_EQ(open({.data = files.data, .masks = files.masks}).entries().size(), 3U);
}

TEST(Dataset, BadLabelFilesAreNamed) {
  DatasetFiles files(2);
  DatasetFiles::writeText(files.data / "dataset.json", R"({"labels": [["personA/view0.png", [1, 2]]]})");
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("it has 2 numbers, not 25"));
  DatasetFiles::writeText(files.data / "dataset.json", R"({"labels": [[)");
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("dataset.json"));
  std::filesystem::remove(files.data / "dataset.json");
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("there is no dataset.json"));
  EXPECT_THAT(openFailure({.data = files.scratch / "nowhere"}), HasSubstr("--data"));
}

TEST(Dataset, ADataFolderOneLevelTooHighIsExplained) {
  const DatasetFiles files(2);
  EXPECT_THAT(openFailure({.data = files.scratch.path()}), HasSubstr("img/dataset.json"));
}

TEST(Dataset, EqualStemsAndContradictingLabelsAreRefused) {
  DatasetFiles files(2);
  files.labels.push_back(files.labels.front());
  files.writeLabelFile();
  EXPECT_EQ(open({.data = files.data}).entries().size(), 2U);  // twice the same does no harm
  files.labels.back().label[3] += 1;
  files.writeLabelFile();
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("two different labels for 'personA/view0.png'"));
  test::writeBytes(files.data / "personA/view0.jpg", encodeJpeg(DatasetFiles::ramp(64, 0), 90));
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("extension"));
}

TEST(Dataset, EmptySelectionsAndEmptyRangesAreRefused) {
  const DatasetFiles files(4);
  EXPECT_THAT(openFailure({.data = files.data, .pitch_min = 80}), HasSubstr("no picture"));
  EXPECT_THROW(open({.data = files.data, .yaw_min = 10, .yaw_max = -10}), OptionError);
  EXPECT_THROW(open({.data = files.data, .back_repeat = 0}), OptionError);
}

TEST(Dataset, ContentOfAnotherSizeThanItsHeaderOrBrokenIsAnImageErrorOfLoad) {
  const DatasetFiles files(3);
  DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(1));
  DatasetFiles::cutOff(files.masks / DatasetFiles::pictureName(2));
  const Dataset dataset = open({.data = files.data, .masks = files.masks});  // headers are whole
  EXPECT_NO_THROW(dataset.load({0, false}));
  for (const auto& [entry, name] :
       {std::pair{1U, "img/personA/view1.png"}, std::pair{2U, "seg/personB/view0.png"}}) {
    try {
      dataset.load({entry, false});
      ADD_FAILURE() << name;
    } catch (const ImageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(name));
    }
  }
}

TEST(Dataset, PicturesWithoutHeaderAndTruncatedZipsAreRefusedAtOpening) {
  const DatasetFiles files(3);
  const std::filesystem::path zip = DatasetFiles::zip(files.data);
  DatasetFiles::cutOff(zip);
  EXPECT_THROW(open({.data = zip}), ArchiveError);
  DatasetFiles::writeText(files.data / DatasetFiles::pictureName(1), "hello");
  EXPECT_THAT(openFailure({.data = files.data}), HasSubstr("personA/view1.png"));
}

TEST(Dataset, HiddenFilesAndOtherFilesDoNotMatter) {
  const DatasetFiles files(2);
  DatasetFiles::writeText(files.data / ".DS_Store", "x");
  std::filesystem::create_directories(files.data / "__MACOSX");
  DatasetFiles::writeText(files.data / "__MACOSX/view0.png", "x");
  DatasetFiles::writeText(files.data / "readme.txt", "x");
  EXPECT_EQ(open({.data = files.data}).entries().size(), 2U);
}

TEST(Dataset, ALinkThatMakesACircleIsAnError) {
  const DatasetFiles files(2);
  std::filesystem::create_directory_symlink(files.data, files.data / "again");
  EXPECT_THROW(open({.data = files.data}), Error);
}

TEST(SharedData, PublishedSampleWithNumericStringsOpens) {
  PANOHEAD_SHARED_FILE(pictures, "photos/panohead_testdata_img");
  PANOHEAD_SHARED_FILE(masks, "photos/panohead_testdata_seg");
  const Dataset dataset = open({.data = pictures, .masks = masks, .resolution = 512});
  ASSERT_EQ(dataset.entries().size(), 2U);
  EXPECT_NEAR(yawOf(dataset.entries()[0].label), 11.4, 0.1);  // its README
  EXPECT_NEAR(pitchOf(dataset.entries()[1].label), 1.1, 0.1);
  const LoadedItem item = dataset.load({0, false});
  EXPECT_EQ(item.picture.width, 512);
  EXPECT_EQ(item.mask.channels, 1);
}

TEST(SharedData, SyntheticHeadsOpenWithTheirPeopleAndAngles) {
  PANOHEAD_SHARED_FILE(pictures, "datasets/heads256_img.zip");
  PANOHEAD_SHARED_FILE(masks, "datasets/heads256_seg.zip");
  if (!canDecodeWebp()) {
    GTEST_SKIP() << "built without libwebp";
  }
  const Dataset dataset = open({.data = pictures, .masks = masks, .mirror = true, .back_repeat = 2});
  EXPECT_EQ(dataset.entries().size(), 12000U);
  EXPECT_EQ(dataset.personCount(), 1500);
  EXPECT_EQ(dataset.resolution(), 256);
  std::vector<int> bins(8);  // its README counts yaws in bins of 45 degrees
  for (const DatasetEntry& entry : dataset.entries()) {
    ++bins[static_cast<std::size_t>((yawOf(entry.label) + 180) / 45) % 8];
  }
  EXPECT_THAT(bins, testing::ElementsAre(1502, 1460, 1437, 1538, 1521, 1455, 1539, 1548));
  const std::size_t back = 1502 + 1460 + 1539 + 1548;
  EXPECT_EQ(dataset.items().size(), 2 * (12000 + back));
  const LoadedItem item = dataset.load({99, false});
  EXPECT_EQ(item.picture.pixels.size(), 256U * 256 * 3);
  EXPECT_EQ(item.mask.pixels.size(), 256U * 256);
}

TEST(Dataset, FilesLargerThanTheyCanBeAreNotRead) {
  const test::DatasetFiles files(2);
  SilentContext context;
  const std::string picture = test::DatasetFiles::pictureName(0);
  std::filesystem::resize_file(files.data / picture, (std::uintmax_t{1} << 29) + 1);  // takes no room on disk
  const auto source = openFileSource(files.data, "--data", context);
  EXPECT_THROW(source->readPicture(*source->find(picture)), ArchiveError);
  std::filesystem::resize_file(files.data / "dataset.json", 1'000'000'001);
  try {
    openDatasetIndex(files.data, {}, context);
    ADD_FAILURE() << "read";
  } catch (const ArchiveError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("more than 1.0 GB"));
  }
}

}  // namespace
}  // namespace panohead
