#include "core/training/run_lock.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <sstream>
#include <stop_token>
#include <string>
#include <unistd.h>

namespace panohead {
namespace {

constexpr std::chrono::seconds kHeartbeat{10};
constexpr std::time_t kFresh = 60;  // seconds

struct Holder {
  pid_t pid = 0;  // 0: nobody
  std::string host;
  std::string since;
};

std::string hostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

Holder readHolder(int descriptor) {
  std::array<char, 1024> text{};
  const ssize_t count = pread(descriptor, text.data(), text.size() - 1, 0);
  std::istringstream lines(std::string(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0));
  Holder holder;
  if (!(lines >> holder.pid >> holder.host >> std::ws) || !std::getline(lines, holder.since)) {
    return {};
  }
  return holder;
}

void writeHolder(int descriptor, const std::filesystem::path& path) {
  const std::string text = fmt::format("{}\n{}\n{}\n", getpid(), hostName(), now());
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text.data(), text.size(), 0) < 0) {
    throwSaveError(path, errno);
  }
}

/// Whether the file was touched within a minute, by the clock of its own file system: the machines' clocks
/// need not agree.
bool touchedLately(int descriptor, const std::filesystem::path& path) {
  struct stat lock{};
  struct stat probe{};
  fstat(descriptor, &lock);
  const AtomicFile fresh(path);  // never committed
  stat(fresh.temporaryPath().c_str(), &probe);
  return probe.st_mtime - lock.st_mtime < kFresh;
}

[[noreturn]] void throwInUse(const std::filesystem::path& folder,
                             const Holder& holder,
                             const std::string& hint) {
  const std::string who =
      holder.pid == 0
          ? std::string("another run")
          : fmt::format("another run (process {} on {}, since {})", holder.pid, holder.host, holder.since);
  throw TrainingError(fmt::format("'{}' is in use by {}", folder.string(), who), hint);
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder, bool take_over) {
  const std::filesystem::path path = folder / "run.lock";
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throwSaveError(path, errno);
  }
  try {
    const bool locked = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    const bool held = !locked && errno == EWOULDBLOCK;
    const Holder holder = readHolder(descriptor_);
    if (held && !take_over) {
      throwInUse(folder, holder, "stop that run first, or choose another --out");
    }
    const bool is_local = holder.host == hostName();
    const bool alive_here = !locked && is_local && (kill(holder.pid, 0) == 0 || errno == EPERM);
    if (!take_over && holder.pid > 0 && (alive_here || (!is_local && touchedLately(descriptor_, path)))) {
      throwInUse(folder,
                 holder,
                 alive_here ? "stop that run first, or choose another --out"
                            : "stop that run first; if it died just now, start again in a minute");
    }
    writeHolder(descriptor_, path);
  } catch (...) {
    close(descriptor_);
    throw;
  }
  heartbeat_ = std::jthread([descriptor = descriptor_](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, kHeartbeat, [&] { return stop.stop_requested(); })) {
      futimens(descriptor, nullptr);
    }
  });
}

RunLock::~RunLock() {
  heartbeat_.request_stop();
  heartbeat_.join();
  static_cast<void>(
      !ftruncate(descriptor_, 0));  // nobody holds it; the file stays, as removing it would race
  close(descriptor_);
}

}  // namespace panohead
