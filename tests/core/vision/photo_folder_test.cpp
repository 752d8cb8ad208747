#include "core/vision/photo_folder.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace panohead {
namespace {

/// A folder with one photo, of nobody.
class PhotoFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(options_.photos);
    Image grey(80, 60, 3);
    std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{128});
    writePng(options_.photos / "nobody.png", grey);
  }
  PhotoFolderResult align() { return alignPhotoFolder(options_, context_); }
  static void touch(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "picture";
  }

  test::ScratchFolder scratch_;
  SilentContext context_;
  PhotoFolderOptions options_{
      .photos = scratch_ / "photos", .out = scratch_ / "set", .size = 64, .threads = 1};
};

TEST_F(PhotoFolder, PicturesWithoutALabelAreRemoved) {
  align();
  touch(options_.out / "img" / "anna" /
        "one.jpg.png");  // of a run that was stopped before its journal's line
  touch(options_.out / "seg" / "anna" / "one.jpg.png");
  touch(options_.out / "img" / "notes.txt");
  EXPECT_EQ(align().resumed, 1);
  EXPECT_FALSE(std::filesystem::exists(options_.out / "img" / "anna" / "one.jpg.png"));
  EXPECT_FALSE(std::filesystem::exists(options_.out / "seg" / "anna" / "one.jpg.png"));
  EXPECT_TRUE(std::filesystem::exists(options_.out / "img" / "notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(options_.out / "img" / "dataset.json"));
}

TEST_F(PhotoFolder, AJournalWithoutItsFirstLineIsBegunAnew) {
  for (const char* text : {"", R"({"si)"}) {
    std::filesystem::remove_all(options_.out);
    std::filesystem::create_directories(options_.out);
    std::ofstream(options_.out / "align.jsonl") << text;
    EXPECT_EQ(align().resumed, 0);
    EXPECT_EQ(align().resumed, 1) << "the journal can be read again";
  }
}

TEST_F(PhotoFolder, TheSetMayNotBeThePhotosFolder) {
  options_.out = scratch_ / "photos" / "." / "";
  EXPECT_THROW(align(), OptionError);
  EXPECT_TRUE(std::filesystem::exists(options_.photos / "nobody.png"));
  EXPECT_FALSE(std::filesystem::exists(options_.photos / "align.jsonl"));
}

TEST_F(PhotoFolder, NothingOfTheUsersIsTakenForAPartOfTheSet) {
  touch(options_.out / "seg" / "by_hand.png");
  EXPECT_THROW(align(), OptionError) << "masks that were there before";
  EXPECT_TRUE(std::filesystem::exists(options_.out / "seg" / "by_hand.png"));
  std::filesystem::remove_all(options_.out);
  options_.out = scratch_ / "work";
  std::filesystem::create_directories(options_.out);
  std::filesystem::rename(options_.photos, options_.out / "img");
  options_.photos = options_.out / "img";
  EXPECT_THROW(align(), OptionError) << "photos where pictures of the set would be";
  EXPECT_TRUE(std::filesystem::exists(options_.photos / "nobody.png"));
}

TEST_F(PhotoFolder, OtherPhotosAreAnotherSet) {
  align();
  touch(options_.out / "img" / "anna.jpg.png");  // as if of a photo in the first folder
  std::filesystem::rename(options_.photos, scratch_ / "others");
  options_.photos = scratch_ / "others";
  try {
    align();
    FAIL() << "two folders in one set";
  } catch (const OptionError& error) {
    EXPECT_NE(std::string(error.what()).find("photos was"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(std::filesystem::exists(options_.out / "img" / "anna.jpg.png"));
}

}  // namespace
}  // namespace panohead
