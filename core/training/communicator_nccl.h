#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace panohead {

/// The ranks' GPUs, exchanging through NCCL on a stream of their own. Knows no LibTorch: raw device pointers
/// on the device that create() was given, written before on the default stream, on which LibTorch computes
/// unless told otherwise.
class NcclGroup {
 public:
  /// True when an operation has finished; throws RankError when NCCL reports that it cannot.
  using Poll = std::function<bool()>;
  /// Polls until true. It may throw RankError in between: the operation is then aborted on the GPU.
  using Wait = std::function<void(const Poll&)>;
  /// Joins every rank's bytes, all of the same length, in the order of the ranks.
  using Gather = std::function<std::vector<std::byte>(std::span<const std::byte> own)>;
  struct Place {
    int rank = 0;
    int size = 1;
    int device = 0;  // index of this rank's GPU
  };

  /// Collective. Null, on all ranks, when this build has no NCCL or when two ranks share a GPU.
  static std::unique_ptr<NcclGroup> create(const Place& place, const Gather& gather, const Wait& wait);

  virtual ~NcclGroup() = default;
  /// In place, float32 or float64. Collective; done for what is given to the caller's stream afterwards, and
  /// for everybody after finish().
  virtual void startSum(void* values, std::int64_t count, bool is_double) = 0;
  virtual void startBroadcast(void* bytes, std::int64_t size, int root) = 0;
  /// Waits for all that was started.
  virtual void finish() = 0;
};

}  // namespace panohead
