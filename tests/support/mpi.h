#pragma once

#include "tests/support/places.h"
#include "tests/support/subprocess.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace panohead::test {

/// The path of mpirun, or empty.
inline std::string mpirunPath() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/mpirun";
    if (access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return {};
}

/// Why nothing can be run under mpirun here: for GTEST_SKIP. Empty when it can.
inline std::string mpiMissing() {
#ifndef PANOHEAD_HAVE_MPI
  return "this build has no MPI (package libopenmpi-dev)";
#else
  return mpirunPath().empty() ? "there is no mpirun here (package openmpi-bin)" : "";
#endif
}

/// `command` as so many ranks on this machine, however few cores it has; `extra` are options of mpirun.
inline std::vector<std::string> mpiCommand(int ranks,
                                           const std::vector<std::string>& command,
                                           const std::vector<std::string>& extra = {"--enable-recovery"}) {
  std::vector<std::string> all{
      mpirunPath(), "--oversubscribe", "--bind-to", "none", "-n", std::to_string(ranks)};
  if (geteuid() == 0) {
    all.emplace_back("--allow-run-as-root");
  }
  all.insert(all.end(), extra.begin(), extra.end());
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

/// The last of mpirun's ranks, while it runs.
inline pid_t lastRankOf(pid_t mpirun) {
  const std::string process = std::to_string(mpirun);
  std::ifstream children("/proc/" + process + "/task/" + process + "/children");
  pid_t last = 0;
  for (pid_t child = 0; children >> child;) {
    last = child;
  }
  return last;
}

/// Runs it to its end. Standard output and error of all ranks come together in the result.
/// Only to be called when mpiMissing() is empty.
inline ProcessResult runRanks(int ranks,
                              const std::vector<std::string>& command,
                              const ProcessOptions& options = {}) {
  return runProcess(mpiCommand(ranks, command), options);
}

/// The same of panohead-studio, the program under test.
inline ProcessResult studioRanks(int ranks,
                                 const std::vector<std::string>& arguments,
                                 const ProcessOptions& options = {}) {
  std::vector<std::string> all{studioProgram()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return runRanks(ranks, all, options);
}

}  // namespace panohead::test
