// The panel with real runs of the program: the smallest networks on eight small pictures.
#include "ui/panels/training_panel.h"

#include "core/runs/run_watch.h"
#include "tests/support/control_names.h"
#include "tests/support/dataset_files.h"
#include "tests/support/qt_window.h"
#include "ui/bridge/qt_convert.h"
#include "ui/training/option_form.h"
#include "ui/training/picture_view.h"
#include "ui/training/watch_page.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTest>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace panohead::ui {
namespace {

class TrainingPanelTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    setenv("OMP_WAIT_POLICY", "passive", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    // What the user's own windows remember is none of the tests' business.
    setenv("PANOHEAD_STUDIO_HOME", (scratch_ / "settings").c_str(), 1);
    makePanel();
  }
  void TearDown() override {
    panel_.reset();
    if (const RunHolder holder = runHolder(run_); holder.alive && holder.is_here) {
      kill(holder.pid, SIGKILL);
    }
    test::waitUntil([this] { return !isRunningHere(run_); }, 10000);
  }

  void makePanel() {
    panel_ = std::make_unique<TrainingPanel>(PANOHEAD_EXECUTABLE);
    panel_->resize(1300, 640);
    panel_->show();
  }

  TrainingOptions tiny(double kimg) const {
    TrainingOptions o = trainingPreset("smoke");
    o.data = files_.data;
    o.masks = files_.masks;
    o.out = run_;
    o.batch = 1;
    o.mbstd_group = 1;
    o.kimg = kimg;
    o.tick_kimg = 0.002;
    o.snapshot_ticks = 1000;
    o.cbase = o.d_cbase = 256;
    o.cmax = o.d_cmax = 8;
    o.z_dim = o.w_dim = 32;
    o.depth_resolution = o.depth_resolution_importance = 4;
    o.neural_rendering_resolution_initial = 16;
    o.d_map_depth = 1;
    return o;
  }

  void setUp(const TrainingOptions& options) {
    child<QComboBox>("preset").setCurrentText("smoke");
    panel_->findChild<OptionForm*>()->setOptions(options);
  }
  void click(const char* name) { child<QAbstractButton>(name).click(); }
  template <typename Widget>
  Widget& child(const char* name) {
    auto* found = panel_->findChild<Widget*>(name);
    EXPECT_NE(found, nullptr) << name;
    return *found;
  }
  QString text(const char* name) { return child<QLabel>(name).text(); }
  QString report() { return child<QPlainTextEdit>("setupReport").toPlainText(); }

  const RunMonitor* monitor() { return panel_->findChild<WatchPage*>()->monitor(); }
  RunStatus status() { return monitor() ? monitor()->status() : RunStatus{}; }
  bool waitForPhase(RunPhase phase) {
    return test::waitUntil([&] { return status().phase == phase; }, 40000);
  }
  std::size_t ticks() {
    const RunStatus now = status();
    const auto found = now.stats ? now.stats->find("Progress/kimg") : RunStats::const_iterator();
    return !now.stats || found == now.stats->end() ? 0 : found->second.size();
  }
  bool waitForTicks(std::size_t count) {
    return test::waitUntil([&] { return ticks() >= count; }, 40000);
  }

  void write(const std::filesystem::path& file, const std::string& content) const {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::app) << content;
  }
  /// What a run of another program start left.
  void writeFinishedRun(const std::filesystem::path& folder) const {
    for (int i = 1; i <= 20; ++i) {
      write(folder / "stats.jsonl",
            "{\"Progress/kimg\": {\"mean\": " + std::to_string(i) + "}, \"Loss/G/loss\": {\"mean\": 1.5}}\n");
    }
    write(folder / "log.txt",
          "2026-01-31 12:00:00  running: x\n2026-01-31 12:00:00  stopping: the run has its length\n"
          "2026-01-31 12:00:01  finished: 20 kimg\n");
    write(folder / "training_options.json", "{\"kimg\": 20}\n");
    write(folder / "network-snapshot-000010.safetensors", "x");
    write(folder / "network-snapshot-000020.safetensors", "x");
    writePng(folder / "fakes000020.png", test::DatasetFiles::ramp(64, 1));
  }

  test::DatasetFiles files_{8, 128};
  test::ScratchFolder scratch_;
  std::filesystem::path run_ = scratch_ / "run";
  std::unique_ptr<TrainingPanel> panel_;
};

