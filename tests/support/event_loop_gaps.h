#pragma once

#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace panohead::test {

/// The longest time in which the event loop heard nothing.
class EventLoopGaps {
 public:
  EventLoopGaps() {
    QObject::connect(
        &ticker_, &QTimer::timeout, &ticker_, [this] { longest_ = std::max(longest_, since_.restart()); });
    since_.start();
    ticker_.start(2);
  }

  /// Milliseconds since this was asked last, or since the beginning.
  qint64 takeLongest() { return std::exchange(longest_, 0); }

 private:
  QElapsedTimer since_;
  qint64 longest_ = 0;
  QTimer ticker_;
};

}  // namespace panohead::test
