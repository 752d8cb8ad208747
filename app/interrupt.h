#pragma once

#include <array>
#include <stop_token>
#include <thread>

namespace panohead::app {

/// While it lives, the first SIGINT or SIGTERM asks for a stop and the second ends the program. One at a
/// time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::array<int, 2> pipe_{-1, -1};
  std::thread watcher_;
};

}  // namespace panohead::app
