#include "core/runs/run_holder.h"

#include "core/base/regular_file.h"
#include "core/runs/run_files.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace panohead {
namespace {

namespace fs = std::filesystem;

constexpr double kFresh = 90;  // seconds: the lock is touched every ten, and clocks differ

std::string hostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::time_t parseUtc(const std::string& text) {
  std::tm parts{};
  std::istringstream stream(text);
  stream >> std::get_time(&parts, "%Y-%m-%d %H:%M:%S");
  return stream.fail() ? 0 : timegm(&parts);
}

enum class Answer { kYes, kNo, kUnknown };

/// Numbers of processes are used again, above all after a restart of the machine: only one that has the file
/// open is meant.
Answer hasOpen(pid_t pid, const fs::path& file) {
  struct stat wanted{};
  std::error_code error;
  fs::directory_iterator i(fs::path("/proc") / std::to_string(pid) / "fd", error);
  if (error || stat(file.c_str(), &wanted) != 0) {
    return Answer::kUnknown;  // of another user, or no Linux
  }
  for (; !error && i != fs::directory_iterator(); i.increment(error)) {
    struct stat open{};
    if (stat(i->path().c_str(), &open) == 0 && open.st_ino == wanted.st_ino && open.st_dev == wanted.st_dev) {
      return Answer::kYes;
    }
  }
  return Answer::kNo;
}

std::time_t modified(const fs::path& file) {
  struct stat facts{};
  return stat(file.c_str(), &facts) == 0 ? facts.st_mtime : 0;
}

/// Whether an argument of the process is the folder. Everybody may read the arguments.
bool hasArgument(pid_t pid, const fs::path& folder) {
  std::ifstream stream(fs::path("/proc") / std::to_string(pid) / "cmdline", std::ios::binary);
  std::string argument;
  std::error_code ignored;
  while (std::getline(stream, argument, '\0')) {
    if (argument.starts_with('/') && fs::equivalent(argument, folder, ignored)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool isProcess(pid_t pid) {
  if (pid <= 0 || (kill(pid, 0) != 0 && errno != EPERM)) {
    return false;
  }
  std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stream, text);
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() || text[name_end + 2] != 'Z';
}

RunHolder runHolder(const fs::path& folder) {
  const fs::path path = folder / "run.lock";
  RunHolder holder;
  {
    std::istringstream stream(
        readTextFile(path, 4096).text);  // closed before anybody is asked who has it open
    if (!(stream >> holder.pid >> holder.host >> std::ws) || !std::getline(stream, holder.since)) {
      return {};
    }
  }
  holder.start = parseUtc(holder.since);
  holder.seen = modified(path);
  const bool is_fresh = std::difftime(std::time(nullptr), holder.seen) < kFresh;
  holder.is_here = holder.host == hostName();
  if (holder.is_here) {
    const Answer has_lock = isProcess(holder.pid) ? hasOpen(holder.pid, path) : Answer::kNo;
    holder.alive = has_lock == Answer::kYes || (has_lock == Answer::kUnknown && is_fresh);
  } else {
    holder.alive = is_fresh;
  }
  return holder;
}

pid_t launchedProcess(const fs::path& folder) {
  std::error_code ignored;
  std::istringstream stream(readTextFile(folder / kPanelPid, 4096).text);
  pid_t pid = 0;
  const bool is_one = stream >> pid && !fs::exists(folder / kPanelExit, ignored) && isProcess(pid) &&
                      hasArgument(pid, folder);
  return is_one ? pid : 0;
}

}  // namespace panohead
