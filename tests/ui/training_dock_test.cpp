#include "ui/training/training_dock.h"

#include "tests/support/qt_window.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/scratch_folder.h"
#include "ui/bridge/qt_convert.h"
#include "ui/main_window.h"
#include "ui/panels/training_panel.h"

#include <QAction>
#include <QTest>
#include <gtest/gtest.h>

namespace panohead::ui {
namespace {

TEST(TrainingDock, TheMenuShowsThePanelAndTheWindowClosesWithoutRuns) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  test::qtApplication();
  const test::ScratchFolder settings;
  MainWindow window(Places::below(settings.path()));
  window.show();
  auto* dock = window.findChild<TrainingDock*>("trainingDock");
  ASSERT_NE(dock, nullptr);
  EXPECT_FALSE(dock->isVisible());
  EXPECT_EQ(window.findChild<TrainingPanel*>(), nullptr) << "it is made when it is needed";
  auto* action = window.findChild<QAction*>("actionTraining");
  ASSERT_NE(action, nullptr);
  EXPECT_EQ(action->shortcut(), QKeySequence(Qt::CTRL | Qt::Key_T));
  action->trigger();
  EXPECT_TRUE(test::waitUntil(
      [&] {
        const auto* panel = window.findChild<TrainingPanel*>();
        return panel != nullptr && panel->isVisible();
      },
      5000));
  EXPECT_TRUE(window.close());
}

TEST(TrainingDock, RunsAreKnownInTheWindowsOwnPlaces) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  test::qtApplication();
  const test::ScratchFolder mine, users, run;
  const test::ScopedEnvironment home("PANOHEAD_STUDIO_HOME", users.path());
  const auto known = [](const std::filesystem::path& places) {
    return KnownRuns(Places::below(places).runs).all();
  };
  MainWindow window(Places::below(mine.path()));
  window.findChild<TrainingDock*>("trainingDock")->panel().attach(run.path());
  EXPECT_EQ(known(mine.path()), QStringList{toQString(run.path())});
  EXPECT_TRUE(known(users.path()).isEmpty()) << "a window that was given its places writes elsewhere";
}

TEST(TrainingDock, TheViewportGetsItsHeightBack) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  test::qtApplication();
  const test::ScratchFolder settings;
  MainWindow window(Places::below(settings.path()));
  window.resize(1280, 800);
  window.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&window));
  auto* dock = window.findChild<TrainingDock*>("trainingDock");
  auto* action = window.findChild<QAction*>("actionTraining");
  const auto height = [&] { return window.centralWidget()->height(); };
  QTest::qWait(100);
  const int before = height();
  for (int i = 0; i < 2; ++i) {
    action->trigger();
    ASSERT_TRUE(test::waitUntil([&] { return dock->height() > 400 && height() < before - 100; }, 5000))
        << "opened for the " << i + 1 << ". time: " << dock->height();
    action->trigger();
    EXPECT_TRUE(test::waitUntil([&] { return height() == before; }, 5000)) << height() << " of " << before;
  }
}

}  // namespace
}  // namespace panohead::ui
