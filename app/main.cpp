#include "app/command_line.h"
#include "app/terminal.h"
#include "core/base/error.h"
#include "core/base/printable_text.h"
#include "core/jobs/thread_turns.h"

#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <new>
#include <sstream>
#include <string>

namespace {

using panohead::printable;
using panohead::app::printError;

enum ExitCode { kFailed = 1, kWrongUse = 2, kInterrupted = 130 };

constexpr int kDetailLines = 4;  // LibTorch adds a whole stack trace
constexpr std::size_t kDetailColumns = 300;

int complain(ExitCode code,
             const std::string& message,
             const std::string& hint,
             const std::string& detail = {}) {
  printError(fmt::format("panohead-studio: {}\n", printable(message, true)));  // it may name what a file says
  if (!hint.empty()) {
    printError(fmt::format("  {}\n", printable(hint, true)));
  }
  std::istringstream lines(detail);
  std::string line;
  for (int i = 0; i < kDetailLines && std::getline(lines, line); ++i) {
    printError(fmt::format("  {}\n", printable(line.substr(0, kDetailColumns))));
  }
  return code;
}

}  // namespace

/// The one place that catches on the command line.
int main(int argc, char** argv) {
  panohead::takeUsualTurns();  // a window that starts a training run has short ones
  try {
    return panohead::app::runCommandLine(argc, argv);
  } catch (const panohead::Cancelled&) {
    return complain(kInterrupted, "interrupted", "");
  } catch (const panohead::OptionError& error) {
    return complain(kWrongUse, error.what(), error.hint(), error.detail());
  } catch (const panohead::Error& error) {
    return complain(kFailed, error.what(), error.hint(), error.detail());
  } catch (const std::bad_alloc&) {
    return complain(kFailed, "out of memory", "close other programs, or choose a smaller --resolution");
  } catch (const std::exception& error) {
    return complain(kFailed, "unexpected error", "this should not happen: please report it", error.what());
  }
}
