#pragma once

#include <QDockWidget>
#include <QDropEvent>

#include <filesystem>

class QMainWindow;

namespace panohead::ui {

class TrainingPanel;

/// The training panel at the bottom of a window, hidden until the menu "Train" (Ctrl+T) shows it; shown at
/// once when a run of an earlier window trains. The panel is made when it is first needed.
class TrainingDock final : public QDockWidget {
  Q_OBJECT

 public:
  /// Adds itself and its menu to the window.
  /// @param known_runs file that keeps the names of runs (Places::runs)
  TrainingDock(QMainWindow& window, std::filesystem::path known_runs);

  TrainingPanel& panel();
  /// The program whose commands the panel, which is not made yet, is to run: for windows of other programs
  /// than panohead-studio (tests).
  void setProgram(const QString& program) { program_ = program; }
  /// Asks what becomes of runs that were started here. @returns whether the window may close
  bool confirmClose();

 signals:
  void openSnapshotRequested(const QString& path, bool followed);
  /// Something that is no field's: as if it had been dropped on the window, of which a floating dock is no
  /// part.
  void dropped(QDropEvent* event);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override { emit dropped(event); }

 private:
  /// Makes the panel, and gives it the height that it wants.
  void showAtStart(QMainWindow& window);

  std::filesystem::path known_runs_;
  QString program_;
  TrainingPanel* panel_ = nullptr;
};

}  // namespace panohead::ui
