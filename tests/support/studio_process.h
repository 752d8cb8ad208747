#pragma once

#include "tests/support/places.h"
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
  arguments.insert(arguments.begin(), studioProgram());
  return runProcess(arguments, options);
}

}  // namespace panohead::test
