#include "app/json_lines.h"

#include "app/terminal.h"
#include "core/base/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace panohead::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kProgressInterval{100};
constexpr std::chrono::seconds kFileInterval{5};

bool writesToFile() {
  struct stat facts{};
  return fstat(STDOUT_FILENO, &facts) == 0 && S_ISREG(facts.st_mode);
}

/// Paths and foreign texts need not be UTF-8; a line always is.
std::string lineOf(const Json& json) { return jsonText(json) + "\n"; }

}  // namespace

JsonLines::JsonLines() : progress_interval_(writesToFile() ? kFileInterval : kProgressInterval) {}

void JsonLines::stats(std::int64_t images, const std::map<std::string, double>& values) {
  print(lineOf({{"event", "stats"}, {"images", images}, {"values", values}}));
}

void JsonLines::file(const std::string& kind, const std::filesystem::path& path, std::int64_t images) {
  print(lineOf({{"event", "file"}, {"kind", kind}, {"path", path.string()}, {"images", images}}));
}

void JsonLines::state(const std::string& state, const std::string& message) {
  print(lineOf({{"event", "state"}, {"state", state}, {"message", message}}));
}

void JsonLines::notice(const std::string& message) {
  print(lineOf({{"event", "notice"}, {"message", message}}));
}

void JsonLines::error(const std::string& message, const std::string& hint, const std::string& detail) {
  print(lineOf({{"event", "error"}, {"message", message}, {"hint", hint}, {"detail", detail}}));
}

void JsonLines::progress(const Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    const bool last = progress.total > 0 && progress.step == progress.total;
    if (progress.stage == stage_ && !last && now - last_progress_ < progress_interval_) {
      return;
    }
    stage_ = progress.stage;
    last_progress_ = now;
  }
  Json metrics = Json::object();
  for (const Metric& metric : progress.metrics) {
    metrics[metric.name] = metric.value;
  }
  print(lineOf({{"event", "progress"},
                {"stage", progress.stage},
                {"step", progress.step},
                {"total", progress.total},
                {"metrics", std::move(metrics)}}));
}

void JsonLines::print(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (broken_) {
    return;
  }
  if (!writeOut(line)) {
    broken_ = true;
    printError(fmt::format("cannot write to standard output: {}; the run goes on, its news are in log.txt\n",
                           std::strerror(errno)));
  }
}

}  // namespace panohead::app
