#include "core/training/run_log.h"

#include "core/training/stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <initializer_list>
#include <iterator>
#include <thread>
#include <utility>

namespace panohead {
namespace {

constexpr std::chrono::milliseconds kPoll{250};
constexpr std::array kPhases{"Gmain", "Greg", "Dmain", "Dreg"};

std::string clockTime() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return text.data();
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::lround(std::max(seconds, 0.0)));
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// What the seconds of a kimg are made of: " (Gmain 30.1, Dmain 12.0, Dreg 2.9)"; empty when nobody measured.
std::string phases(const std::map<std::string, double>& values) {
  std::string text;
  for (const char* phase : kPhases) {
    if (const auto found = values.find(phaseRateName(phase)); found != values.end()) {
      text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", phase, found->second);
    }
  }
  return text.empty() ? text : fmt::format(" ({})", text);
}

}  // namespace

std::string phaseRateName(const std::string& phase) { return fmt::format("Timing/sec_per_kimg_{}", phase); }

void addPhaseRates(std::map<std::string, ScalarMoments>& snapshot, double images, int ranks) {
  for (const char* phase : kPhases) {
    const auto found = snapshot.find(fmt::format("Timing/{}", phase));
    if (found != snapshot.end() && images > 0) {
      snapshot[phaseRateName(phase)].add(found->second.sum / ranks / images * 1e3);
    }
  }
}

LoggedListener::LoggedListener(TrainingListener& listener, const std::filesystem::path& path)
    : listener_(listener), file_(path) {}

void LoggedListener::stats(std::int64_t images, const std::map<std::string, double>& values) {
  line(tickLine(images, values));
  listener_.stats(images, values);
}

void LoggedListener::file(const std::string& kind, const std::filesystem::path& path, std::int64_t images) {
  line(fmt::format("{}: {}", kind, path.filename().string()));
  listener_.file(kind, path, images);
}

void LoggedListener::state(const std::string& state, const std::string& message) {
  line(message.empty() ? state : fmt::format("{}: {}", state, message));
  listener_.state(state, message);
}

void LoggedListener::notice(const std::string& message) {
  line(message);
  listener_.notice(message);
}

void LoggedListener::line(const std::string& text) {
  try {
    file_.append(fmt::format("{}  {}\n", clockTime(), text));
  } catch (const DiskFullError&) {  // the run itself reports and waits
    return;
  }
}

std::string tickLine(std::int64_t images, const std::map<std::string, double>& values) {
  std::string text;
  // The sum of those names, when all of them are there.
  const auto add = [&](const char* label, std::initializer_list<const char*> names, const auto& format) {
    double sum = 0;
    for (const char* name : names) {
      const auto found = values.find(name);
      if (found == values.end()) {
        return;
      }
      sum += found->second;
    }
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", label, format(sum));
  };
  const auto digits = [](int count) {
    return [count](double value) { return fmt::format("{:.{}f}", value, count); };
  };
  add("tick", {"Progress/tick"}, digits(0));
  text += fmt::format("{}kimg {:.3f}", text.empty() ? "" : "  ", static_cast<double>(images) / 1000);
  add("time", {"Timing/total_sec"}, duration);
  add("sec/tick", {"Timing/sec_per_tick"}, digits(1));
  add("sec/kimg", {"Timing/sec_per_kimg"}, digits(2));
  text += phases(values);
  add("G", {"Loss/G/loss"}, digits(3));
  add("D", {"Loss/D/real", "Loss/D/fake"}, digits(3));
  add("PSNR dB", {"Reconstruction/psnr"}, digits(2));
  add("cpumem GB", {"Resources/cpu_mem_gb"}, digits(2));
  add("gpumem GB", {"Resources/peak_gpu_mem_gb"}, digits(2));
  if (const auto skipped = values.find("Progress/skipped"); skipped != values.end() && skipped->second > 0) {
    text += fmt::format("  skipped {:.0f}", skipped->second);
  }
  return text;
}

void writeWhenThereIsRoom(const std::function<void()>& write,
                          const std::function<void(const DiskFullError&)>& waiting,
                          std::chrono::milliseconds interval) {
  while (true) {
    try {
      write();
      return;
    } catch (const DiskFullError& error) {
      const auto again = std::chrono::steady_clock::now() + interval;
      do {
        waiting(error);
        std::this_thread::sleep_for(std::min(kPoll, interval));
      } while (std::chrono::steady_clock::now() < again);
    }
  }
}

void writeTellingWaits(TrainingListener& listener,
                       const std::function<void()>& write,
                       const std::function<void()>& poll,
                       std::chrono::milliseconds interval) {
  bool waited = false;
  writeWhenThereIsRoom(
      write,
      [&](const DiskFullError& error) {
        if (!std::exchange(waited, true)) {
          listener.state("waiting", fmt::format("{}: {}", error.what(), error.hint()));
        }
        poll();
      },
      interval);
  if (waited) {
    listener.state("running", "there is room again");
  }
}

}  // namespace panohead
