#pragma once

#include "ui/training/run_monitor.h"

#include <QTimer>
#include <QWidget>

#include <memory>
#include <vector>

class QCheckBox;
class QComboBox;
class QLabel;
class QListWidget;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSlider;

namespace panohead::ui {

class CompareButton;
class RunChart;
struct ChartRun;
class SheetView;
enum class RunWish;

/// A run, while it trains or afterwards: where it stands, its curves, sheets, networks and log, and the
/// buttons that reach it.
class WatchPage final : public QWidget {
  Q_OBJECT

 public:
  explicit WatchPage(QWidget* parent = nullptr);
  ~WatchPage() override;

  /// Watches the run in a folder, whatever is there.
  void attach(const std::filesystem::path& folder);
  /// Null before.
  const RunMonitor* monitor() const noexcept { return monitor_.get(); }
  /// The folders that are offered.
  void setKnown(const QStringList& folders);
  void showProblem(const QString& problem);

 signals:
  void attached(const QString& folder);
  void statusChanged();
  void resumeRequested(const QString& folder);
  void openSnapshotRequested(const QString& path, bool followed);

 private:
  QWidget* makeHead();
  QWidget* makeCharts();
  QWidget* makeSide();
  void askForFolder();
  void compare();
  void refresh();
  void refreshButtons();
  void refreshProgress(const RunStatus& status);
  void refreshNetworks(const RunStatus& status);
  void refreshCharts();
  void showRunsKey(const std::vector<ChartRun>& runs);
  void chooseTopics();
  void ask(RunWish wish);

  std::unique_ptr<RunMonitor> monitor_;
  std::vector<std::unique_ptr<RunMonitor>> compared_;
  QComboBox* folder_;
  CompareButton* compare_;
  QLabel *state_, *message_, *resources_;
  QLabel* runs_key_;  // which kind of line is which run's
  QProgressBar* progress_;
  QPushButton *pause_, *snapshot_, *stop_, *resume_;
  QSlider* smoothing_;
  QCheckBox *log_scale_, *follow_;
  std::vector<RunChart*> charts_;
  SheetView* sheets_;
  QListWidget* networks_;
  QPlainTextEdit* log_;
  QString followed_;  // the newest network that was shown
  QTimer asked_;      // buttons rest until the run answers
  std::vector<std::shared_ptr<const RunStats>> drawn_;
};

}  // namespace panohead::ui
