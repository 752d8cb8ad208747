#include "core/runs/run_holder.h"

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

bool isFresh(const fs::path& file) {
  struct stat facts{};
  return stat(file.c_str(), &facts) == 0 && std::difftime(std::time(nullptr), facts.st_mtime) < kFresh;
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
    std::ifstream stream(path);  // closed before anybody is asked who has it open
    if (!(stream >> holder.pid >> holder.host >> std::ws) || !std::getline(stream, holder.since)) {
      return {};
    }
  }
  holder.start = parseUtc(holder.since);
  holder.is_here = holder.host == hostName();
  if (holder.is_here) {
    const Answer has_lock = isProcess(holder.pid) ? hasOpen(holder.pid, path) : Answer::kNo;
    holder.alive = has_lock == Answer::kYes || (has_lock == Answer::kUnknown && isFresh(path));
  } else {
    holder.alive = isFresh(path);
  }
  return holder;
}

}  // namespace panohead
