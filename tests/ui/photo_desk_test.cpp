// Photos while they are prepared: what is found, what is corrected, what is refused.
#include "ui/photo/photo_desk.h"

#include "tests/support/test_files.h"
#include "tests/ui/photo_fixture.h"

#include <fstream>

namespace panohead::ui {
namespace {

class PhotoDeskTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    QObject::connect(
        &desk_, &PhotoDesk::failed, [this](const Error& error) { errors_.push_back(error.what()); });
  }

  bool rest() {
    return test::waitUntil([this] { return desk_.activity().isEmpty(); }, 60000);
  }

  /// The photo, read and outlined.
  void addAstronaut() {
    desk_.add(astronautFile());
    ASSERT_TRUE(rest());
    ASSERT_EQ(desk_.photos().size(), 1U);
    ASSERT_TRUE(desk_.current()->isOutlined());
  }

  double coverage() const {
    double sum = 0;
    for (const std::uint8_t alpha : desk_.current()->mask.alpha.pixels) {
      sum += alpha;
    }
    return sum / 255 / static_cast<double>(desk_.current()->mask.alpha.pixels.size());
  }

  test::ScratchFolder folder_;
  PhotoDesk desk_;
  std::vector<std::string> errors_;
};

TEST_F(PhotoDeskTest, AFaceIsFoundWhereItIs) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  desk_.add(astronautFile());
  EXPECT_FALSE(desk_.current()->isRead()) << "reading is no work for this thread";
  EXPECT_FALSE(desk_.activity().isEmpty());
  ASSERT_TRUE(rest());
  const PhotoSubject& subject = *desk_.current();
  EXPECT_TRUE(subject.isReady());
  EXPECT_EQ(subject.head.found_by, FoundBy::Face);
  EXPECT_EQ(subject.head.landmarks.size(), 468U);
  const AlignedSquare& square = subject.head.pose.square;
  EXPECT_NEAR(square.x, kAstronaut.x, 3);
  EXPECT_NEAR(square.y, kAstronaut.y, 3);
  EXPECT_NEAR(square.side, kAstronaut.side, 4);
  EXPECT_NEAR(square.roll_degrees, kAstronaut.roll_degrees, 1);
  EXPECT_TRUE(subject.isOutlined());
  EXPECT_GT(coverage(), 0.3);
  EXPECT_LT(coverage(), 0.9);
}

TEST_F(PhotoDeskTest, StrokesChangeTheMaskAndComeBack) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  addAstronaut();
  const AlignedSquare square = desk_.current()->head.pose.square;
  const Image before = desk_.current()->mask.alpha;
  const double share = coverage();
  // Across the face: background.
  desk_.paint({{{square.x - 30, square.y}, {square.x + 30, square.y}}, 12, false});
  ASSERT_TRUE(rest());
  EXPECT_LT(coverage(), share - 0.02);
  const Image& painted = desk_.current()->mask.alpha;
  EXPECT_EQ(painted.row(kMaskSide / 2)[kMaskSide / 2], 0) << "what a stroke covers is certain";
  desk_.undoStroke();
  ASSERT_TRUE(rest());
  EXPECT_EQ(desk_.current()->mask.alpha.pixels, before.pixels);
}

TEST_F(PhotoDeskTest, AMattingNetworkOfTheUsersOwnOutlines) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  addAstronaut();
  const double share = coverage();
  desk_.setMaskNetwork(test::sourceData("vision/everything_is_the_person.onnx"));
  ASSERT_TRUE(rest());
  EXPECT_NEAR(coverage(), 1, 1e-6);
  desk_.setMaskNetwork({});
  ASSERT_TRUE(rest());
  EXPECT_NEAR(coverage(), share, 1e-6);
  EXPECT_TRUE(errors_.empty());
  // What cannot be read is said, and the mask stays.
  desk_.setMaskNetwork(folder_ / "none.onnx");
  ASSERT_TRUE(rest());
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_NE(errors_.front().find("none.onnx"), std::string::npos);
  EXPECT_NEAR(coverage(), share, 1e-6);
  // The one before is used again: a stroke and a moved square are outlined by it.
  EXPECT_TRUE(desk_.maskNetwork().empty());
  const AlignedSquare square = desk_.current()->head.pose.square;
  desk_.paint({{{square.x - 30, square.y}, {square.x + 30, square.y}}, 12, false});
  ASSERT_TRUE(rest());
  EXPECT_LT(coverage(), share - 0.02);
  EXPECT_EQ(errors_.size(), 1U);
  const std::filesystem::path everything = test::sourceData("vision/everything_is_the_person.onnx");
  desk_.setMaskNetwork(everything);
  ASSERT_TRUE(rest());
  desk_.setMaskNetwork(folder_ / "none.onnx");
  ASSERT_TRUE(rest());
  EXPECT_EQ(desk_.maskNetwork(), everything);
  EXPECT_EQ(errors_.size(), 2U);
}

