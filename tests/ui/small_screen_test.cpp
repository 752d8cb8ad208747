// The window on screens as small as 1280 x 720.
#include "tests/ui/photo_panel_fixture.h"
#include "ui/panels/training_panel.h"
#include "ui/training/training_dock.h"

#include <QDockWidget>
#include <QScrollArea>
#include <QStyle>
#include <QTabBar>

#include <fstream>

namespace panohead::ui {
namespace {

constexpr QSize kSmallScreen{1280, 690};  // without the window's title

bool isScrolled(const QWidget* viewport) {
  const auto* area = qobject_cast<const QAbstractScrollArea*>(viewport->parentWidget());
  return area != nullptr && area->viewport() == viewport;
}

/// Whether all of a control is in sight, or can be scrolled to.
bool isReachable(const QWidget* control, const QWidget* window) {
  for (const QWidget* one = control; one != window; one = one->parentWidget()) {
    const QWidget* parent = one->parentWidget();
    if (isScrolled(parent)) {
      one = parent->parentWidget();
      parent = one->parentWidget();
    }
    if (!parent->rect().contains(one->geometry())) {
      return false;
    }
  }
  return true;
}

void expectReachable(const QWidget& dock) {
  const std::string where = dock.objectName().toStdString();
  int controls = 0;
  for (const QWidget* widget : dock.findChildren<QWidget*>()) {
    const bool control =
        qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
        qobject_cast<const QAbstractSlider*>(widget) || qobject_cast<const QComboBox*>(widget);
    const bool part = qobject_cast<const QScrollBar*>(widget) || widget->objectName().startsWith("qt_") ||
                      qobject_cast<const QTabBar*>(widget->parentWidget());
    if (control && !part && widget->isVisible()) {
      ++controls;
      EXPECT_TRUE(isReachable(widget, dock.window())) << where << ": " << widget->objectName().toStdString();
    }
  }
  EXPECT_GT(controls, 4) << where;
}

TEST_F(MainWindowTest, EverythingIsReachableOnASmallScreen) {
  openModel();
  window_->resize(kSmallScreen);
  window_->findChild<TrainingDock*>("trainingDock")->panel();
  for (const char* name : {"headDock",
                           "editDock",
                           "sceneDock",
                           "exportDock",
                           "photoDock",
                           "galleryDock",
                           "timelineDock",
                           "trainingDock"}) {
    auto& dock = child<QDockWidget>(name);
    dock.show();
    dock.raise();
    QTest::qWait(150);
    EXPECT_LE(window_->minimumSizeHint().width(), kSmallScreen.width()) << name;
    EXPECT_LE(window_->minimumSizeHint().height(), kSmallScreen.height()) << name;
    EXPECT_EQ(window_->size(), kSmallScreen) << name;
    expectReachable(dock);
  }
}

TEST_F(MainWindowTest, TheWindowIsNeverLargerThanTheScreen) {
  const auto fits = [](const QWidget& window) {
    const QRect place = window.screen()->availableGeometry();
    const int title = window.style()->pixelMetric(QStyle::PM_TitleBarHeight);
    EXPECT_LE(window.width(), place.width());
    EXPECT_LE(window.height() + title, place.height());
    EXPECT_TRUE(place.contains(window.geometry())) << window.x() << " " << window.y();
  };
  const test::ScratchFolder places;
  {
    MainWindow first(Places::below(places.path()));
    EXPECT_LE(first.width(), first.screen()->availableGeometry().width());
    EXPECT_LT(first.height(), first.screen()->availableGeometry().height());
    first.show();  // then moved to a larger screen, and closed there
    first.setGeometry(-300, 200, 5000, 4000);
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&first));
    ASSERT_TRUE(first.close());
  }
  MainWindow second(Places::below(places.path()));
  fits(second);
}

TEST_F(MainWindowTest, RowsAreSeenWithoutScrolling) {
  openModel();
  window_->resize(1280, 800);
  auto& timeline = child<QDockWidget>("timelineDock");
  timeline.raise();
  child<TimelinePanel>("timelinePanel").setKey();
  window_->document().edit("film", {}, [](Project& project) {
    project.key_frames.set({1.5, {.yaw_degrees = 90}, project.head});
    project.key_frames.set({3, {.yaw_degrees = 150}, project.head});
  });
  QTest::qWait(100);
  const auto& facts = child<QLabel>("filmFacts");
  EXPECT_GE(facts.width(), facts.fontMetrics().horizontalAdvance(facts.toolTip()));
  EXPECT_TRUE(facts.isVisible());
  EXPECT_EQ(facts.visibleRegion().boundingRect(), facts.rect());
  for (const char* name : {"turntable", "viewReset"}) {
    const auto& button = child<QWidget>(name);
    EXPECT_EQ(button.visibleRegion().boundingRect(), button.rect()) << name;
  }
}

TEST_F(MainWindowTest, ARunIsResumedWithoutScrolling) {
  std::ofstream(folder_ / "stats.jsonl") << "{\"Progress/kimg\": {\"mean\": 1}}\n";  // and no end of it
  window_->resize(1280, 800);
  auto& dock = *window_->findChild<TrainingDock*>("trainingDock");
  dock.show();
  dock.raise();
  QTest::qWait(100);
  dock.panel().attach(folder_.path());
  auto& resume = child<QWidget>("resumeRun");
  ASSERT_TRUE(test::waitUntil([&] { return resume.isVisible(); }, 10000));
  QTest::qWait(100);
  EXPECT_EQ(resume.visibleRegion().boundingRect(), resume.rect());
  EXPECT_LE(window_->width(), 1280);
}

TEST_F(PhotoPanelTest, TheHeadIsUsedWithoutScrolling) {
  openModel();
  window_->resize(kSmallScreen);
  auto& dock = child<QDockWidget>("photoDock");
  dock.show();
  dock.raise();
  panel_->showStep(PhotoPanel::Fit);
  QTest::qWait(150);
  for (const char* name : {"fitBack", "fitSave", "fitUse"}) {
    const auto& button = child<QWidget>(name);
    EXPECT_EQ(button.visibleRegion().boundingRect(), button.rect()) << name;
  }
  expectReachable(dock);
}

TEST_F(PhotoPanelTest, AnglesAreSeenWithoutScrolling) {
  openModel();
  window_->resize(1280, 800);
  addAstronaut();
  QTest::qWait(100);
  for (const char* name : {"photoYaw", "photoPitch", "photoRoll"}) {
    const auto& box = child<QWidget>(name);
    EXPECT_EQ(box.visibleRegion().boundingRect(), box.rect()) << name;
  }
}

}  // namespace
}  // namespace panohead::ui
