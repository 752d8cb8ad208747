#pragma once

#include "core/base/frame.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace panohead {

/// One number worth watching while a job runs, e.g. {"loss", 0.183}.
struct Metric {
  std::string name;
  double value = 0;
};

/// Where a job stands. `total` 0 means unknown.
struct Progress {
  std::string stage;
  std::int64_t step = 0;
  std::int64_t total = 0;
  std::vector<Metric> metrics;
};

/// What a running job may do to the outside. All calls come from the job's own thread.
class JobContext {
 public:
  virtual ~JobContext() = default;
  /// Never blocks; the latest wins.
  virtual void report(const Progress& progress) = 0;
  /// Never blocks; the latest wins.
  virtual void preview(Frame frame) = 0;
  /// Throws Cancelled when a stop was asked for; blocks while paused. Call at least every 50 ms.
  virtual void checkpoint() = 0;
  /// A sentence that the user may want to know, and need not do anything about. Never blocks.
  virtual void notice(const std::string& /*sentence*/) {}
  virtual std::stop_token stopToken() const = 0;
};

/// A context for callers that want neither progress nor cancel.
class SilentContext final : public JobContext {
 public:
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {}
  std::stop_token stopToken() const override { return {}; }
};

/// Anything that takes longer than 10 ms: knows no window, no thread.
class Job {
 public:
  virtual ~Job() = default;
  virtual std::string title() const = 0;
  /// Throws Error (or anything; the worker translates it). Runs once.
  virtual void run(JobContext& context) = 0;
};

}  // namespace panohead