TEST_F(PhotoDeskTest, ANetworkThatCannotBeReadIsToldOfOnce) {
  for (const char* name : {"a.png", "b.png"}) {
    writePng(folder_ / name, nobody());
    desk_.add(folder_ / name);
  }
  ASSERT_TRUE(rest());
  desk_.setMaskNetwork(folder_ / "none.onnx");
  HeadPose pose = desk_.current()->head.pose;
  pose.square.x += 9;
  desk_.setPose(pose);  // while the masks fail
  ASSERT_TRUE(test::waitUntil([this] { return !desk_.isBusy(); }, 60000));
  EXPECT_EQ(errors_.size(), 1U);
  for (const PhotoSubject& subject : desk_.photos()) {
    EXPECT_TRUE(subject.isOutlined()) << subject.path;
  }
}

TEST_F(PhotoDeskTest, AnAnswerForASquareThatWasMovedIsDropped) {
  writePng(folder_ / "a.png", nobody());
  desk_.add(folder_ / "a.png");
  ASSERT_TRUE(rest());
  HeadPose pose = desk_.current()->head.pose;
  pose.yaw = 77;
  desk_.setPose(pose);
  desk_.findInSquare();
  pose.square.x += 9;
  desk_.setPose(pose);
  ASSERT_TRUE(test::waitUntil([this] { return !desk_.isBusy(); }, 60000));
  EXPECT_EQ(desk_.current()->head.pose.square.x, pose.square.x);
  EXPECT_EQ(desk_.current()->head.pose.yaw, 77);
  EXPECT_TRUE(desk_.current()->isOutlined());
}

TEST_F(PhotoDeskTest, AMovedSquareGetsAMaskOfItsOwn) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  addAstronaut();
  HeadPose pose = desk_.current()->head.pose;
  pose.square.x += 12;
  pose.yaw = 10;
  desk_.setPose(pose);
  EXPECT_FALSE(desk_.current()->isOutlined());
  ASSERT_TRUE(test::waitUntil([this] { return desk_.current()->isOutlined(); }, 30000));
  EXPECT_NEAR(desk_.current()->mask_square.x, pose.square.x, 1e-9);
  EXPECT_EQ(desk_.current()->head.pose.yaw, 10);
  desk_.findInSquare();
  ASSERT_TRUE(rest());
  EXPECT_NEAR(desk_.current()->head.pose.square.x, kAstronaut.x, 5) << "the head was not found again";
}

TEST_F(PhotoDeskTest, NobodyIsRefusedWithAReasonAndCanBePlacedByHand) {
  writePng(folder_ / "nobody.png", nobody());
  desk_.add(folder_ / "nobody.png");
  ASSERT_TRUE(rest());
  const PhotoSubject* subject = desk_.current();
  ASSERT_NE(subject, nullptr);
  EXPECT_TRUE(errors_.empty()) << errors_.front();
  EXPECT_FALSE(subject->isReady());
  ASSERT_FALSE(subject->head.rejections.empty());
  EXPECT_FALSE(subject->head.rejections.front().reason.empty());
  EXPECT_FALSE(subject->head.rejections.front().remedy.empty());
  EXPECT_GT(subject->head.pose.square.side, 16) << "a square to begin with";
  HeadPose pose = subject->head.pose;
  pose.square = {200, 160, 180, 0};
  pose.yaw = 150;
  desk_.setPose(pose);
  EXPECT_TRUE(desk_.current()->isReady());
  ASSERT_TRUE(test::waitUntil([this] { return desk_.current()->isOutlined(); }, 30000));
}

class TwoPhotosTest : public PhotoDeskTest {
 protected:
  void SetUp() override {
    PhotoDeskTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    for (const char* name : {"a.png", "b.png"}) {
      writePng(folder_ / name, nobody());
      desk_.add(folder_ / name);
    }
    ASSERT_TRUE(rest());
  }

