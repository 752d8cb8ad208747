#include "ui/bridge/job_bridge.h"

#include <QTimer>

namespace panohead::ui {
namespace {

constexpr int kInterval = 15;  // ms between drains, so that a chatty job cannot flood the event loop

}  // namespace

JobBridge::JobBridge(QObject* parent)
    : QObject(parent), worker_([this] {
        QMetaObject::invokeMethod(this, [this] { scheduleDrain(); }, Qt::QueuedConnection);
      }) {
  since_drain_.start();
}

void JobBridge::scheduleDrain() {
  const qint64 wait = kInterval - since_drain_.elapsed();
  if (wait <= 0) {
    drain();
  } else {
    QTimer::singleShot(static_cast<int>(wait), Qt::PreciseTimer, this, [this] { drain(); });
  }
}

void JobBridge::drain() {
  since_drain_.restart();
  worker_.drain();
}

}  // namespace panohead::ui
