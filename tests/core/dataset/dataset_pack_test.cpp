#include "core/dataset/dataset_pack.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/zip_archive.h"
#include "tests/support/dataset_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::DatasetFiles;
using testing::HasSubstr;

DatasetPackResult pack(const DatasetPackOptions& options) {
  SilentContext context;
  return packDataset(options, context);
}

DatasetPackOptions optionsFor(const DatasetFiles& files, const char* out = "packed") {
  return {.set = {.data = files.data, .masks = files.masks}, .out = files.scratch / out};
}

Dataset open(const DatasetPackOptions& options) {
  SilentContext context;
  return Dataset({.data = options.picturesPath(), .masks = options.masksPath()}, context);
}

TEST(DatasetPack, KeepsEveryByteAndLabel) {
  const DatasetFiles files(6);
  const DatasetPackOptions options = optionsFor(files);
  const DatasetPackResult result = pack(options);
  EXPECT_EQ(result.pictures, 6);
  EXPECT_EQ(result.picture_bytes, std::filesystem::file_size(options.picturesPath()));
  const ZipArchive pictures(options.picturesPath());
  const ZipArchive masks(options.masksPath());
  EXPECT_EQ(pictures.entries().size(), 7U);
  EXPECT_EQ(masks.entries().size(), 6U);
  for (int i = 0; i < 6; ++i) {
    const std::string name = DatasetFiles::pictureName(i);
    EXPECT_EQ(pictures.read(*pictures.find(name)), test::readBytes(files.data / name));
    EXPECT_EQ(masks.read(*masks.find(name)), test::readBytes(files.masks / name));
  }
  const Dataset dataset = open(options);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(dataset.entries()[i].label, files.labels[i].label);
  }
}

TEST(DatasetPack, EqualInputGivesEqualBytesFromFolderOrZipOnAnyNumberOfThreads) {
  const DatasetFiles files(6, 128);
  DatasetPackOptions options = optionsFor(files, "a");
  options.format = PackFormat::kJpeg;
  options.set.resolution = 64;
  options.threads = 1;
  pack(options);
  DatasetPackOptions other = options;
  other.out = files.scratch / "b";
  other.threads = 4;
  other.set.data = DatasetFiles::zip(files.data);
  other.set.masks = DatasetFiles::zip(files.masks);
  pack(other);
  EXPECT_EQ(test::readBytes(options.picturesPath()), test::readBytes(other.picturesPath()));
  EXPECT_EQ(test::readBytes(options.masksPath()), test::readBytes(other.masksPath()));
}

TEST(DatasetPack, PackedAgainItStaysTheSame) {
  const DatasetFiles files(4);
  const DatasetPackOptions options = optionsFor(files);
  pack(options);
  DatasetPackOptions again = options;
  again.set = {.data = options.picturesPath(), .masks = options.masksPath()};
  again.out = files.scratch / "again";
  pack(again);
  EXPECT_EQ(test::readBytes(options.picturesPath()), test::readBytes(again.picturesPath()));
}

TEST(DatasetPack, JpegRenamesPicturesAndLabelsAndLeavesMasksPng) {
  const DatasetFiles files(4);
  DatasetPackOptions options = optionsFor(files);
  options.format = PackFormat::kJpeg;
  pack(options);
  const Dataset dataset = open(options);
  EXPECT_EQ(dataset.entries()[1].picture, "personA/view1.jpg");
  EXPECT_EQ(dataset.entries()[1].mask, "personA/view1.png");
  EXPECT_EQ(dataset.load({1, false}).mask.pixels, DatasetFiles::disc(64).pixels);
}

TEST(DatasetPack, ShrinksPicturesAndMasksByTheMeanOfTheArea) {
  const DatasetFiles files(2, 100);
  DatasetPackOptions options = optionsFor(files);
  options.set.resolution = 64;
  pack(options);
  const LoadedItem item = open(options).load({1, false});
  EXPECT_EQ(item.picture.pixels, areaDownsampled(DatasetFiles::ramp(100, 1), 64, 64).pixels);
  EXPECT_EQ(item.mask.pixels, areaDownsampled(DatasetFiles::disc(100), 64, 64).pixels);
}

TEST(DatasetPack, FiltersAreThoseOfTraining) {
  const DatasetFiles files(12);
  DatasetPackOptions options = optionsFor(files);
  options.set.yaw_min = -60;
  options.set.yaw_max = 60;
  options.set.max_size = 3;
  EXPECT_EQ(pack(options).pictures, 3);
  const Dataset dataset = open(options);
  for (const DatasetEntry& entry : dataset.entries()) {
    EXPECT_LE(std::abs(yawOf(entry.label)), 60);
  }
}

TEST(DatasetPack, WithoutMasksThereIsOneZip) {
  const DatasetFiles files(2);
  DatasetPackOptions options = optionsFor(files);
  options.set.masks.clear();
  EXPECT_EQ(pack(options).mask_bytes, 0U);
  EXPECT_THAT(files.scratch.names(), testing::ElementsAre("img", "packed_img.zip", "seg"));
}

TEST(DatasetPack, FailuresNameThePictureAndLeaveNothing) {
  const DatasetFiles files(4);
  DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(2));
  DatasetPackOptions options = optionsFor(files);
  options.format = PackFormat::kJpeg;
  try {
    pack(options);
    FAIL();
  } catch (const ImageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("personB/view0.png"));
  }
  options.out = files.scratch / "missing" / "x";
  EXPECT_THROW(pack(options), SaveError);
  options.out = files.scratch / "heads.zip";
  EXPECT_THROW(pack(options), OptionError);
  EXPECT_THAT(files.scratch.names(), testing::ElementsAre("img", "seg"));
}

}  // namespace
}  // namespace panohead
