#pragma once

#include "core/runs/run_watch.h"
#include "ui/bridge/job_bridge.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace panohead::ui {

/// Looks into a run folder about once a second, on a thread of its own, and tells what changed.
class RunMonitor final : public QObject {
  Q_OBJECT

 public:
  explicit RunMonitor(const std::filesystem::path& folder, QObject* parent = nullptr);

  const std::filesystem::path& folder() const noexcept { return folder_; }
  /// What the newest look found.
  const RunStatus& status() const noexcept { return status_; }
  bool hasLooked() const noexcept { return has_looked_; }

 signals:
  void changed();

 private:
  void look();

  std::filesystem::path folder_;
  std::shared_ptr<RunWatch> watch_;  // used by one job at a time
  RunStatus status_;
  bool looking_ = false;
  bool has_looked_ = false;
  QTimer timer_;
  JobBridge bridge_;  // last: its thread ends before the rest goes
};

}  // namespace panohead::ui
