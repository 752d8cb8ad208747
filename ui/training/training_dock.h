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
  void setVisible(bool visible) override;

 signals:
  void openSnapshotRequested(const QString& path, bool followed);
  /// Something that is no field's: as if it had been dropped on the window, of which a floating dock is no
  /// part.
  void dropped(QDropEvent* event);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override { emit dropped(event); }

 private:
  /// Makes the panel, and takes the height that it wants, or had when it was closed.
  void open();
  /// Gives the space back to the viewport: docks at the same place would stay as high as this one was.
  void giveBack();
  /// The other docks at the bottom of the window.
  QList<QDockWidget*> neighbours() const;

  QMainWindow& window_;
  std::filesystem::path known_runs_;
  QString program_;
  TrainingPanel* panel_ = nullptr;
  bool open_ = false;
  int height_ = 0;     // when it was closed
  int others_height_;  // of docks at the same place, before this one took more
};

}  // namespace panohead::ui
