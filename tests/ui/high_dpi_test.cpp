// Screens with two pixels for one of the window's. Qt takes the scale from the environment before the first
// window: the tests of it run in a process of their own.
#include "core/session/surface_point.h"
#include "tests/support/scoped_environment.h"
#include "tests/ui/main_window_fixture.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr char kHudSize[] = "PANOHEAD_HUD_AT_SCALE_1";  // "90 x 102, 186 x 240"

class HighDpiTest : public MainWindowTest {
 protected:
  double ratio() const { return viewport_->devicePixelRatio(); }

  /// What the HUD covers, in pixels of the window: the gizmo at the right, the numbers at the left.
  QString hudSize() {
    const auto grab = [this](bool hud) {
      child<QAbstractButton>("hud").setChecked(hud);
      QTest::qWait(100);
      return viewport_->grabFramebuffer().convertToFormat(QImage::Format_RGB32);
    };
    const QImage with = grab(true), without = grab(false);
    const auto extentOf = [&](int begin, int end) {
      int left = end, right = begin, top = with.height(), bottom = 0;
      for (int y = 0; y < with.height(); ++y) {
        for (int x = begin; x < end; ++x) {
          if (with.pixel(x, y) != without.pixel(x, y)) {
            left = std::min(left, x);
            right = std::max(right, x + 1);
            top = std::min(top, y);
            bottom = std::max(bottom, y + 1);
          }
        }
      }
      return QString("%1 x %2")
          .arg(std::lround((right - left) / ratio()))
          .arg(std::lround((bottom - top) / ratio()));
    };
    const int middle = with.width() / 2;
    return extentOf(middle, with.width()) + ", " + extentOf(0, middle);
  }
};

TEST_F(HighDpiTest, DISABLED_FramesHaveThePixelsOfTheScreen) {
  ASSERT_EQ(ratio(), 2);
  openModel();
  child<QAbstractButton>("hud").setChecked(false);
  EXPECT_EQ(viewport_->grabFramebuffer().size(), viewport_->size() * 2);
  EXPECT_EQ(viewport_->pictureRect().height(), 2 * std::min(viewport_->width(), viewport_->height()));
  child<QAbstractButton>("actualSize").setChecked(true);
  EXPECT_EQ(viewport_->pictureRect().size(), QSize(256, 256))
      << "a pixel of the picture is one of the screen";
  EXPECT_EQ(test::psnr(grabPicture(), sessionPicture({}, {})), 99);
}

TEST_F(HighDpiTest, DISABLED_ADoubleClickTakesWhatIsUnderTheMouse) {
  ASSERT_EQ(ratio(), 2);
  openModel();
  const QRect area = viewport_->pictureRect();
  const QPoint mouse(static_cast<int>((area.left() + 0.62 * area.width()) / 2),  // beside the nose
                     static_cast<int>((area.top() + 0.44 * area.height()) / 2));
  const auto wanted = surfacePoint(viewport_->frame(),
                                   orbitLabel(viewport_->camera()),
                                   (2.0 * mouse.x() - area.left()) / area.width(),
                                   (2.0 * mouse.y() - area.top()) / area.height());
  ASSERT_TRUE(wanted.has_value());
  EXPECT_GT(wanted->x, 0.05);
  QTest::mouseDClick(viewport_, Qt::LeftButton, {}, mouse);
  const glm::dvec3 found = viewport_->camera().pivot;
  EXPECT_NEAR(found.x, wanted->x, 1e-3);
  EXPECT_NEAR(found.y, wanted->y, 1e-3);
  EXPECT_NEAR(found.z, wanted->z, 1e-3);
}

TEST_F(HighDpiTest, DISABLED_TheHudIsAsLargeAsAnywhere) {
  ASSERT_EQ(ratio(), 2);
  openModel();
  const QString expected = qEnvironmentVariable(kHudSize);
  const auto numbers = [](const QString& text) {
    QList<int> all;
    for (const QString& one : text.split(QRegularExpression("[^0-9]+"))) {
      all << one.toInt();
    }
    return all;
  };
  const QList<int> here = numbers(hudSize()), there = numbers(expected);
  ASSERT_EQ(here.size(), 4);
  ASSERT_EQ(there.size(), 4) << expected.toStdString();
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(here[i], there[i], i < 2 ? 1 : 0.1 * there[i]) << i << ": letters are rounded to pixels";
  }
}

TEST_F(HighDpiTest, AtScaleTwoEverythingIsWhereTheMouseIs) {
  openModel();
  const QString hud = hudSize();
  std::printf("HUD in pixels of the window: %s\n", hud.toStdString().c_str());
  const test::ScopedEnvironment scale("QT_SCALE_FACTOR", "2");
  const test::ScopedEnvironment expected(kHudSize, hud.toStdString());
  const auto result = test::runProcess({"/proc/self/exe",
                                        "--gtest_also_run_disabled_tests",
                                        "--gtest_filter=HighDpiTest.DISABLED_*:PhotoCanvasTest.*:"
                                        "MainWindowTest.DraggedViewportShowsWhatTheCommandLineDraws:"
                                        "MainWindowTest.DoubleClickLooksAtTheSurface:"
                                        "MainWindowTest.WheelAndMiddleDragMoveTheCamera:CaptureTest.*"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  const auto passed =
      QRegularExpression("\\[  PASSED  \\] (\\d+) tests").match(QString::fromStdString(result.output));
  EXPECT_GE(passed.captured(1).toInt(), 16) << result.output;
  EXPECT_EQ(result.output.find("SKIPPED"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace panohead::ui
