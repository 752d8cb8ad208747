#include "core/runs/run_watch.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/memory_advice.h"
#include "core/base/option_table.h"
#include "core/base/regular_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <string_view>
#include <system_error>

namespace panohead {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kLogLines = 200;
constexpr std::chrono::seconds kPatience{60};  // with a lock that is touched every ten
constexpr const char* kResume = "Resume goes on from the newest checkpoint.";
constexpr std::size_t kStamp = 21;  // "2026-01-31 12:00:00  " in front of a line of the log
constexpr std::array<std::string_view, 7> kStates{
    "starting", "running", "paused", "waiting", "stopping", "finished", "failed"};

std::time_t modified(const fs::path& file) {
  struct stat facts{};
  return stat(file.c_str(), &facts) == 0 ? facts.st_mtime : 0;
}

template <typename Number>
std::optional<Number> numberIn(const fs::path& file) {
  std::istringstream stream(readTextFile(file, 4096).text);
  Number number{};
  return stream >> number ? std::optional(number) : std::nullopt;
}

constexpr int kSignals = 128;  // how a shell tells that a signal ended a program
constexpr int kKilled = kSignals + 9;

/// Why a process ended whose exit code is known, in words.
std::string reasonOf(int code) {
  if (code == kKilled) {
    return "The process was killed (signal 9): by somebody, or because memory ran out.";
  }
  if (code > kSignals && code < kSignals + 65) {
    return fmt::format("The process died of signal {} ({}).", code - kSignals, strsignal(code - kSignals));
  }
  return fmt::format("The process ended with exit code {}.", code);
}

/// "12 minutes", "3 hours", "5 days".
std::string spanOf(double seconds) {
  const double minutes = std::max(1.0, seconds / 60);
  if (minutes < 120) {
    const int whole = static_cast<int>(minutes);
    return fmt::format("{} minute{}", whole, whole == 1 ? "" : "s");
  }
  return minutes < 48 * 60 ? fmt::format("{:.0f} hours", minutes / 60)
                           : fmt::format("{:.0f} days", minutes / 1440);
}

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t whole(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

bool isActive(RunPhase phase) noexcept {
  return phase >= RunPhase::kStarting && phase <= RunPhase::kStopping;
}

bool canResume(RunPhase phase) noexcept {
  return phase == RunPhase::kStopped || phase == RunPhase::kFailed || phase == RunPhase::kDied ||
         phase == RunPhase::kSilent;
}

RunWatch::RunWatch(fs::path folder)
    : folder_(std::move(folder)),
      stats_(folder_ / "stats.jsonl"),
      log_lines_(folder_ / "log.txt"),
      news_lines_(folder_ / kPanelNews) {}

RunStatus RunWatch::poll() {
  RunStatus status;
  std::error_code error;
  const fs::directory_iterator readable(folder_, error);
  if (error) {
    status.phase = RunPhase::kUnreadable;
    status.message = fmt::format("'{}' cannot be read: {}.", folder_.string(), error.message());
    status.hint = "Choose the folder of a training run.";
    status.stats = std::make_shared<RunStats>();
    return status;
  }
  stats_.poll();
  readLog();
  readNews();
  readGoal();
  status.stats = stats_.stats();
  status.files = listRunFiles(folder_);
  status.log.assign(log_.begin(), log_.end());
  status.goal_kimg = goal_kimg_;
  if (const auto curve = status.stats->find("Progress/kimg"); curve != status.stats->end()) {
    status.kimg = curve->second.back().kimg;
  }
  decide(status);
  return status;
}

void RunWatch::readLog() {
  const LineFollower::News news = log_lines_.read();
  if (news.restarted) {
    log_.clear();
    words_ = {};
  }
  for (const std::string& line : news.lines) {
    log_.push_back(line);
    if (line.size() <= kStamp) {
      continue;
    }
    const std::string said = line.substr(kStamp);
    const std::string state = said.substr(0, said.find(':'));
    if (std::ranges::find(kStates, state) == kStates.end()) {
      continue;
    }
    words_.state = state;
    words_.message = said.size() > state.size() + 2 ? said.substr(state.size() + 2) : std::string();
    if (state == "stopping") {
      words_.asked_to_stop = words_.message == "asked to stop";
    }
  }
  while (log_.size() > kLogLines) {
    log_.pop_front();
  }
}

void RunWatch::readNews() {
  const LineFollower::News news = news_lines_.read();
  if (news.restarted) {
    launch_ = {};
  }
  for (const std::string& line : news.lines) {
    const Json json = parseJsonQuietly(line);
    if (!json.is_object()) {
      continue;
    }
    const std::string event = text(json, "event");
    if (event == "error") {
      launch_.error = text(json, "message");
      launch_.hint = text(json, "hint");
    } else if (event == "progress") {
      launch_.stage = text(json, "stage");
      launch_.step = whole(json, "step");
      launch_.total = whole(json, "total");
    } else if (event == "state") {
      launch_.state = text(json, "state");
    }
  }
}

void RunWatch::readGoal() {
  const fs::path file = folder_ / "training_options.json";
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(file, error);
  if (error || time == options_time_) {
    return;
  }
  options_time_ = time;
  const std::string options = readTextFile(file, 10'000'000).text;
  try {
    for (const auto& [name, value] : optionsFromJson(options, file.string())) {
      if (name == "kimg") {
        goal_kimg_ = std::get<double>(convertOption(value, double{}, name));
      }
    }
  } catch (const OptionError&) {
    goal_kimg_ = 0;  // of another version: everything else can still be watched
  }
}

/// The clocks of two machines may be minutes apart. A lock that moves while we look is of a living process,
/// whatever its time says.
void RunWatch::listen(RunHolder& holder) {
  const auto now = std::chrono::steady_clock::now();
  if (lock_seen_ != 0 && holder.seen != lock_seen_) {
    heard_ = now;
  }
  lock_seen_ = holder.seen;
  if (!holder.is_here && holder.pid > 0 && heard_ && now - *heard_ < kPatience) {
    holder.alive = true;
  }
}

void RunWatch::decide(RunStatus& status) {
  status.holder = runHolder(folder_);
  listen(status.holder);
  status.launched = launchedProcess(folder_);
  if (status.holder.alive || status.launched != 0) {
    decideActive(status);
  } else {
    decideEnded(status);
  }
}

void RunWatch::decideActive(RunStatus& status) const {
  // A panel's own process says more between two lines of statistics; one started elsewhere does not write
  // there, and what an earlier one said counts no more.
  const bool is_ours = status.launched != 0;
  if (is_ours) {
    status.stage = launch_.stage;
    status.step = launch_.step;
    status.total = launch_.total;
    if (launch_.stage == "training" && launch_.total > 0) {
      status.kimg = std::max(status.kimg, static_cast<double>(launch_.step) / 1e3);
    }
  }
  status.phase = RunPhase::kStarting;
  if (!status.holder.alive) {
    return;
  }
  const bool is_old = modified(folder_ / "log.txt") < status.holder.start;
  if (is_old) {
    return;  // the log still ends with the run before
  }
  if (words_.state == "running") {
    status.phase = RunPhase::kRunning;
  } else if (words_.state == "paused") {
    status.phase = RunPhase::kPaused;
  } else if (words_.state == "waiting") {
    status.phase = RunPhase::kWaiting;
  } else if (words_.state == "stopping" || words_.state == "finished" || words_.state == "failed") {
    // The last two may be of the run before when both began in the same second.
    status.phase = is_ours && launch_.state == "starting" ? RunPhase::kStarting : RunPhase::kStopping;
  }
  status.message = words_.message;
}

void RunWatch::decideEnded(RunStatus& status) const {
  const fs::path exit_file = folder_ / kPanelExit;
  const std::optional<int> code = numberIn<int>(exit_file);
  // A run that was started elsewhere afterwards makes the panel's file old.
  const bool exit_counts = code && modified(exit_file) >= modified(folder_ / "log.txt");
  constexpr int kInterrupted = 130;
  if (exit_counts && *code != 0 && *code != kInterrupted) {
    const bool said_why = !launch_.error.empty();
    status.phase = said_why ? RunPhase::kFailed : RunPhase::kDied;
    status.message = said_why ? launch_.error : reasonOf(*code);
    status.hint = said_why ? launch_.hint : kResume;
    if (!said_why && *code == kKilled) {
      status.hint += fmt::format(" Where memory ran out: {}.", kLowerMemory);
    }
  } else if (words_.state == "finished") {
    status.phase = words_.asked_to_stop ? RunPhase::kStopped : RunPhase::kFinished;
    status.message = words_.message;
  } else if (words_.state == "failed") {
    status.phase = RunPhase::kFailed;
    status.message = words_.message;
  } else if (status.holder.pid > 0 && !status.holder.is_here) {
    status.phase = RunPhase::kSilent;
    status.message = fmt::format(
        "Nothing was heard of {} for {}: the process ended there without a word, or this folder is cut off "
        "from it.",
        status.holder.host,
        spanOf(std::difftime(std::time(nullptr), status.holder.seen)));
    status.hint = "Look there before you resume it here.";
  } else if (!words_.state.empty() || !status.stats->empty() || exit_counts) {
    status.phase = RunPhase::kDied;
    status.message = "The run ended without a word: its process was killed, or the machine went down.";
    status.hint = kResume;
  } else if (!status.files.networks.empty() || !status.files.sheets.empty()) {
    status.phase = RunPhase::kFinished;  // of a program that keeps no log of ours
  } else {
    status.phase = RunPhase::kEmpty;
    status.message = fmt::format("There is no training run in '{}'.", folder_.string());
  }
}

}  // namespace panohead
