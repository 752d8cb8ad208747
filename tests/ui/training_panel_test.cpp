// The panel with real runs of the program: the smallest networks on eight small pictures.
#include "ui/panels/training_panel.h"

#include "core/runs/run_watch.h"
#include "tests/support/control_names.h"
#include "tests/support/dataset_files.h"
#include "tests/support/places.h"
#include "tests/support/qt_window.h"
#include "tests/support/scoped_environment.h"
#include "ui/bridge/qt_convert.h"
#include "ui/training/compare_button.h"
#include "ui/training/option_form.h"
#include "ui/training/picture_view.h"
#include "ui/training/run_chart.h"
#include "ui/training/setup_page.h"
#include "ui/training/watch_page.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QChart>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineSeries>
#include <QListWidget>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTest>
#include <QValueAxis>
#include <gtest/gtest.h>
#include <sys/resource.h>

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
    makePanel();
  }
  void TearDown() override {
    panel_.reset();
    if (const pid_t launched = launchedProcess(run_)) {
      kill(launched, SIGTERM);  // mpirun ends its ranks
    }
    if (const RunHolder holder = runHolder(run_); holder.alive && holder.is_here) {
      kill(holder.pid, SIGKILL);
    }
    test::waitUntil([this] { return !isRunningHere(run_); }, 10000);
  }

  void makePanel() {
    panel_ = std::make_unique<TrainingPanel>(scratch_ / "training.ini", toQString(test::studioProgram()));
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
  void writeFinishedRun(const std::filesystem::path& folder, double loss = 1.5) const {
    for (int i = 1; i <= 20; ++i) {
      write(folder / "stats.jsonl",
            "{\"Progress/kimg\": {\"mean\": " + std::to_string(i) +
                "}, \"Loss/G/loss\": {\"mean\": " + std::to_string(loss) + "}}\n");
    }
    write(folder / "log.txt",
          "2026-01-31 12:00:00  running: x\n2026-01-31 12:00:00  stopping: the run has its length\n"
          "2026-01-31 12:00:01  finished: 20 kimg\n");
    write(folder / "training_options.json", "{\"kimg\": 20}\n");
    write(folder / "network-snapshot-000010.safetensors", "x");
    write(folder / "network-snapshot-000020.safetensors", "x");
    writePng(folder / "fakes000020.png", test::DatasetFiles::ramp(64, 1));
  }

  // Of the runs, which inherit them.
  const test::ScopedEnvironment wait_{"OMP_WAIT_POLICY", "passive"};
  const test::ScopedEnvironment threads_{"OMP_NUM_THREADS", "1"};
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
  EXPECT_GT(getpriority(PRIO_PROCESS, static_cast<id_t>(status().holder.pid)), getpriority(PRIO_PROCESS, 0))
      << "the run takes the processor from the window";

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
  EXPECT_TRUE(text("runMessage").contains("--batch-gpu")) << "what to do where memory ran out";
  EXPECT_TRUE(child<QAbstractButton>("resumeRun").isVisible());

  click("resumeRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning)) << text("runMessage").toStdString();
  ASSERT_TRUE(waitForTicks(2));
  click("stopRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kStopped)) << text("runMessage").toStdString();
  EXPECT_TRUE(panel_->ownRuns().isEmpty());
}

TEST_F(TrainingPanelTest, ARunThatIsOutOfMemorySaysWhatToLowerAndGoesOn) {
  setUp(tiny(100));
  click("startTraining");
  ASSERT_TRUE(waitForTicks(3)) << text("setupMessage").toStdString() << text("runMessage").toStdString();
  EXPECT_TRUE(text("runResources").contains("s/kimg")) << text("runResources").toStdString();
  EXPECT_TRUE(text("runResources").contains("memory")) << text("runResources").toStdString();
  EXPECT_TRUE(text("runResources").contains(QString::number(status().holder.pid)));
  click("snapshotRun");
  ASSERT_TRUE(test::waitUntil([this] { return child<QListWidget>("runNetworks").count() >= 1; }, 20000));
  // As on a machine whose memory is all taken: no page more for it.
  const rlimit none{1 << 20, RLIM_INFINITY};
  ASSERT_EQ(prlimit(status().holder.pid, RLIMIT_AS, &none, nullptr), 0);
  ASSERT_TRUE(waitForPhase(RunPhase::kFailed)) << text("runState").toStdString();
  EXPECT_EQ(text("runState"), "Failed");
  EXPECT_TRUE(text("runMessage").contains("out of memory")) << text("runMessage").toStdString();
  EXPECT_TRUE(text("runMessage").contains("--batch-gpu")) << text("runMessage").toStdString();
  EXPECT_TRUE(child<QAbstractButton>("resumeRun").isVisible());
  std::printf("%s\n", text("runMessage").toStdString().c_str());

  click("resumeRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning)) << text("runMessage").toStdString();
  click("stopRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kStopped)) << text("runMessage").toStdString();
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

/// Processes of this machine that were started with the folder.
int processesOf(const std::filesystem::path& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stream(entry.path() / "cmdline", std::ios::binary);
    const std::string command{std::istreambuf_iterator<char>(stream), {}};
    count += command.starts_with(test::studioProgram()) && command.find(folder.string()) != std::string::npos;
  }
  return count;
}

TEST_F(TrainingPanelTest, TwoRanksTrainAndStopTogether) {
  if (QStandardPaths::findExecutable("mpirun").isEmpty()) {
    GTEST_SKIP() << "mpirun is not installed";
  }
  TrainingOptions options = tiny(100);
  options.batch = 2;
  setUp(options);
  child<QSpinBox>("ranks").setValue(2);
  click("startTraining");
  ASSERT_TRUE(waitForTicks(3)) << text("setupMessage").toStdString() << text("runMessage").toStdString();
  EXPECT_EQ(status().phase, RunPhase::kRunning);
  EXPECT_EQ(processesOf(run_), 2);
  click("pauseRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kPaused));
  click("pauseRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning));
  click("stopRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kStopped)) << text("runMessage").toStdString();
  EXPECT_TRUE(test::waitUntil([this] { return processesOf(run_) == 0; }, 10000));

  click("resumeRun");  // with as many ranks as before
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning)) << text("runMessage").toStdString();
  EXPECT_EQ(processesOf(run_), 2);
  click("stopRun");
  ASSERT_TRUE(waitForPhase(RunPhase::kStopped)) << text("runMessage").toStdString();
}

TEST_F(TrainingPanelTest, ARunOfAnotherMachineIsWatchedButNotReached) {
  // Its number is that of a process here, which must neither be taken for it nor be told anything.
  const std::string number = std::to_string(getpid());
  write(run_ / "run.lock", number + "\nfar-away\n2026-01-31 12:00:00 UTC\n");
  write(run_ / "panel.pid", number + "\n");
  write(run_ / "log.txt", "2026-01-31 12:00:01  running: 8 pictures\n");
  write(run_ / "stats.jsonl", "{\"Progress/kimg\": {\"mean\": 3}, \"Loss/G/loss\": {\"mean\": 2}}\n");
  panel_->attach(run_);
  ASSERT_TRUE(waitForPhase(RunPhase::kRunning));
  EXPECT_TRUE(text("runMessage").contains("far-away")) << text("runMessage").toStdString();
  for (const char* name : {"pauseRun", "snapshotRun", "stopRun"}) {
    EXPECT_FALSE(child<QAbstractButton>(name).isEnabled()) << name;
  }
  EXPECT_FALSE(isRunningHere(run_));
  stopRun(run_);  // would end this test
  EXPECT_TRUE(panel_->confirmClose());

  std::filesystem::last_write_time(run_ / "run.lock",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(3));
  makePanel();  // a look without any memory of the run
  panel_->attach(run_);
  ASSERT_TRUE(waitForPhase(RunPhase::kSilent));
  EXPECT_EQ(text("runState"), "No sign of life");
  EXPECT_TRUE(text("runMessage").contains("far-away for 3 hours")) << text("runMessage").toStdString();
  EXPECT_TRUE(child<QAbstractButton>("resumeRun").isVisible());
}

TEST_F(TrainingPanelTest, TwoRunsAreComparedInOneChart) {
  const std::filesystem::path other = scratch_ / "other run";
  writeFinishedRun(run_, 1.5);
  writeFinishedRun(other, 2.5);
  panel_->attach(other);
  panel_->attach(run_);
  ASSERT_TRUE(waitForPhase(RunPhase::kFinished));
  QAction* entry = nullptr;
  for (QAction* action : child<CompareButton>("compareRuns").menu()->actions()) {
    EXPECT_NE(action->text(), toQString(run_)) << "a run compared with itself";
    entry = action->text() == toQString(other) ? action : entry;
  }
  ASSERT_NE(entry, nullptr);
  entry->trigger();
  QChart* chart = panel_->findChild<RunChart*>()->chart();
  ASSERT_TRUE(test::waitUntil([&] { return chart->series().size() == 2; }, 10000));
  const auto line = [&](int i) { return static_cast<QLineSeries*>(chart->series().at(i)); };
  EXPECT_EQ(line(0)->name(), "run: G/loss");
  EXPECT_EQ(line(1)->name(), "other run: G/loss");
  EXPECT_EQ(line(0)->points().back(), QPointF(20, 1.5));
  EXPECT_EQ(line(1)->points().back(), QPointF(20, 2.5));
  EXPECT_NE(line(0)->color(), line(1)->color());
  EXPECT_EQ(line(0)->pen().style(), Qt::SolidLine);
  EXPECT_EQ(line(1)->pen().style(), Qt::DashLine);
  EXPECT_TRUE(text("runsKey").contains("run") && text("runsKey").contains("other run"));
  EXPECT_EQ(text("chart0Legend").count("G/loss"), 1) << "a quantity is named once, whatever the runs";
  const auto* up = static_cast<QValueAxis*>(chart->axes(Qt::Vertical).front());
  EXPECT_LT(up->min(), 1.5);
  EXPECT_GT(up->max(), 2.5);
  for (QAction* action : child<CompareButton>("compareRuns").menu()->actions()) {
    if (action->text() == toQString(other)) {
      EXPECT_TRUE(action->isChecked());
      action->trigger();
      break;
    }
  }
  EXPECT_TRUE(test::waitUntil([&] { return chart->series().size() == 1; }, 10000));
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
  for (const char* button : {"checkData", "forecast", "startTraining"}) {
    click(button);
    EXPECT_TRUE(text("setupMessage").contains("Choose a data set first")) << button;
    EXPECT_FALSE(text("setupMessage").contains("--")) << "words of the command line: " << button;
    panel_->findChild<SetupPage*>()->showProblem({});
  }
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
