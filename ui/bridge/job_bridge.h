#pragma once

#include "core/jobs/thread_worker.h"

#include <QElapsedTimer>
#include <QObject>

namespace panohead::ui {

/// A worker thread whose news arrive in the event loop of the thread that made the bridge.
class JobBridge final : public QObject {
 public:
  explicit JobBridge(QObject* parent = nullptr);

  Worker& worker() noexcept { return worker_; }

 private:
  void scheduleDrain();
  void drain();

  QElapsedTimer since_drain_;
  ThreadWorker worker_;  // last member: joined before anything that wake() touches goes
};

}  // namespace panohead::ui
