#pragma once

#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace panohead::test {

struct ProcessResult {
  int exit_code = -1;  // negative: killed by that signal
  std::string output;  // standard output
  std::string errors;  // standard error
};

struct ProcessOptions {
  std::string output_file{};  // standard output goes there when not empty
  std::string input_file{};   // standard input comes from there when not empty
  /// Called about every 20 ms with the process id and standard error so far, e.g. to send a signal.
  std::function<void(pid_t, const std::string&)> watch = nullptr;
  std::size_t max_file_bytes = 0;     // larger files cannot be written, as on a full disk; 0 = no limit
  std::chrono::seconds timeout{300};  // then it is killed
};

/// Runs a program to its end. The first element of `command` is its path.
inline ProcessResult runProcess(const std::vector<std::string>& command, const ProcessOptions& options = {}) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  const pid_t child = fork();
  if (child == 0) {
    const int target = options.output_file.empty() ? out[1] : open(options.output_file.c_str(), O_WRONLY);
    dup2(target, STDOUT_FILENO);
    if (!options.input_file.empty()) {
      dup2(open(options.input_file.c_str(), O_RDONLY), STDIN_FILENO);
    }
    dup2(err[1], STDERR_FILENO);
    if (options.max_file_bytes > 0) {
      rlimit limit{};
      getrlimit(RLIMIT_FSIZE, &limit);
      limit.rlim_cur = options.max_file_bytes;  // `watch` may raise it again
      setrlimit(RLIMIT_FSIZE, &limit);
      signal(SIGXFSZ, SIG_IGN);  // write() fails instead
    }
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);

  ProcessResult result;
  std::array<pollfd, 2> pipes{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    poll(pipes.data(), pipes.size(), 20);
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].fd >= 0 && pipes[i].revents != 0) {
        std::array<char, 4096> buffer{};
        const ssize_t count = read(pipes[i].fd, buffer.data(), buffer.size());
        if (count > 0) {
          (i == 0 ? result.output : result.errors).append(buffer.data(), static_cast<std::size_t>(count));
        } else {
          close(pipes[i].fd);
          pipes[i].fd = -1;
        }
      }
    }
    if (options.watch) {
      options.watch(child, result.errors);
    }
    if (std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return result;
}

}  // namespace panohead::test
