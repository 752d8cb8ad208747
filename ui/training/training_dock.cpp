#include "ui/training/training_dock.h"

#include "ui/panels/training_panel.h"

#include <QAction>
#include <QDragEnterEvent>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QScrollArea>

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kHeight = 420;  // logical pixels, of the window's at the start; more where the panel wants more
constexpr int kTitle = 60;    // of the dock, with tabs and frame

}  // namespace

TrainingDock::TrainingDock(QMainWindow& window, std::filesystem::path known_runs)
    : QDockWidget(tr("Training"), &window), known_runs_(std::move(known_runs)) {
  setObjectName("trainingDock");
  setAcceptDrops(true);
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
      showAtStart(window);
    }
  });
  connect(action, &QAction::triggered, this, [this](bool shown) {
    if (shown) {
      raise();  // it may share its place with others
    }
  });
  if (!KnownRuns(known_runs_).launched().isEmpty()) {
    show();
    showAtStart(window);
  }
}

void TrainingDock::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) {
    event->acceptProposedAction();
  }
}

void TrainingDock::showAtStart(QMainWindow& window) {
  const int wanted = panel().minimumSizeHint().height() + kTitle;
  window.resizeDocks({this}, {std::max(kHeight, wanted)}, Qt::Vertical);
}

TrainingPanel& TrainingDock::panel() {
  if (panel_ == nullptr) {
    panel_ = new TrainingPanel(known_runs_, program_);
    connect(panel_, &TrainingPanel::openSnapshotRequested, this, &TrainingDock::openSnapshotRequested);
    auto* scroll = new QScrollArea;  // in low windows
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(panel_);
    scroll->setMinimumWidth(panel_->minimumSizeHint().width());
    setWidget(scroll);
  }
  return *panel_;
}

bool TrainingDock::confirmClose() { return panel_ == nullptr || panel_->confirmClose(); }

}  // namespace panohead::ui
