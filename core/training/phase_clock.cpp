#include "core/training/phase_clock.h"

#include "core/base/clock.h"
#include "core/tensor/prelude.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace panohead {

struct PhaseClock::Pending {
  explicit Pending(at::DeviceType type)
      : begin(type, c10::EventFlag::BACKEND_DEFAULT), end(type, c10::EventFlag::BACKEND_DEFAULT) {}
  c10::Event begin, end;  // of the kind that keeps the time
  std::string name;       // empty: not ended yet
};

namespace {

c10::Stream streamOf(at::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

}  // namespace

PhaseClock::PhaseClock(at::Device device) : device_(device) {}

PhaseClock::~PhaseClock() = default;

void PhaseClock::start() {
  if (device_.is_cpu()) {
    start_ = std::chrono::steady_clock::now();
    return;
  }
  if (!pending_.empty() && pending_.back()->name.empty()) {  // a phase that an error cut short
    pending_.pop_back();
  }
  pending_.push_back(std::make_unique<Pending>(device_.type()));
  pending_.back()->begin.record(streamOf(device_));
}

void PhaseClock::stop(const std::string& name, StatsCollector& stats) {
  if (device_.is_cpu()) {
    stats.add(name, secondsSince(start_));
    return;
  }
  pending_.back()->end.record(streamOf(device_));
  pending_.back()->name = name;
  collect(stats, false);
}

void PhaseClock::finish(StatsCollector& stats) { collect(stats, true); }

void PhaseClock::collect(StatsCollector& stats, bool wait) {
  while (!pending_.empty() && !pending_.front()->name.empty()) {
    const Pending& phase = *pending_.front();
    if (wait) {
      phase.end.synchronize();
    } else if (!phase.end.query()) {
      return;
    }
    stats.add(phase.name, phase.begin.elapsedTime(phase.end) / 1e3);
    pending_.pop_front();
  }
}

}  // namespace panohead
