#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace panohead::test {

/// Sets a variable of the environment for as long as it lives, and puts it back as it was.
class ScopedEnvironment {
 public:
  /// @param value nothing: the variable is not set
  ScopedEnvironment(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) {
      before_ = before;
    }
    set(value);
  }
  ~ScopedEnvironment() { set(before_); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    value ? setenv(name_.c_str(), value->c_str(), 1) : unsetenv(name_.c_str());
  }

  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace panohead::test
