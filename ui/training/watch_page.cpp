#include "ui/training/watch_page.h"

#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/set_progress.h"
#include "ui/training/compare_button.h"
#include "ui/training/run_chart.h"
#include "ui/training/run_launcher.h"
#include "ui/training/run_texts.h"
#include "ui/training/sheet_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSplitter>
#include <QTabWidget>

#include <algorithm>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kPatience = 4000;  // ms that a run may take to answer before its buttons work again
constexpr int kProgressSteps = 1000;

QLabel* label(const char* name, const char* role) {
  auto* made = new QLabel;
  made->setObjectName(name);
  made->setProperty("role", role);
  made->setTextFormat(Qt::PlainText);
  made->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return made;
}

}  // namespace

WatchPage::WatchPage(QWidget* parent)
    : QWidget(parent),
      folder_(new QComboBox),
      compare_(new CompareButton),
      state_(label("runState", "headline")),
      message_(label("runMessage", "value")),
      resources_(label("runResources", "quiet")),
      runs_key_(label("runsKey", "quiet")),
      progress_(new QProgressBar),
      pause_(makeButton(tr("Pause"), "pauseRun", tr("Writes a checkpoint and waits; again: goes on"))),
      snapshot_(
          makeButton(tr("Snapshot"), "snapshotRun", tr("Writes a network, sheets and a checkpoint now"))),
      stop_(makeButton(tr("Stop"), "stopRun", tr("Writes a checkpoint and ends"))),
      resume_(
          makeButton(tr("Resume"), "resumeRun", tr("Goes on from the newest checkpoint, in a new process"))),
      smoothing_(new QSlider(Qt::Horizontal)),
      log_scale_(new QCheckBox(tr("Lo&g scale"))),
      follow_(new QCheckBox(tr("Follow in the viewport"))),
      sheets_(new SheetView),
      networks_(new QListWidget),
      log_(new QPlainTextEdit) {
  auto* split = new QSplitter;
  split->addWidget(makeCharts());
  split->addWidget(makeSide());
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  split->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(6, 6, 6, 6);
  layout->addWidget(makeHead());
  layout->addWidget(split, 1);

  connect(pause_, &QPushButton::clicked, this, [this] { ask(RunWish::kPauseOrResume); });
  connect(snapshot_, &QPushButton::clicked, this, [this] { ask(RunWish::kSnapshot); });
  connect(stop_, &QPushButton::clicked, this, [this] { ask(RunWish::kStop); });
  connect(
      resume_, &QPushButton::clicked, this, [this] { emit resumeRequested(toQString(monitor_->folder())); });
  connect(compare_, &CompareButton::chosenChanged, this, &WatchPage::compare);
  connect(folder_, &QComboBox::textActivated, this, [this](const QString& path) { attach(toPath(path)); });
  connect(follow_, &QCheckBox::toggled, this, &WatchPage::refresh);
  for (const auto chosen : {&QListWidget::itemClicked, &QListWidget::itemActivated}) {  // by mouse, by Enter
    connect(networks_, chosen, this, [this](const QListWidgetItem* item) {
      emit openSnapshotRequested(item->data(Qt::UserRole).toString(), false);
    });
  }
  asked_.setSingleShot(true);
  asked_.setInterval(kPatience);
  connect(&asked_, &QTimer::timeout, this, &WatchPage::refreshButtons);
  refresh();
}

WatchPage::~WatchPage() = default;

QWidget* WatchPage::makeHead() {
  folder_->setObjectName("runFolder");
  folder_->setToolTip(tr("The run folder that is watched"));
  folder_->setAccessibleName(tr("Run folder"));
  folder_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  folder_->setMinimumContentsLength(28);
  folder_->setPlaceholderText(tr("No run yet"));
  auto* attach = makeButton(tr("Attach\u2026"),
                            "attachRun",
                            tr("Watches the run in a folder, also one that was started elsewhere"));
  connect(attach, &QPushButton::clicked, this, &WatchPage::askForFolder);
  progress_->setObjectName("runProgress");
  progress_->setRange(0, kProgressSteps);
  progress_->setAccessibleName(tr("Progress of the run"));
  progress_->setToolTip(tr("Thousands of pictures seen, of those that the run has in all"));
  message_->setWordWrap(true);
  auto* top = new QHBoxLayout;
  top->addWidget(folder_, 1);
  top->addWidget(attach);
  top->addWidget(compare_);
  top->addSpacing(16);
  for (QPushButton* one : {pause_, snapshot_, stop_, resume_}) {
    top->addWidget(one);
  }
  auto* second = new QHBoxLayout;
  state_->setMinimumWidth(90);
  second->addWidget(state_);
  second->addWidget(progress_, 2);
  second->addWidget(resources_);
  auto* head = new QWidget;
  auto* layout = new QVBoxLayout(head);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(top);
  layout->addLayout(second);
  layout->addWidget(message_);
  return head;
}

