#include "core/training/communicator.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/communicator_mpi.h"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace panohead {
namespace {

class SingleCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int localRank() const override { return 0; }
  int localSize() const override { return 1; }
  void sum(const at::Tensor&) override {}
  void broadcast(const at::Tensor&, int root) override { TORCH_CHECK(root == 0, "rank ", root, " of one"); }
  double maximum(double value) override { return value; }
  void barrier() override {}
  void stillHere() noexcept override {}
  std::vector<int> lost() const override { return {}; }
  int writer() const override { return 0; }
  void abandon() noexcept override {}
  std::string description() const override { return "one rank"; }
  std::string advice() const override { return {}; }
};

/// The number in an environment variable; 0 when it is not there or not a number.
int environmentNumber(const char* name) {
  const char* text = std::getenv(name);
  if (!text) {
    return 0;
  }
  const std::string_view view(text);
  int number = 0;
  const auto result = std::from_chars(view.data(), view.data() + view.size(), number);
  return result.ec == std::errc() && result.ptr == view.data() + view.size() ? number : 0;
}

/// Processes that a launcher started together with this one. SLURM sets SLURM_NTASKS in a batch script as
/// well, which is not one of them: only srun's tasks have SLURM_PROCID and a PMI to meet through.
int launchedProcesses() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}) {
    if (const int count = environmentNumber(name); count > 0) {
      return count;
    }
  }
  const bool meets = std::getenv("PMIX_RANK") || std::getenv("PMI_RANK") || std::getenv("PMI_FD") ||
                     std::getenv("SLURM_PMI_FD") || std::getenv("SLURM_MPI_TYPE");
  const bool step = std::getenv("SLURM_PROCID") && std::getenv("SLURM_STEP_ID");
  return step && meets ? environmentNumber("SLURM_STEP_NUM_TASKS") : 0;
}

/// The mpirun that started this process itself, with the option that makes it return 0; or 0.
pid_t forgivingLauncher() {
  if (environmentNumber("OMPI_MCA_orte_enable_recovery") == 0) {
    return 0;
  }
  const pid_t parent = getppid();
  std::string name;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", parent)), name);
  const bool known = name == "mpirun" || name == "mpiexec" || name == "orterun";
  return known && parent > 1 ? parent : 0;
}

}  // namespace

void failLauncher() noexcept {
  if (const pid_t launcher = forgivingLauncher(); launcher > 0) {
    std::fflush(nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // others say their last words
    kill(launcher, SIGTERM);
  }
}

void failLauncherAtExit() noexcept {
  static std::atomic<bool> registered{false};
  if (!registered.exchange(true)) {
    std::atexit(failLauncher);
  }
}

std::unique_ptr<Communicator> makeSingleCommunicator() { return std::make_unique<SingleCommunicator>(); }

std::unique_ptr<Communicator> makeCommunicator(const CommunicatorOptions& options) {
  if (!(options.timeout_minutes > 0)) {
    throw OptionError(fmt::format("ranks cannot wait {} minutes for each other", options.timeout_minutes),
                      "choose a timeout above 0");
  }
  const int processes = launchedProcesses();
  if (processes <= 1) {
    return makeSingleCommunicator();
  }
#ifdef PANOHEAD_HAVE_MPI
  return makeMpiCommunicator(options);
#else
  throw DeviceError(
      fmt::format("started as one of {} processes, but this program was built without MPI", processes),
      "install libopenmpi-dev and openmpi-bin and configure the build again, or start it alone");
#endif
}

}  // namespace panohead
