#include "app/command_line.h"
#include "core/base/error.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace {

enum ExitCode { kFailed = 1, kWrongUse = 2, kInterrupted = 130 };

int complain(ExitCode code, const std::string& message, const std::string& hint) {
  fmt::print(stderr, "panohead-studio: {}\n", message);
  if (!hint.empty()) {
    fmt::print(stderr, "  {}\n", hint);
  }
  return code;
}

}  // namespace

/// The one place that catches on the command line.
int main(int argc, char** argv) {
  try {
    return panohead::app::runCommandLine(argc, argv);
  } catch (const panohead::Cancelled&) {
    return complain(kInterrupted, "interrupted", "");
  } catch (const panohead::OptionError& error) {
    return complain(kWrongUse, error.what(), error.hint());
  } catch (const panohead::Error& error) {
    return complain(kFailed, error.what(), error.hint());
  } catch (const std::bad_alloc&) {
    return complain(kFailed, "out of memory", "close other programs, or choose a smaller --resolution");
  } catch (const std::exception& error) {
    const std::string text = error.what();  // LibTorch adds a stack trace below the first line
    return complain(kFailed, text.substr(0, text.find('\n')), "this should not happen: please report it");
  }
}