QWidget* WatchPage::makeCharts() {
  smoothing_->setObjectName("chartSmoothing");
  smoothing_->setRange(0, 99);
  smoothing_->setMaximumWidth(160);
  smoothing_->setToolTip(tr("Averages over more and more points, to the right"));
  smoothing_->setAccessibleName(tr("Smoothing"));
  log_scale_->setObjectName("chartLog");
  log_scale_->setToolTip(tr("Powers of ten upwards; numbers that are not positive are left out"));
  auto* top = new QHBoxLayout;
  top->addWidget(new QLabel(tr("Smoothing")));
  top->addWidget(smoothing_);
  top->addSpacing(12);
  top->addWidget(log_scale_);
  top->addSpacing(12);
  top->addWidget(runs_key_, 1);
  auto* grid = new QGridLayout;
  grid->setSpacing(6);
  constexpr int kCharts = 4;
  for (int i = 0; i < kCharts; ++i) {
    auto* chart = new RunChart(QString("chart%1").arg(i), i);
    charts_.push_back(chart);
    grid->addWidget(chart, i / 2, i % 2);
    connect(smoothing_, &QSlider::valueChanged, chart, [chart](int percent) {
      // Equal steps of the slider multiply the memory: 0 .. about 100 points.
      chart->setSmoothing(percent == 0 ? 0.0 : 1 - std::pow(10.0, -percent / 50.0));
    });
    connect(log_scale_, &QCheckBox::toggled, chart, &RunChart::setLogScale);
  }
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 6, 0);
  layout->addLayout(top);
  layout->addLayout(grid, 1);
  return page;
}

QWidget* WatchPage::makeSide() {
  follow_->setObjectName("followSnapshots");
  follow_->setToolTip(tr("Opens every new network in the viewport, with the same seed and camera"));
  networks_->setObjectName("runNetworks");
  networks_->setToolTip(tr("A click opens the network in the viewport"));
  networks_->setAccessibleName(tr("Networks of the run"));
  log_->setObjectName("runLog");
  log_->setReadOnly(true);
  log_->setLineWrapMode(QPlainTextEdit::NoWrap);
  log_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  log_->setAccessibleName(tr("Log of the run"));
  auto* networks = new QWidget;
  auto* column = new QVBoxLayout(networks);
  column->setContentsMargins(0, 4, 0, 0);
  column->addWidget(follow_);
  column->addWidget(networks_, 1);
  auto* tabs = new QTabWidget;
  tabs->setDocumentMode(true);
  tabs->setObjectName("runTabs");
  tabs->addTab(sheets_, tr("Sheets"));
  tabs->addTab(networks, tr("Networks"));
  tabs->addTab(log_, tr("Log"));
  return tabs;
}

void WatchPage::attach(const std::filesystem::path& folder) {
  const QString name = toQString(folder);
  if (!monitor_ || monitor_->folder() != folder) {
    monitor_ = std::make_unique<RunMonitor>(folder);
    connect(monitor_.get(), &RunMonitor::changed, this, &WatchPage::refresh);
    followed_.clear();
    compare_->choose(name, false);
  }
  emit attached(name);
  folder_->setCurrentIndex(folder_->findText(name));
  refresh();
}

void WatchPage::setKnown(const QStringList& folders) {
  const QSignalBlocker quiet(folder_);
  const QString current = monitor_ ? toQString(monitor_->folder()) : QString();
  folder_->clear();
  folder_->addItems(folders);
  folder_->setCurrentIndex(folder_->findText(current));
  QStringList others = folders;
  others.removeAll(current);
  compare_->setKnown(others);
}

void WatchPage::showProblem(const QString& problem) { message_->setText(problem); }