  void move(double by) {
    HeadPose pose = desk_.current()->head.pose;
    pose.square.x += by;
    desk_.setPose(pose);
  }

  const PhotoSubject& photo(std::size_t index) const { return desk_.photos()[index]; }
};

TEST_F(TwoPhotosTest, BothAreOutlined) {
  ASSERT_EQ(desk_.photos().size(), 2U);
  EXPECT_TRUE(photo(0).isOutlined());
  EXPECT_TRUE(photo(1).isOutlined());
}

TEST_F(TwoPhotosTest, AMovedSquareIsOutlinedWhenAnotherPhotoIsChosen) {
  desk_.setCurrent(0);
  move(9);
  desk_.setCurrent(1);
  EXPECT_TRUE(desk_.isBusy());
  ASSERT_TRUE(test::waitUntil([this] { return !desk_.isBusy(); }, 30000));
  EXPECT_TRUE(photo(0).isOutlined());
}

TEST_F(TwoPhotosTest, ASquareThatIsMovedBackIsOutlinedWhereItIs) {
  const HeadPose before = desk_.current()->head.pose;
  move(9);
  ASSERT_TRUE(test::waitUntil([this] { return desk_.current()->mask_job != 0; }, 30000));
  desk_.setPose(before);
  ASSERT_TRUE(test::waitUntil([this] { return !desk_.isBusy(); }, 30000));
  EXPECT_TRUE(desk_.current()->isOutlined());
}

TEST_F(TwoPhotosTest, AMaskThatWasCancelledIsMadeWhenAskedFor) {
  bool cancelled = false;
  for (int attempt = 0; attempt < 10 && !cancelled;
       ++attempt) {  // a mask may be ready before it is cancelled
    move(9);
    ASSERT_TRUE(test::waitUntil([this] { return desk_.current()->mask_job != 0; }, 30000));
    desk_.cancel();
    ASSERT_TRUE(test::waitUntil([this] { return !desk_.isBusy(); }, 30000));
    cancelled = !desk_.current()->isOutlined();
  }
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(desk_.current()->mask_job, 0U);
  EXPECT_TRUE(errors_.empty());
  desk_.findInSquare();
  ASSERT_TRUE(rest());
  EXPECT_TRUE(desk_.current()->isOutlined());
}

TEST_F(PhotoDeskTest, OfTenFacesOneIsChosen) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  writePng(folder_ / "ten.png", tenFaces());
  desk_.add(folder_ / "ten.png");
  ASSERT_TRUE(rest());
  ASSERT_EQ(desk_.current()->heads.size(), 10U);
  std::vector<bool> cells(10);
  for (const FoundHead& head : desk_.current()->heads) {
    const AlignedSquare& square = head.pose.square;
    cells[static_cast<std::size_t>(static_cast<int>(square.y / 200) * 5 + static_cast<int>(square.x / 200))] =
        true;
  }
  EXPECT_EQ(std::ranges::count(cells, true), 10) << "every face once";
  const AlignedSquare first = desk_.current()->head.pose.square;
  desk_.chooseHead(7);
  const AlignedSquare chosen = desk_.current()->head.pose.square;
  EXPECT_GT(std::hypot(chosen.x - first.x, chosen.y - first.y), 100);
  ASSERT_TRUE(test::waitUntil([this] { return desk_.current()->isOutlined(); }, 30000));
}

TEST_F(PhotoDeskTest, WhatCannotBeReadOrIsCancelledIsNotAdded) {
  std::ofstream(folder_ / "broken.jpg") << "no photo";
  desk_.add(folder_ / "broken.jpg");
  ASSERT_TRUE(rest());
  EXPECT_TRUE(desk_.photos().empty());
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_NE(errors_.front().find("broken.jpg"), std::string::npos);

  writePng(folder_ / "nobody.png", nobody());
  desk_.add(folder_ / "nobody.png");
  desk_.cancel();
  ASSERT_TRUE(rest());
  EXPECT_TRUE(desk_.photos().empty());
  EXPECT_EQ(desk_.current(), nullptr);
  EXPECT_EQ(errors_.size(), 1U) << "cancelling is no failure";
}

}  // namespace
}  // namespace panohead::ui
