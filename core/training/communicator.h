#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// What the ranks of one run say to each other. Collective: every rank makes the same calls in the same
/// order, from one thread. Every call that must wait for others throws RankError, on every surviving rank,
/// when another rank died (at once when its process ends, within half a minute when its machine vanishes)
/// or has not answered for CommunicatorOptions::timeout_minutes. After a RankError nothing can be exchanged
/// any more: the rank named by writer() saves what is to be saved, then all call abandon().
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Number of this rank among those of its machine: the index of its GPU.
  virtual int localRank() const = 0;
  /// Ranks on this machine.
  virtual int localSize() const = 0;

  /// Sum over the ranks, in place. On CPUs values are added in the order of the ranks, so that the same
  /// ranks give the same bits, all of them and every time.
  /// @param values float32 or float64, contiguous, on the CPU or a GPU
  virtual void sum(const at::Tensor& values) = 0;
  /// Begins such a sum: what the calling thread gives to the GPU afterwards finds it done, while the host
  /// goes on. Before it reads values, or exchanges anything in another way, awaitSums() is to be called. The
  /// same as sum() unless the ranks' GPUs exchange by themselves.
  virtual void startSum(const at::Tensor& values) { sum(values); }
  /// Waits for what startSum() began, and throws what sum() would have.
  virtual void awaitSums() {}
  /// The root's values on every rank. @param values as for sum
  virtual void broadcast(const at::Tensor& values, int root = 0) = 0;
  /// Largest of the ranks' values: clocks and flags that all must agree on.
  virtual double maximum(double value) = 0;
  virtual void barrier() = 0;

  /// Tells ranks that wait for this one that it is busy and well: their timeouts start again. Not collective;
  /// for work that only one rank does (sheets, snapshots, a pause, a full disk). Cheap, never blocks or
  /// throws.
  virtual void stillHere() noexcept = 0;
  /// Ranks known to have died or not to answer, ascending. Empty while all is well.
  virtual std::vector<int> lost() const = 0;
  /// The rank that writes files: the lowest one that is not lost; 0 while all is well.
  virtual int writer() const = 0;
  /// Ends the exchange without the others' help; only the destructor may follow, which then does not block
  /// either. To be called after a RankError and after the writer has written: ranks that are not the writer
  /// wait here until it has called this too or died (so that their end does not make mpirun kill it).
  virtual void abandon() noexcept = 0;

  /// "4 ranks on 2 machines over MPI": one line for the log.
  virtual std::string description() const = 0;
  /// What the user should change about how the ranks were started; empty when nothing.
  virtual std::string advice() const = 0;
};

struct CommunicatorOptions {
  /// How long a rank waits in one call for others that are alive but silent. Longer than the longest thing
  /// that one rank does alone without stillHere().
  double timeout_minutes = 10;
};

/// One rank: nothing to exchange.
std::unique_ptr<Communicator> makeSingleCommunicator();

/// MPI when the program was started by mpirun or srun with more than one process (and built with MPI),
/// with NCCL for GPU tensors where there are GPUs; else a single rank. Call it once in a process.
/// Throws DeviceError when started by mpirun but built without MPI, OptionError for a timeout that is not
/// positive, RankError when the others do not come.
std::unique_ptr<Communicator> makeCommunicator(const CommunicatorOptions& options = {});

/// Makes a failure of this process visible where its ranks were started: `mpirun --enable-recovery` returns 0
/// whatever became of them. When this process exits, it ends such an mpirun, which then returns 1 and takes
/// ranks that hang with it; nothing happens under other launchers. Communicators call it when they break off;
/// for errors before there is one, call it before exiting with a failure.
void failLauncherAtExit() noexcept;

}  // namespace panohead