void WatchPage::askForFolder() {
  auto* dialog = new QFileDialog(this, tr("Run folder to watch"));
  dialog->setObjectName("attachDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { attach(toPath(path)); });
  dialog->open();
}

void WatchPage::compare() {
  compared_.clear();
  for (const QString& folder : compare_->chosen()) {
    compared_.push_back(std::make_unique<RunMonitor>(toPath(folder)));
    connect(compared_.back().get(), &RunMonitor::changed, this, &WatchPage::refreshCharts);
  }
  refreshCharts();
}

void WatchPage::refresh() {
  const bool known = monitor_ && monitor_->hasLooked();
  const RunStatus status = known ? monitor_->status() : RunStatus{};
  state_->setText(!monitor_ ? tr("No run") : known ? phaseName(status.phase) : tr("Looking"));
  const QString text =
      known ? phaseText(status) : tr("Start a run under Set up, or attach to the folder of one that exists.");
  message_->setText(text);
  message_->setVisible(!text.isEmpty());
  asked_.stop();
  refreshButtons();
  refreshProgress(status);
  refreshNetworks(status);
  refreshCharts();
  sheets_->setSheets(status.files.sheets);
  QString log;
  for (const std::string& line : status.log) {
    log += QString::fromStdString(line) + '\n';
  }
  if (log_->toPlainText() != log) {
    log_->setPlainText(log);
    log_->moveCursor(QTextCursor::End);
  }
  emit statusChanged();
}

void WatchPage::refreshButtons() {
  const RunStatus* status =
      monitor_ && monitor_->hasLooked() && !asked_.isActive() ? &monitor_->status() : nullptr;
  const auto can = [&](RunWish wish) { return status != nullptr && canAsk(*status, wish); };
  pause_->setEnabled(can(RunWish::kPauseOrResume));
  pause_->setText(status != nullptr && status->phase == RunPhase::kPaused ? tr("Go on") : tr("Pause"));
  snapshot_->setEnabled(can(RunWish::kSnapshot));
  stop_->setEnabled(can(RunWish::kStop));
  // In the place of the others, which are of no use then: beside them it would be out of a narrow window.
  const bool ended = status != nullptr && canResume(status->phase);
  for (QPushButton* one : {pause_, snapshot_, stop_}) {
    one->setVisible(!ended);
  }
  resume_->setVisible(ended);
}

void WatchPage::refreshProgress(const RunStatus& status) {
  const double share = status.goal_kimg > 0 ? std::clamp(status.kimg / status.goal_kimg, 0.0, 1.0) : 0;
  setProgress(*progress_, static_cast<int>(std::lround(share * kProgressSteps)));
  progress_->setFormat(progressText(status));
  resources_->setText(resourcesText(status));
}

void WatchPage::refreshNetworks(const RunStatus& status) {
  const std::vector<RunNetwork>& networks = status.files.networks;
  QStringList paths;
  for (auto i = networks.rbegin(); i != networks.rend(); ++i) {
    paths << toQString(i->path);
  }
  QStringList shown;
  for (int i = 0; i < networks_->count(); ++i) {
    shown << networks_->item(i)->data(Qt::UserRole).toString();
  }
  if (paths != shown) {
    networks_->clear();
    for (auto i = networks.rbegin(); i != networks.rend(); ++i) {
      auto* item = new QListWidgetItem(tr("%1 kimg").arg(i->kimg));
      item->setData(Qt::UserRole, toQString(i->path));
      item->setToolTip(toQString(i->path));
      networks_->addItem(item);
    }
  }
  if (follow_->isChecked() && !paths.isEmpty() && paths.front() != followed_) {
    followed_ = paths.front();
    emit openSnapshotRequested(followed_, true);
  } else if (!follow_->isChecked()) {
    followed_.clear();
  }
}

void WatchPage::refreshCharts() {
  std::vector<ChartRun> runs;
  std::vector<std::shared_ptr<const RunStats>> stats;
  const auto add = [&](const RunMonitor& monitor) {
    runs.push_back({toQString(monitor.folder().filename()), monitor.status().stats});
    stats.push_back(monitor.status().stats);
  };
  if (monitor_) {
    add(*monitor_);
  }
  for (const auto& other : compared_) {
    add(*other);
  }
  if (stats != drawn_) {
    drawn_ = stats;
    showRunsKey(runs);
    for (RunChart* chart : charts_) {
      chart->setRuns(runs);
    }
    chooseTopics();
  }
}

void WatchPage::showRunsKey(const std::vector<ChartRun>& runs) {
  QStringList parts;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Qt::PenStyle style = RunChart::styleOf(i);
    const QString mark = style == Qt::SolidLine  ? QString::fromUtf8("\u2501\u2501")
                         : style == Qt::DashLine ? QString::fromUtf8("\u2574\u2574")
                         : style == Qt::DotLine  ? QString::fromUtf8("\u00b7\u00b7\u00b7")
                                                 : QString::fromUtf8("\u2574\u00b7");
    parts << mark + ' ' + runs[i].name;
  }
  runs_key_->setText(runs.size() > 1 ? parts.join("    ") : QString());
}

/// A warm-up has other numbers than a run against an adversary: charts that would stay empty show what there
/// is.
void WatchPage::chooseTopics() {
  const auto is_shown = [this](int topic) {
    return std::ranges::any_of(charts_, [topic](const RunChart* chart) { return chart->topic() == topic; });
  };
  for (RunChart* chart : charts_) {
    if (chart->isChosen() || chart->topic() >= chart->topicCount() || chart->has(chart->topic())) {
      continue;
    }
    for (int topic = 0; topic < chart->topicCount(); ++topic) {
      if (chart->has(topic) && !is_shown(topic)) {
        chart->setTopic(topic);
        break;
      }
    }
  }
}

void WatchPage::ask(RunWish wish) {
  if (!askRun(monitor_->status(), wish)) {
    showProblem(tr("The run does not answer: its process is gone."));
    return;
  }
  asked_.start();
  refreshButtons();
}

}  // namespace panohead::ui
