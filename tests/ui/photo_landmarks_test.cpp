// Landmarks of a face as handles: the camera follows them.
#include "tests/ui/photo_panel_fixture.h"
#include "ui/photo/crop_preview.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>

namespace panohead::ui {
namespace {

constexpr int kNose = 2, kChin = 3;  // of kFaceHandles

class PhotoLandmarksTest : public PhotoPanelTest {
 protected:
  void SetUp() override {
    PhotoPanelTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    openModel();
  }

  /// With the tool that moves landmarks.
  void add(const std::filesystem::path& photo) {
    window_->headFromPhoto(photo);
    ASSERT_TRUE(outlined());
    child<QAbstractButton>("toolLandmarks").click();
    QTest::qWait(50);  // rows appear, and the photo gets its place
  }

  PhotoCanvas& canvas() { return child<PhotoCanvas>("photoCanvas"); }
  const PhotoSubject& subject() { return *panel_->desk().current(); }
  HeadPose pose() { return subject().head.pose; }
  QPointF place(int handle) {
    const auto& point =
        subject().head.landmarks.at(static_cast<std::size_t>(kFaceHandles[static_cast<std::size_t>(handle)]));
    return {point[0], point[1]};
  }

  void mouse(QEvent::Type type, const QPointF& photo) {
    const QPointF at = canvas().toWidget(photo);
    QMouseEvent event(type,
                      at,
                      canvas().mapToGlobal(at),
                      type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                      type == QEvent::MouseButtonRelease ? Qt::NoButton : Qt::LeftButton,
                      Qt::NoModifier);
    QApplication::sendEvent(&canvas(), &event);
  }

  void drag(int handle, const QPointF& by) {
    const QPointF from = place(handle);
    mouse(QEvent::MouseButtonPress, from);
    for (int i = 1; i <= 4; ++i) {
      mouse(QEvent::MouseMove, from + by * i / 4);
    }
    mouse(QEvent::MouseButtonRelease, from + by);
  }

