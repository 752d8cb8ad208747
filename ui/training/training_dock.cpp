#include "ui/training/training_dock.h"

#include "ui/panels/training_panel.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>

#include <utility>

namespace panohead::ui {
namespace {

constexpr int kHeight = 420;  // logical pixels, of the window's at the start

}  // namespace

TrainingDock::TrainingDock(QMainWindow& window, std::filesystem::path known_runs)
    : QDockWidget(tr("Training"), &window), known_runs_(std::move(known_runs)) {
  setObjectName("trainingDock");
  window.addDockWidget(Qt::BottomDockWidgetArea, this);
  hide();
  QAction* action = toggleViewAction();
  action->setObjectName("actionTraining");
  action->setText(tr("&Training panel"));
  action->setShortcut(Qt::CTRL | Qt::Key_T);
  auto* menu = new QMenu(tr("&Train"), window.menuBar());
  menu->addAction(action);
  const QList<QAction*> menus = window.menuBar()->actions();
  window.menuBar()->insertMenu(menus.isEmpty() ? nullptr : menus.back(), menu);  // Help stays the last
  connect(this, &QDockWidget::visibilityChanged, this, [this, &window](bool visible) {
    if (visible && panel_ == nullptr) {
      panel();
      window.resizeDocks({this}, {kHeight}, Qt::Vertical);
    }
  });
  connect(action, &QAction::triggered, this, [this](bool shown) {
    if (shown) {
      raise();  // it may share its place with others
    }
  });
  if (!KnownRuns(known_runs_).launched().isEmpty()) {
    panel();
    show();
    window.resizeDocks({this}, {kHeight}, Qt::Vertical);
  }
}

TrainingPanel& TrainingDock::panel() {
  if (panel_ == nullptr) {
    panel_ = new TrainingPanel(known_runs_, program_);
    connect(panel_, &TrainingPanel::openSnapshotRequested, this, &TrainingDock::openSnapshotRequested);
    setWidget(panel_);
  }
  return *panel_;
}

bool TrainingDock::confirmClose() { return panel_ == nullptr || panel_->confirmClose(); }

}  // namespace panohead::ui
