#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

namespace panohead {

/// What the ranks of one run say to each other. Collective: every rank makes the same calls in the same
/// order. All calls throw RankError within seconds, on every surviving rank, when another rank died.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Sum over the ranks, in place. @param values float32 or float64, contiguous, on the CPU or (NCCL) a GPU
  virtual void sum(const at::Tensor& values) = 0;
  /// The root's values on every rank.
  virtual void broadcast(const at::Tensor& values, int root = 0) = 0;
  /// Largest of the ranks' values: clocks and flags that all must agree on.
  virtual double maximum(double value) = 0;
  virtual void barrier() = 0;
};

/// One rank: nothing to exchange.
std::unique_ptr<Communicator> makeSingleCommunicator();

/// MPI when the program was started by mpirun or srun with more than one process (and built with MPI),
/// with NCCL for GPU tensors where there are GPUs; else a single rank.
/// Throws DeviceError when started by mpirun but built without MPI.
std::unique_ptr<Communicator> makeCommunicator();

}  // namespace panohead
