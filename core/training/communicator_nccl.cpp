#include "core/training/communicator_nccl.h"

#ifdef PANOHEAD_HAVE_NCCL

#include "core/base/error.h"
#include "core/fast/cuda/cuda_check.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <cuda_runtime_api.h>
#include <fstream>
#include <nccl.h>
#include <string>
#include <unistd.h>

namespace panohead {
namespace {

using fast::cuda::must;

/// A GPU in the world: two ranks on one cannot form an NCCL group.
struct Seat {
  std::array<char, 64> machine{};
  std::array<char, 32> bus{};
};

Seat ownSeat(int device) {
  Seat seat;
  std::string machine;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> machine;
  machine.copy(seat.machine.data(), seat.machine.size() - 1);
  must(cudaDeviceGetPCIBusId(seat.bus.data(), static_cast<int>(seat.bus.size()), device), "name the GPU");
  return seat;
}

class NcclGroupOfGpus final : public NcclGroup {
 public:
  NcclGroupOfGpus(const Place& place, const ncclUniqueId& id, const Wait& wait) : place_(place), wait_(wait) {
    must(cudaSetDevice(place.device), "use the GPU");
    must(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a stream");
    must(cudaEventCreateWithFlags(&ready_, cudaEventDisableTiming), "make an event");
    must(cudaEventCreateWithFlags(&done_, cudaEventDisableTiming), "make an event");
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;  // so that a rank that does not come can be noticed
    guarded([&] { started(ncclCommInitRankConfig(&group_, place.size, id, place.rank, &config)); });
  }

  ~NcclGroupOfGpus() override {
    abort();  // nothing is under way, and other than finalising it never waits for another rank
    cudaEventDestroy(ready_);
    cudaEventDestroy(done_);
    cudaStreamDestroy(stream_);
  }
  NcclGroupOfGpus(const NcclGroupOfGpus&) = delete;
  NcclGroupOfGpus& operator=(const NcclGroupOfGpus&) = delete;

  void startSum(void* values, std::int64_t count, bool is_double) override {
    start([&] {
      return ncclAllReduce(values,
                           values,
                           static_cast<std::size_t>(count),
                           is_double ? ncclDouble : ncclFloat,
                           ncclSum,
                           group_,
                           stream_);
    });
  }

  void startBroadcast(void* bytes, std::int64_t size, int root) override {
    start([&] {
      return ncclBroadcast(bytes, bytes, static_cast<std::size_t>(size), ncclUint8, root, group_, stream_);
    });
  }

  /// Asks instead of sleeping in the driver, from where nobody could be woken when a rank dies.
  void finish() override {
    guarded([&] {
      wait_([this] {
        const cudaError_t state = cudaEventQuery(done_);
        if (state == cudaErrorNotReady) {
          inProgress();
          return false;
        }
        must(state, "exchange gradients");
        return true;
      });
    });
  }

 private:
  /// The caller's stream and the exchange's wait for each other on the GPU; the host goes on.
  template <class Launch>
  void start(const Launch& launch) {
    must(cudaSetDevice(place_.device), "use the GPU");
    constexpr cudaStream_t kCaller = nullptr;  // the default stream
    must(cudaEventRecord(ready_, kCaller), "mark the gradients");
    must(cudaStreamWaitEvent(stream_, ready_, 0), "wait for the gradients");
    guarded([&] {
      started(launch());
      must(cudaEventRecord(done_, stream_), "mark the exchange");
      must(cudaStreamWaitEvent(kCaller, done_, 0), "wait for the exchange");
    });
  }

  /// Whatever breaks a call off also takes its kernel from the GPU, which would spin there for ever.
  template <class Call>
  void guarded(const Call& call) {
    try {
      call();
    } catch (...) {
      abort();
      throw;
    }
  }

  /// Waits until a call that may return early is under way.
  void started(ncclResult_t result) {
    if (result != ncclInProgress) {
      check(result);
      return;
    }
    wait_([this] { return !inProgress(); });
  }

  bool inProgress() {
    ncclResult_t state = ncclSuccess;
    check(ncclCommGetAsyncError(group_, &state));
    if (state != ncclInProgress) {
      check(state);
    }
    return state == ncclInProgress;
  }

  void check(ncclResult_t result) {
    if (result != ncclSuccess) {
      throw RankError(fmt::format("NCCL: {}", ncclGetErrorString(result)),
                      "NCCL_DEBUG=WARN in the environment tells more",
                      group_ ? ncclGetLastError(group_) : "");
    }
  }

  void abort() noexcept {
    if (group_) {
      ncclCommAbort(group_);
      group_ = nullptr;
    }
  }

  Place place_;
  Wait wait_;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t ready_ = nullptr, done_ = nullptr;
  ncclComm_t group_ = nullptr;
};

}  // namespace

std::unique_ptr<NcclGroup> NcclGroup::create(const Place& place, const Gather& gather, const Wait& wait) {
  const Seat own = ownSeat(place.device);
  const std::vector<std::byte> seats = gather(std::as_bytes(std::span(&own, 1)));
  for (std::size_t a = 0; a < seats.size(); a += sizeof(Seat)) {
    for (std::size_t b = 0; b < a; b += sizeof(Seat)) {
      if (std::memcmp(&seats[a], &seats[b], sizeof(Seat)) == 0) {
        return nullptr;
      }
    }
  }
  ncclUniqueId id{};
  if (place.rank == 0 && ncclGetUniqueId(&id) != ncclSuccess) {
    throw DeviceError("NCCL cannot open a meeting point", "NCCL_DEBUG=WARN in the environment tells more");
  }
  const std::vector<std::byte> ids = gather(std::as_bytes(std::span(&id, 1)));
  std::memcpy(&id, ids.data(), sizeof id);  // rank 0's
  return std::make_unique<NcclGroupOfGpus>(place, id, wait);
}

}  // namespace panohead

#else

namespace panohead {

std::unique_ptr<NcclGroup> NcclGroup::create(const Place&, const Gather&, const Wait&) { return nullptr; }

}  // namespace panohead

#endif
