#pragma once

#include "ui/training/known_runs.h"
#include "ui/training/run_launcher.h"

#include <QTabWidget>

namespace panohead::ui {

class SetupPage;
class WatchPage;

/// Training: sets runs up, starts them as processes of their own, and watches them. A run never depends on
/// this window: everything is told by its folder.
class TrainingPanel final : public QTabWidget {
  Q_OBJECT

 public:
  /// @param known_runs file that keeps the names of runs (Places::runs)
  /// @param program panohead-studio; empty: this program
  explicit TrainingPanel(const std::filesystem::path& known_runs,
                         const QString& program = {},
                         QWidget* parent = nullptr);

  void attach(const std::filesystem::path& folder);
  /// The next run learns from these. @param masks may be empty: none are known
  void setData(const std::filesystem::path& data, const std::filesystem::path& masks);
  /// Runs that were started from a window and still train on this machine.
  QStringList ownRuns() const;
  /// Asks what becomes of the own runs when the window closes. @returns whether it may close
  bool confirmClose();

 signals:
  /// A click on a network, or a new one while they are followed.
  void openSnapshotRequested(const QString& path, bool followed);

 private:
  void start(const RunLaunch& launch);
  void resume(const QString& folder);
  /// @returns what went wrong
  QString launch(const RunLaunch& launch);
  void remember(const QString& folder);
  void forgetEnded();

  QString program_;
  KnownRuns known_;
  SetupPage* setup_;
  WatchPage* watch_;
};

}  // namespace panohead::ui
