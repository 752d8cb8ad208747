#pragma once

#include "core/training/communicator.h"

#include <memory>

namespace panohead {

/// The ranks that mpirun or srun started; see makeCommunicator. Only in builds with MPI (PANOHEAD_HAVE_MPI).
std::unique_ptr<Communicator> makeMpiCommunicator(const CommunicatorOptions& options);

/// What failLauncherAtExit() does, now.
void failLauncher() noexcept;

}  // namespace panohead
