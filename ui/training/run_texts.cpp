#include "ui/training/run_texts.h"

#include "ui/bridge/qt_convert.h"
#include "ui/stage_names.h"

#include <QCoreApplication>
#include <QStringList>

#include <cmath>

namespace panohead::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("RunTexts", text); }

/// The newest number of a name; negative when there is none.
double newest(const RunStatus& status, const char* name) {
  if (!status.stats) {
    return -1;
  }
  const auto found = status.stats->find(name);
  return found == status.stats->end() ? -1 : found->second.back().mean;
}

QString duration(double seconds) {
  const auto whole = static_cast<qint64>(std::llround(seconds));
  return QString("%1:%2:%3")
      .arg(whole / 3600)
      .arg(whole / 60 % 60, 2, 10, QChar('0'))
      .arg(whole % 60, 2, 10, QChar('0'));
}

}  // namespace

QString phaseName(RunPhase phase) {
  switch (phase) {
    case RunPhase::kUnreadable:
      return tr("Unreadable");
    case RunPhase::kEmpty:
      return tr("No run");
    case RunPhase::kStarting:
      return tr("Starting");
    case RunPhase::kRunning:
      return tr("Training");
    case RunPhase::kPaused:
      return tr("Paused");
    case RunPhase::kWaiting:
      return tr("Waiting for disk space");
    case RunPhase::kStopping:
      return tr("Stopping");
    case RunPhase::kFinished:
      return tr("Finished");
    case RunPhase::kStopped:
      return tr("Stopped");
    case RunPhase::kFailed:
      return tr("Failed");
    case RunPhase::kDied:
      return tr("Died");
    case RunPhase::kSilent:
      return tr("No sign of life");
  }
  return {};
}

QString phaseText(const RunStatus& status) {
  QStringList parts;
  switch (status.phase) {
    case RunPhase::kStarting:
      parts << stageName(status.stage);
      break;
    case RunPhase::kRunning:
      parts << (status.holder.is_here ? QString()
                                      : tr("Trains on %1: only there can it be paused or stopped.")
                                            .arg(toQString(status.holder.host)));
      break;
    case RunPhase::kPaused:
    case RunPhase::kStopping:
    case RunPhase::kFinished:
    case RunPhase::kStopped:
      break;  // the name says it
    default:
      parts << toQString(status.message) << toQString(status.hint);
  }
  parts.removeAll(QString());
  return parts.join(' ');
}

QString progressText(const RunStatus& status) {
  if (status.kimg <= 0 && status.goal_kimg <= 0) {
    return {};
  }
  QString text = status.goal_kimg > 0 ? tr("%1 of %2 kimg").arg(status.kimg, 0, 'f', 3).arg(status.goal_kimg)
                                      : tr("%1 kimg").arg(status.kimg, 0, 'f', 3);
  const double rate = newest(status, "Timing/sec_per_kimg");
  if (status.phase == RunPhase::kRunning && rate > 0 && status.goal_kimg > status.kimg) {
    text += tr(", %1 left").arg(duration(rate * (status.goal_kimg - status.kimg)));
  }
  return text.replace('%', "%%");
}

QString resourcesText(const RunStatus& status) {
  QStringList parts;
  if (const double rate = newest(status, "Timing/sec_per_kimg"); rate > 0) {
    parts << tr("%1 s/kimg").arg(rate, 0, 'g', 4);
  }
  if (const double memory = newest(status, "Resources/cpu_mem_gb"); memory > 0) {
    parts << tr("memory %1 GB").arg(memory, 0, 'f', 2);
  }
  if (const double memory = newest(status, "Resources/peak_gpu_mem_gb"); memory > 0) {
    parts << tr("GPU %1 GB").arg(memory, 0, 'f', 2);
  }
  if (isActive(status.phase) && status.holder.alive) {
    parts << (status.holder.is_here ? tr("process %1").arg(status.holder.pid)
                                    : tr("on %1").arg(toQString(status.holder.host)));
  }
  return parts.join(QString::fromUtf8("  \u00b7  "));
}

}  // namespace panohead::ui
