#pragma once

#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"
#include "tests/support/test_files.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead::test {

/// Runs panohead-studio, the program under test.
inline ProcessResult studio(std::vector<std::string> arguments, const ProcessOptions& options = {}) {
  setenv("OMP_WAIT_POLICY", "passive", 1);  // spinning threads would slow down whatever else runs
  arguments.insert(arguments.begin(), PANOHEAD_EXECUTABLE);
  return runProcess(arguments, options);
}

}  // namespace panohead::test

/// Skips the test where the shared file is missing, else names it `variable`.
#define PANOHEAD_SHARED_FILE(variable, relative)                                 \
  const std::string variable = panohead::test::sharedData(relative).string();    \
  if (!std::filesystem::exists(variable)) {                                      \
    GTEST_SKIP() << "needs " relative " of the shared folder (PANOHEAD_SHARED)"; \
  }                                                                              \
  static_assert(true)