TEST_F(TrainingPanelTest, ARunIsStartedPausedKilledAndResumed) {
  setUp(tiny(100));
  click("startTraining");
  ASSERT_TRUE(waitForTicks(3)) << text("setupMessage").toStdString() << text("runMessage").toStdString();
  EXPECT_EQ(status().phase, RunPhase::kRunning);
  EXPECT_EQ(panel_->ownRuns().size(), 1);

  click("pauseRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kPaused));
  EXPECT_EQ(text("runState"), "Paused");
  const std::size_t paused_at = ticks();
  click("pauseRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning));
  ASSERT_TRUE(waitForTicks(paused_at + 1));
  click("snapshotRun");
  ASSERT_TRUE(test::waitUntil([this] { return child<QListWidget>("runNetworks").count() >= 1; }, 20000));

  ASSERT_EQ(kill(status().holder.pid, SIGKILL), 0);
  ASSERT_TRUE(waitForPhase(RunPhase::kDied));
  EXPECT_TRUE(text("runMessage").contains("signal 9")) << text("runMessage").toStdString();
  EXPECT_TRUE(child<QAbstractButton>("resumeRun").isVisible());

  click("resumeRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning)) << text("runMessage").toStdString();
  ASSERT_TRUE(waitForTicks(2));
  click("stopRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kStopped)) << text("runMessage").toStdString();
  EXPECT_TRUE(panel_->ownRuns().isEmpty());
}

TEST_F(TrainingPanelTest, ARunOutlivesTheWindowAndIsFoundAgain) {
  setUp(tiny(100));
  click("startTraining");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning));
  const auto answer = [this](const char* name) {
    QTimer::singleShot(100, panel_.get(), [this, name] {
      if (auto* box = panel_->findChild<QMessageBox*>("closeQuestion")) {
        auto* button =
            name != nullptr ? box->findChild<QAbstractButton*>(name) : box->button(QMessageBox::Cancel);
        button->click();
      }
    });
    return panel_->confirmClose();
  };
  EXPECT_FALSE(answer(nullptr));
  EXPECT_TRUE(answer("goOn"));
  makePanel();
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning));
  EXPECT_TRUE(answer("stopAll"));
  EXPECT_TRUE(waitForPhase(RunPhase::kStopped));
  EXPECT_TRUE(panel_->confirmClose()) << "there is nothing to ask about";
}

TEST_F(TrainingPanelTest, WhatCannotWorkIsExplained) {
  setUp(tiny(1));
  panel_->findChild<OptionForm*>()->setOptions([&] {
    TrainingOptions o = tiny(1);
    o.masks.clear();
    return o;
  }());
  click("startTraining");
  EXPECT_TRUE(text("setupMessage").contains("--masks")) << text("setupMessage").toStdString();

  TrainingOptions missing = tiny(1);
  missing.data = scratch_ / "nowhere";
  panel_->findChild<OptionForm*>()->setOptions(missing);
  click("startTraining");
  ASSERT_TRUE(waitForPhase(RunPhase::kFailed));
  EXPECT_TRUE(text("runMessage").contains("nowhere")) << text("runMessage").toStdString();

  write(scratch_ / "file", "x");
  missing.out = scratch_ / "file" / "run";
  panel_->findChild<OptionForm*>()->setOptions(missing);
  click("startTraining");
  EXPECT_TRUE(text("setupMessage").contains("cannot be made")) << text("setupMessage").toStdString();
}

