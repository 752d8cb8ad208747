#include "ui/training/run_monitor.h"

#include "core/jobs/function_job.h"

namespace panohead::ui {
namespace {

constexpr int kInterval = 700;  // ms

bool looksTheSame(const RunStatus& a, const RunStatus& b) {
  return a.phase == b.phase && a.message == b.message && a.kimg == b.kimg && a.goal_kimg == b.goal_kimg &&
         a.stage == b.stage && a.step == b.step && a.stats == b.stats && a.files == b.files &&
         a.log == b.log && a.holder.pid == b.holder.pid && a.holder.alive == b.holder.alive &&
         a.launched == b.launched;
}

}  // namespace

RunMonitor::RunMonitor(const std::filesystem::path& folder, QObject* parent)
    : QObject(parent), folder_(folder), watch_(std::make_shared<RunWatch>(folder)) {
  status_.stats = std::make_shared<RunStats>();
  connect(&timer_, &QTimer::timeout, this, &RunMonitor::look);
  timer_.start(kInterval);
  look();
}

void RunMonitor::look() {
  if (looking_) {
    return;  // a slow folder
  }
  looking_ = true;
  startFunction(
      bridge_.worker(),
      "looking into a run folder",
      [watch = watch_](JobContext&) { return watch->poll(); },
      [this](RunStatus status) {
        looking_ = false;
        if (!has_looked_ || !looksTheSame(status, status_)) {
          has_looked_ = true;
          status_ = std::move(status);
          emit changed();
        }
      },
      {.failed = [this](const Error&) { looking_ = false; }});
}

}  // namespace panohead::ui
