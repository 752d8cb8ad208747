#pragma once

#include <QDockWidget>

class QMainWindow;

namespace panohead::ui {

class TrainingPanel;

/// The training panel at the bottom of a window, hidden until the menu "Train" (Ctrl+T) shows it; shown at
/// once when a run of an earlier window trains. The panel is made when it is first needed.
class TrainingDock final : public QDockWidget {
  Q_OBJECT

 public:
  /// Adds itself and its menu to the window.
  explicit TrainingDock(QMainWindow& window);

  TrainingPanel& panel();
  /// Asks what becomes of runs that were started here. @returns whether the window may close
  bool confirmClose();

 signals:
  void openSnapshotRequested(const QString& path, bool followed);

 private:
  TrainingPanel* panel_ = nullptr;
};

}  // namespace panohead::ui
