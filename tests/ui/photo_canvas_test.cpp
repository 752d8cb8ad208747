#include "ui/photo/photo_canvas.h"

#include "tests/support/qt_window.h"

#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <gtest/gtest.h>

namespace panohead::ui {
namespace {

class PhotoCanvasTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    canvas_ = std::make_unique<PhotoCanvas>();
    canvas_->resize(500, 400);
    QImage photo(640, 480, QImage::Format_RGB32);
    photo.fill(Qt::darkGray);
    canvas_->setPhoto(shownPhoto(photo));
    canvas_->setSquare({300, 240, 200, 0});
    canvas_->setHeads({{300, 240, 200, 0}, {560, 100, 80, 0}}, 0);
    QObject::connect(canvas_.get(), &PhotoCanvas::strokePainted, [this](const MaskStroke& stroke) {
      strokes_.push_back(stroke);
    });
    QObject::connect(canvas_.get(), &PhotoCanvas::headChosen, [this](int head) { chosen_ = head; });
    canvas_->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(canvas_.get()));
  }

  void mouse(QEvent::Type type, const QPointF& photo, Qt::MouseButton button = Qt::LeftButton) {
    const QPointF at = canvas_->toWidget(photo);
    QMouseEvent event(type,
                      at,
                      canvas_->mapToGlobal(at),
                      type == QEvent::MouseMove ? Qt::NoButton : button,
                      type == QEvent::MouseButtonRelease ? Qt::NoButton : button,
                      Qt::NoModifier);
    QApplication::sendEvent(canvas_.get(), &event);
  }

  void drag(const QPointF& from, const QPointF& to, Qt::MouseButton button = Qt::LeftButton) {
    mouse(QEvent::MouseButtonPress, from, button);
    mouse(QEvent::MouseMove, (from + to) / 2, button);
    mouse(QEvent::MouseMove, to, button);
    mouse(QEvent::MouseButtonRelease, to, button);
  }

  std::unique_ptr<PhotoCanvas> canvas_;
  std::vector<MaskStroke> strokes_;
  int chosen_ = -1;
};

TEST_F(PhotoCanvasTest, HandlesMoveResizeAndTurnTheSquare) {
  EXPECT_NEAR(canvas_->zoom(), std::min(476.0 / 640, 376.0 / 480), 1e-9);
  drag({310, 250}, {340, 230});
  EXPECT_NEAR(canvas_->square().x, 330, 1e-6);
  EXPECT_NEAR(canvas_->square().y, 220, 1e-6);
  EXPECT_NEAR(canvas_->square().side, 200, 1e-6);

  drag({430, 320}, {380, 270});  // its lower right corner, to half as far
  EXPECT_NEAR(canvas_->square().side, 100, 1e-6);
  EXPECT_NEAR(canvas_->square().x, 330, 1e-6) << "the centre is the head's: it stays";

  const QPointF knob = turnKnob(canvas_->square(), 9 / canvas_->zoom());
  EXPECT_NEAR(knob.x(), 330, 1e-6);
  EXPECT_LT(knob.y(), 170);
  drag(knob, {430, 220});  // from above to the right: a quarter clockwise
  EXPECT_NEAR(canvas_->square().roll_degrees, 90, 1e-6);
  EXPECT_NEAR(squareOutline(canvas_->square()).front().x(), 380, 1e-6) << "what was the upper left corner";
  EXPECT_NEAR(squareOutline(canvas_->square()).front().y(), 170, 1e-6);
}

TEST_F(PhotoCanvasTest, KeysMoveResizeAndTurnTheSquare) {
  canvas_->setFocus();
  const double pixel = 1 / canvas_->zoom();
  QTest::keyClick(canvas_.get(), Qt::Key_Right);
  QTest::keyClick(canvas_.get(), Qt::Key_Up, Qt::ShiftModifier);
  EXPECT_NEAR(canvas_->square().x, 300 + pixel, 1e-9);
  EXPECT_NEAR(canvas_->square().y, 240 - 12 * pixel, 1e-9);
  QTest::keyClick(canvas_.get(), Qt::Key_Up, Qt::ControlModifier);
  EXPECT_NEAR(canvas_->square().side, 204, 1e-9);
  QTest::keyClick(canvas_.get(), Qt::Key_Right, Qt::ControlModifier);
  EXPECT_NEAR(canvas_->square().roll_degrees, 1, 1e-9);
  QTest::keyClick(canvas_.get(), Qt::Key_N);
  EXPECT_EQ(chosen_, 1);
  const double before = canvas_->zoom();
  QTest::keyClick(canvas_.get(), Qt::Key_1);
  EXPECT_GT(canvas_->zoom(), before) << "the square, large";
  QTest::keyClick(canvas_.get(), Qt::Key_0);
  EXPECT_NEAR(canvas_->zoom(), before, 1e-9);
}

