#include "tests/bench/recorded_items.h"

#include "core/tensor/prelude.h"

#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace panohead::bench {

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Outermost operators of the thread that works; what they call is theirs.
struct Recorder {
  std::thread::id thread = std::this_thread::get_id();
  int depth = 0;
  Clock::time_point start;
  std::map<std::string, double> times{};  // milliseconds
};

Recorder* recorder = nullptr;  // of the run that is measured

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
  if (recorder != nullptr && std::this_thread::get_id() == recorder->thread && recorder->depth++ == 0) {
    recorder->start = Clock::now();
  }
  return nullptr;
}

void end(const at::RecordFunction& function, at::ObserverContext*) {
  if (recorder == nullptr || std::this_thread::get_id() != recorder->thread || --recorder->depth > 0) {
    return;
  }
  const std::string name = function.name();
  recorder->times[name.find("convolution") != std::string::npos ? "convolutions" : name] +=
      millisecondsSince(recorder->start);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

void printItems(const std::function<void()>& work) {
  constexpr int kRuns = 9;
  work();
  std::vector<double> whole;
  std::map<std::string, std::vector<double>> items;
  const auto handle =
      at::addGlobalCallback(at::RecordFunctionCallback(begin, end)
                                .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
  for (int run = 0; run < kRuns; ++run) {
    Recorder recording;
    recorder = &recording;
    const auto start = Clock::now();
    work();
    whole.push_back(millisecondsSince(start));
    recorder = nullptr;
    for (const auto& [name, time] : recording.times) {
      items[name].push_back(time);
    }
  }
  at::removeCallback(handle);
  const double total = median(whole);
  double left = total;
  std::vector<std::pair<double, std::string>> rows;
  for (auto& [name, times] : items) {
    rows.emplace_back(median(times), name);
    left -= rows.back().first;
  }
  std::ranges::sort(rows, std::greater());
  rows.emplace_back(left, "between operators");
  fmt::print("what takes these {:.1f} ms\n", total);
  for (const auto& [time, name] : rows) {
    if (time >= 0.05) {
      fmt::print("  {:<40} {:8.2f} ms {:5.1f} %\n", name, time, 100 * time / total);
    }
  }
}

}  // namespace panohead::bench
