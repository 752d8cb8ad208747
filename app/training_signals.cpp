#include "app/training_signals.h"

#include "core/base/error.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace panohead::app {
namespace {

std::atomic<TrainingControl*> controlled{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<TrainingControl*>::is_always_lock_free,
              "signal handlers may use lock-free atomics only");

void onSignal(int signal) {
  if (TrainingControl* control = controlled.load()) {
    if (signal == SIGUSR1) {
      control->pause.store(!control->pause.load());
    } else {
      control->snapshot.store(true);
    }
  }
}

void setHandler(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);
}

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

TrainingSignals::TrainingSignals(TrainingControl& control) {
  controlled.store(&control);
  setHandler(onSignal);
}

// The signals are ignored from here on: one that comes late must not end a run that writes its last file.
TrainingSignals::~TrainingSignals() {
  setHandler(SIG_IGN);
  controlled.store(nullptr);
}

TrainingCommands::TrainingCommands(TrainingControl& control,
                                   std::function<void()> stop,
                                   std::function<void(const std::string&)> unknown)
    : control_(control), stop_(std::move(stop)), unknown_(std::move(unknown)) {
  if (pipe2(wake_.data(), O_CLOEXEC) != 0) {
    throw DeviceError("the system has no free file descriptor", "close other programs", std::strerror(errno));
  }
  reader_ = std::thread([this] { read(); });
}

TrainingCommands::~TrainingCommands() {
  close(wake_[1]);
  reader_.join();
  close(wake_[0]);
}

void TrainingCommands::read() {
  std::string pending;
  std::array<char, 4096> buffer{};
  while (true) {
    std::array<pollfd, 2> ends{{{STDIN_FILENO, POLLIN, 0}, {wake_[0], POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), -1) < 0) {
      if (errno == EINTR) {
        continue;
      }
      return;
    }
    if (ends[1].revents != 0) {
      return;
    }
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      if (!pending.empty()) {
        obey(pending);
      }
      return;
    }
    pending.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      obey(pending.substr(0, end));
      pending.erase(0, end + 1);
    }
  }
}

void TrainingCommands::obey(const std::string& line) {
  const std::string command = trimmed(line);
  if (command == "pause") {
    control_.pause = true;
  } else if (command == "resume") {
    control_.pause = false;
  } else if (command == "snapshot") {
    control_.snapshot = true;
  } else if (command == "stop") {
    stop_();
  } else if (!command.empty()) {
    unknown_(command);
  }
}

}  // namespace panohead::app