TEST_F(PhotoCanvasTest, AnotherFrameIsChosenByAClick) {
  mouse(QEvent::MouseButtonPress, {560, 110});
  mouse(QEvent::MouseButtonRelease, {560, 110});
  EXPECT_EQ(chosen_, 1);
  EXPECT_NEAR(canvas_->square().x, 300, 1e-9) << "the owner decides what that means";
}

TEST_F(PhotoCanvasTest, BrushesPaintStrokesInPixelsOfThePhoto) {
  canvas_->setTool(PhotoCanvas::Tool::Person);
  canvas_->setBrush(5);
  drag({250, 200}, {290, 220});
  drag({250, 200}, {250, 260}, Qt::RightButton);
  ASSERT_EQ(strokes_.size(), 2U);
  EXPECT_TRUE(strokes_[0].person);
  EXPECT_FALSE(strokes_[1].person) << "the right button does the opposite";
  EXPECT_NEAR(strokes_[0].radius, 10, 1e-9) << "5 % of a square of 200";
  ASSERT_EQ(strokes_[0].points.size(), 3U);
  EXPECT_NEAR(strokes_[0].points.back()[0], 290, 1e-6);
  EXPECT_NEAR(strokes_[0].points.back()[1], 220, 1e-6);
  EXPECT_NEAR(canvas_->square().x, 300, 1e-9) << "painting moves no square";

  QTest::keyClick(canvas_.get(), Qt::Key_B);
  EXPECT_EQ(canvas_->tool(), PhotoCanvas::Tool::Background);
  QTest::keyClick(canvas_.get(), Qt::Key_Right, Qt::ShiftModifier);  // a tenth of the square
  QTest::keyClick(canvas_.get(), Qt::Key_BracketRight);
  QTest::keyClick(canvas_.get(), Qt::Key_Space);
  ASSERT_EQ(strokes_.size(), 3U);
  EXPECT_FALSE(strokes_[2].person);
  EXPECT_NEAR(strokes_[2].radius, 12.5, 1e-9);
  EXPECT_EQ(strokes_[2].points.size(), 1U);
}

TEST_F(PhotoCanvasTest, TheWheelZoomsAtThePointerAndTheMiddleButtonPans) {
  const QPointF at(120, 90);
  const QPointF before = canvas_->toPhoto(at);
  QWheelEvent wheel(
      at, canvas_->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
  QApplication::sendEvent(canvas_.get(), &wheel);
  EXPECT_NEAR(canvas_->toPhoto(at).x(), before.x(), 1e-6);
  EXPECT_NEAR(canvas_->toPhoto(at).y(), before.y(), 1e-6);
  const QPointF corner = canvas_->toPhoto({0, 0});
  drag({200, 200}, {220, 200}, Qt::MiddleButton);
  EXPECT_LT(canvas_->toPhoto({0, 0}).x(), corner.x());
  EXPECT_TRUE(strokes_.empty());
}

TEST_F(PhotoCanvasTest, TheMaskIsSeenInItsSquare) {
  const QImage before = canvas_->grab().toImage();
  Image mask(64, 64, 1);
  std::fill(mask.pixels.begin(), mask.pixels.begin() + 64 * 32, std::uint8_t{255});  // its upper half
  canvas_->setMask(mask, {300, 240, 200, 0});
  const QImage after = canvas_->grab().toImage();
  const double scale = after.width() / static_cast<double>(canvas_->width());
  const auto blueAt = [&](const QImage& image, const QPointF& photo) {
    return image.pixelColor((canvas_->toWidget(photo) * scale).toPoint()).blue();
  };
  EXPECT_GT(blueAt(after, {250, 190}), blueAt(before, {250, 190}) + 20);
  EXPECT_EQ(blueAt(after, {250, 300}), blueAt(before, {250, 300}));
  EXPECT_EQ(blueAt(after, {500, 190}), blueAt(before, {500, 190}));
}

TEST_F(PhotoCanvasTest, HandlesBeyondThePhotoAreInSight) {
  const auto expectInSight = [this](const char* when) {
    const QRectF room(canvas_->rect());
    for (const QPointF& corner : squareOutline(canvas_->square())) {
      EXPECT_TRUE(room.adjusted(5, 5, -5, -5).contains(canvas_->toWidget(corner))) << when;
    }
    const QPointF knob = canvas_->toWidget(turnKnob(canvas_->square(), 9 / canvas_->zoom()));
    EXPECT_TRUE(room.adjusted(6, 6, -6, -6).contains(knob)) << when << ": " << knob.x() << " " << knob.y();
  };
  canvas_->setSquare({90, 100, 200, 0});  // its upper side is the photo's
  expectInSight("the knob above the edge");
  canvas_->setSquare({40, 440, 300, 200});  // the knob below
  expectInSight("corners and knob");
  canvas_->setSquare({300, 240, 200, 0});
  EXPECT_NEAR(canvas_->zoom(), std::min(476.0 / 640, 376.0 / 480), 1e-9) << "the photo alone again";
  drag({300, 240}, {560, 400});
  expectInSight("where it was dragged to");
}

}  // namespace
}  // namespace panohead::ui