  static void expectSame(const HeadPose& a, const HeadPose& b) {
    EXPECT_NEAR(a.yaw, b.yaw, 1e-3);
    EXPECT_NEAR(a.pitch, b.pitch, 0.01);  // a spin box rounds
    EXPECT_NEAR(a.square.x, b.square.x, 1e-2);
    EXPECT_NEAR(a.square.y, b.square.y, 1e-2);
    EXPECT_NEAR(a.square.side, b.square.side, 1e-2);
    EXPECT_NEAR(a.square.roll_degrees, b.square.roll_degrees, 1e-3);
  }
};

TEST_F(PhotoLandmarksTest, ADraggedLandmarkTurnsTheHeadAndIsTakenBack) {
  add(astronautFile());
  const HeadPose before = pose();
  const QPointF nose = place(kNose);
  ASSERT_TRUE(test::waitUntil([this] { return !child<CropPreview>("cropPreview").head().isNull(); }));
  const QImage head = child<CropPreview>("cropPreview").head();
  EXPECT_FALSE(child<QAbstractButton>("landmarkUndo").isEnabled());

  drag(kNose, {7, 0});
  if (const char* folder = std::getenv("PANOHEAD_SCREENSHOTS")) {
    window_->grab().save(QString(folder) + "/landmarks.png");
  }
  EXPECT_NEAR(place(kNose).x(), nose.x() + 7, 0.01) << "the landmark is not where it was dragged to";
  EXPECT_LT(pose().yaw, before.yaw - 2);
  EXPECT_NEAR(child<QDoubleSpinBox>("photoYaw").value(), pose().yaw, 0.01);
  EXPECT_TRUE(subject().isReady());
  EXPECT_TRUE(test::waitUntil([&] { return child<CropPreview>("cropPreview").head() != head; }))
      << "the live model does not follow";
  ASSERT_TRUE(outlined()) << "the mask follows the square";

  drag(kChin, {0, -4});
  const HeadPose both = pose();
  child<QDoubleSpinBox>("photoPitch").setValue(both.pitch + 5);  // by other means: it stays
  child<QAbstractButton>("landmarkUndo").click();
  EXPECT_NEAR(place(kNose).x(), nose.x() + 7, 0.01) << "one at a time";
  child<QAbstractButton>("landmarkUndo").click();
  EXPECT_FALSE(child<QAbstractButton>("landmarkUndo").isEnabled());
  HeadPose expected = before;
  expected.pitch += 5;
  expectSame(pose(), expected);
  EXPECT_EQ(place(kNose), nose);

  drag(kNose, {-5, 3});
  drag(kNose, {-2, 0});
  drag(kChin, {3, 0});
  child<QAbstractButton>("landmarkReset").click();
  expectSame(pose(), expected);
  EXPECT_EQ(place(kNose), nose);
  EXPECT_FALSE(child<QAbstractButton>("landmarkReset").isEnabled());
}

TEST_F(PhotoLandmarksTest, KeysChooseMoveAndTakeBack) {
  add(astronautFile());
  const HeadPose before = pose();
  canvas().setFocus();
  QTest::keyClick(&canvas(), Qt::Key_S);
  EXPECT_FALSE(child<QComboBox>("landmarkChoice").isVisible());
  QTest::keyClick(&canvas(), Qt::Key_L);
  EXPECT_TRUE(child<QComboBox>("landmarkChoice").isVisible());
  QTest::keyClick(&canvas(), Qt::Key_PageDown);
  QTest::keyClick(&canvas(), Qt::Key_PageDown);
  EXPECT_EQ(child<QComboBox>("landmarkChoice").currentText().toStdString(), "Tip of the nose");
  EXPECT_TRUE(canvas().accessibleDescription().contains("Tip of the nose"));
  QTest::keyClick(&canvas(), Qt::Key_Right, Qt::ShiftModifier);
  EXPECT_LT(pose().yaw, before.yaw - 0.5);
  const HeadPose once = pose();
  QTest::keyClick(&canvas(), Qt::Key_Right);
  EXPECT_LT(pose().yaw, once.yaw);
  QTest::keyClick(&canvas(), Qt::Key_Z, Qt::ControlModifier);  // not the window's undo
  expectSame(pose(), once);
  EXPECT_FALSE(window_->document().history().canUndo());
  QTest::keyClick(&canvas(), Qt::Key_Backspace);
  expectSame(pose(), before);
  emit child<QComboBox>("landmarkChoice").activated(kChin);
  EXPECT_EQ(canvas().landmark(), kChin);
  EXPECT_TRUE(canvas().hasFocus());
}

TEST_F(PhotoLandmarksTest, TheOneUnderThePointerSaysItsName) {
  add(astronautFile());
  const QPoint at = canvas().toWidget(place(kChin)).toPoint();
  QHelpEvent help(QEvent::ToolTip, at, canvas().mapToGlobal(at));
  QApplication::sendEvent(&canvas(), &help);
  EXPECT_EQ(QToolTip::text(), "Chin");
}

TEST_F(PhotoLandmarksTest, WithoutAFaceTheyStandInTheSquareToBePutRight) {
  writePng(folder_ / "nobody.png", nobody());
  window_->headFromPhoto(folder_ / "nobody.png");
  ASSERT_TRUE(outlined());
  EXPECT_TRUE(subject().head.landmarks.empty());
  child<QAbstractButton>("toolLandmarks").click();
  ASSERT_EQ(subject().head.landmarks.size(), 468U);
  const QPointF nose = place(kNose);
  HeadPose moved = pose();
  moved.square.x += 20;
  panel_->desk().setPose(moved);
  EXPECT_NEAR(place(kNose).x(), nose.x() + 20, 0.1) << "they go with the square";
  drag(kNose, {15, 0});
  EXPECT_LT(pose().yaw, moved.yaw - 1);
  moved = pose();
  moved.square.x += 20;
  const QPointF placed = place(kNose);
  panel_->desk().setPose(moved);
  EXPECT_EQ(place(kNose), placed) << "what was put right stays in the photo";

  child<QAbstractButton>("landmarkReset").click();
  child<QDoubleSpinBox>("photoYaw").setValue(150);
  EXPECT_TRUE(subject().head.landmarks.empty()) << "no face is seen from behind";
  EXPECT_FALSE(child<QComboBox>("landmarkChoice").isEnabled());
  child<QDoubleSpinBox>("photoYaw").setValue(20);
  EXPECT_EQ(subject().head.landmarks.size(), 468U);
}

TEST_F(PhotoLandmarksTest, ACarelessDragIsNotTaken) {
  add(astronautFile());
  const HeadPose before = pose();
  for (std::size_t i = 0; i < 200; ++i) {  // all over the place
    panel_->desk().moveLandmark(
        static_cast<std::size_t>(kFaceHandles[i % kFaceHandles.size()]),
        {static_cast<float>(i * 7919 % 900) - 200, static_cast<float>(i * 104729 % 900) - 200},
        true);
    ASSERT_LE(std::abs(pose().yaw), 180);
    ASSERT_GT(pose().square.side, 7);
  }
  child<QAbstractButton>("landmarkReset").click();
  EXPECT_NEAR(pose().yaw, before.yaw, 0.1);
}

}  // namespace
}  // namespace panohead::ui
