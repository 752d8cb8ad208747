#include "ui/panels/training_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/training/setup_page.h"
#include "ui/training/watch_page.h"

#include <QCoreApplication>
#include <QMessageBox>
#include <QPushButton>

namespace panohead::ui {

TrainingPanel::TrainingPanel(const std::filesystem::path& known_runs, const QString& program, QWidget* parent)
    : QTabWidget(parent),
      program_(program.isEmpty() ? QCoreApplication::applicationFilePath() : program),
      known_(known_runs),
      setup_(new SetupPage(program_)),
      watch_(new WatchPage) {
  setObjectName("trainingPanel");
  setDocumentMode(true);
  addTab(setup_, tr("Set up"));
  addTab(watch_, tr("Watch"));
  watch_->setKnown(known_.all());
  connect(setup_, &SetupPage::startRequested, this, &TrainingPanel::start);
  connect(watch_, &WatchPage::resumeRequested, this, &TrainingPanel::resume);
  connect(watch_, &WatchPage::attached, this, &TrainingPanel::remember);
  connect(watch_, &WatchPage::statusChanged, this, &TrainingPanel::forgetEnded);
  connect(watch_, &WatchPage::openSnapshotRequested, this, &TrainingPanel::openSnapshotRequested);
  // What went on in the background is found again.
  if (const QStringList launched = known_.launched(); !launched.isEmpty()) {
    attach(toPath(launched.front()));
  }
}

void TrainingPanel::attach(const std::filesystem::path& folder) {
  watch_->attach(folder);
  setCurrentWidget(watch_);
}

void TrainingPanel::setData(const std::filesystem::path& data, const std::filesystem::path& masks) {
  setup_->setData(data, masks);
  setCurrentWidget(setup_);
}

QStringList TrainingPanel::ownRuns() const {
  QStringList running;
  for (const QString& folder : known_.launched()) {
    if (isRunningHere(toPath(folder))) {
      running << folder;
    }
  }
  return running;
}

bool TrainingPanel::confirmClose() {
  const QStringList runs = ownRuns();
  if (runs.isEmpty()) {
    return true;
  }
  QMessageBox box(QMessageBox::Question,
                  tr("Training goes on"),
                  tr("A run is training in:\n%1").arg(runs.join('\n')),
                  QMessageBox::Cancel,
                  this);
  box.setObjectName("closeQuestion");
  box.setInformativeText(tr("It can go on without the window, which finds it again at the next start."));
  QPushButton* go_on = box.addButton(tr("Go on in the &background"), QMessageBox::AcceptRole);
  go_on->setObjectName("goOn");
  QPushButton* stop = box.addButton(tr("&Stop with a checkpoint"), QMessageBox::DestructiveRole);
  stop->setObjectName("stopAll");
  box.setDefaultButton(go_on);
  box.exec();
  if (box.clickedButton() == stop) {
    for (const QString& folder : runs) {
      stopRun(toPath(folder));
    }
  }
  return box.clickedButton() == stop || box.clickedButton() == go_on;
}

void TrainingPanel::start(const RunLaunch& request) {
  if (const QString problem = launch(request); !problem.isEmpty()) {
    setup_->showProblem(problem);
  }
}

void TrainingPanel::resume(const QString& folder) {
  // The folder has the options of its run.
  const QString problem = launch(
      {.program = program_, .arguments = {}, .folder = toPath(folder), .ranks = known_.ranksOf(folder)});
  if (!problem.isEmpty()) {
    watch_->showProblem(problem);
  }
}

QString TrainingPanel::launch(const RunLaunch& request) {
  if (isRunningHere(request.folder) || runHolder(request.folder).alive) {
    return tr("A run is training in '%1' already: watch it, or choose another folder.")
        .arg(toQString(request.folder));
  }
  const QString problem = launchRun(request);
  if (problem.isEmpty()) {
    known_.addLaunched(request.folder, request.ranks);
    attach(request.folder);
  }
  return problem;
}

void TrainingPanel::remember(const QString& folder) {
  known_.add(toPath(folder));
  watch_->setKnown(known_.all());
}

void TrainingPanel::forgetEnded() {
  const RunMonitor* monitor = watch_->monitor();
  if (monitor != nullptr && monitor->hasLooked() && !isActive(monitor->status().phase) &&
      !isRunningHere(monitor->folder())) {
    known_.removeLaunched(toQString(monitor->folder()));
  }
}

}  // namespace panohead::ui
