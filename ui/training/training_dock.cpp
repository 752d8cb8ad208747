#include "ui/training/training_dock.h"

#include "ui/panels/training_panel.h"

#include <QAction>
#include <QDragEnterEvent>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QScrollArea>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kHeight = 420;  // logical pixels, of the window's at the start; more where the panel wants more
constexpr int kTitle = 60;    // of the dock, with tabs and frame
constexpr int kOthers = 170;  // of docks at the same place, where they were not seen without this one

}  // namespace

TrainingDock::TrainingDock(QMainWindow& window, std::filesystem::path known_runs)
    : QDockWidget(tr("Training"), &window),
      window_(window),
      known_runs_(std::move(known_runs)),
      others_height_(kOthers) {
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
  connect(this, &QDockWidget::visibilityChanged, this, [this](bool visible) {
    if (visible && !open_) {
      open();
    }
  });
  connect(action, &QAction::triggered, this, [this](bool shown) {
    if (shown) {
      raise();  // it may share its place with others
    }
  });
  if (!KnownRuns(known_runs_).launched().isEmpty()) {
    show();
    open();
  }
}

void TrainingDock::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) {
    event->acceptProposedAction();
  }
}

void TrainingDock::setVisible(bool visible) {
  const bool closes = !visible && open_;
  if (visible && isHidden()) {
    for (const QDockWidget* dock : neighbours()) {
      if (dock->geometry().bottom() >= 0) {  // tabs that are not in front lie above the window
        others_height_ = dock->height();
      }
    }
  } else if (closes) {
    height_ = height();
    open_ = false;
  }
  QDockWidget::setVisible(visible);
  if (closes) {
    QTimer::singleShot(0, this, &TrainingDock::giveBack);  // later: what is being laid out now would undo it
  }
}

void TrainingDock::open() {
  open_ = true;
  const int wanted = panel().minimumSizeHint().height() + kTitle;
  if (!isFloating()) {
    window_.resizeDocks({this}, {height_ > 0 ? height_ : std::max(kHeight, wanted)}, Qt::Vertical);
  }
}

void TrainingDock::giveBack() {
  if (const QList<QDockWidget*> others = neighbours(); !others.isEmpty() && isHidden()) {
    window_.resizeDocks({others.front()}, {std::min(others_height_, height_)}, Qt::Vertical);
  }
}

QList<QDockWidget*> TrainingDock::neighbours() const {
  QList<QDockWidget*> docks = window_.findChildren<QDockWidget*>();
  docks.removeIf([this](QDockWidget* dock) {
    return dock == this || !dock->isVisible() || dock->isFloating() ||
           window_.dockWidgetArea(dock) != Qt::BottomDockWidgetArea;
  });
  return docks;
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