TEST_F(TrainingPanelTest, AFinishedFolderIsShown) {
  writeFinishedRun(run_);
  QString opened;
  QObject::connect(
      panel_.get(), &TrainingPanel::openSnapshotRequested, [&](const QString& path) { opened = path; });
  panel_->attach(run_);
  ASSERT_TRUE(waitForPhase(RunPhase::kFinished));
  EXPECT_EQ(ticks(), 20U);
  EXPECT_EQ(text("runState"), "Finished");
  EXPECT_FALSE(child<QAbstractButton>("stopRun").isEnabled());
  EXPECT_TRUE(test::waitUntil([this] { return child<PictureView>("sheetPicture").hasPicture(); }, 10000));
  EXPECT_TRUE(child<QPlainTextEdit>("runLog").toPlainText().contains("finished"));

  auto& networks = child<QListWidget>("runNetworks");
  ASSERT_EQ(networks.count(), 2);
  emit networks.itemClicked(networks.item(1));
  EXPECT_TRUE(opened.endsWith("network-snapshot-000010.safetensors"));
  child<QCheckBox>("followSnapshots").setChecked(true);
  EXPECT_TRUE(opened.endsWith("network-snapshot-000020.safetensors"));
  write(run_ / "network-snapshot-000030.safetensors", "x");
  EXPECT_TRUE(test::waitUntil([&] { return opened.endsWith("000030.safetensors"); }, 10000));

  write(run_ / "stats.jsonl", "{\"Progress/kimg\": {\"mean\": 21}, \"Loss/G");
  QTest::qWait(1500);
  EXPECT_EQ(ticks(), 20U);
  write(run_ / "stats.jsonl", "/loss\": {\"mean\": 2}}\n");
  EXPECT_TRUE(waitForTicks(21));
}

TEST_F(TrainingPanelTest, FoldersWithoutRunAreExplained) {
  panel_->attach(scratch_ / "missing");
  ASSERT_TRUE(waitForPhase(RunPhase::kUnreadable));
  EXPECT_TRUE(text("runMessage").contains("missing"));
  std::filesystem::create_directories(scratch_ / "empty");
  panel_->attach(scratch_ / "empty");
  ASSERT_TRUE(test::waitUntil([this] { return text("runState") == "No run"; }, 10000));
  EXPECT_TRUE(text("runMessage").contains("empty"));
}

TEST_F(TrainingPanelTest, DataAreChecked) {
  click("checkData");
  EXPECT_TRUE(text("setupMessage").contains("No data set"));
  setUp(tiny(1));
  click("checkData");
  ASSERT_TRUE(test::waitUntil([this] { return text("setupMessage") == "Done"; }, 40000))
      << text("setupMessage").toStdString();
  EXPECT_TRUE(report().contains("8")) << report().toStdString();
  EXPECT_TRUE(test::waitUntil(
      [this] {
        return child<PictureView>("cameraHistogram").hasPicture() &&
               child<PictureView>("dataSamples").hasPicture();
      },
      10000));
}

TEST_F(TrainingPanelTest, AForecastIsMadeOrCancelled) {
  setUp(tiny(1));
  click("forecast");
  click("cancelTool");
  ASSERT_TRUE(test::waitUntil([this] { return text("setupMessage") == "Cancelled"; }, 10000));
  click("forecast");
  ASSERT_TRUE(test::waitUntil([this] { return text("setupMessage") == "Done"; }, 60000))
      << text("setupMessage").toStdString();
  for (const char* what : {"Memory", "Disk", "Time"}) {
    EXPECT_TRUE(report().contains(what)) << report().toStdString();
  }
  EXPECT_FALSE(std::filesystem::exists(run_)) << "a forecast writes nothing";
}

TEST_F(TrainingPanelTest, EveryControlHasANameAndAHelp) { EXPECT_GE(test::expectNamedControls(*panel_), 80); }

}  // namespace
}  // namespace panohead::ui
