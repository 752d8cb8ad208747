#include "app/interrupt.h"

#include "core/base/error.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace panohead::app {
namespace {

volatile std::sig_atomic_t wake_descriptor = -1;

// A stop_source locks and calls back, which a signal handler must not: it only writes a byte.
void onSignal(int) {
  const int saved = errno;
  const char byte = 0;
  static_cast<void>(!write(wake_descriptor, &byte, 1));
  errno = saved;
}

void setHandler(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup{};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) {  // nohup
    sigaction(SIGHUP, &action, nullptr);
  }
}

}  // namespace

Interrupt::Interrupt() {
  if (pipe2(pipe_.data(), O_CLOEXEC) != 0) {
    throw DeviceError("the system has no free file descriptor", "close other programs", std::strerror(errno));
  }
  wake_descriptor = pipe_[1];
  watcher_ = std::thread([this] {
    char byte = 0;
    ssize_t count = 0;
    do {
      count = read(pipe_[0], &byte, 1);
    } while (count < 0 && errno == EINTR);
    if (count == 1) {  // 0: the write end was closed by the destructor
      source_.request_stop();
    }
  });
  setHandler(onSignal);
}

Interrupt::~Interrupt() {
  setHandler(SIG_DFL);
  close(pipe_[1]);
  watcher_.join();
  close(pipe_[0]);
}

}  // namespace panohead::app
