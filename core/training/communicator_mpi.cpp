#ifdef PANOHEAD_HAVE_MPI

#include "core/training/communicator_mpi.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/communicator_nccl.h"
#include "core/training/rank_patience.h"
#include "core/training/start_watchdog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <mpi.h>
#include <sched.h>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace panohead {
namespace {

using Clock = RankPatience::Clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::int64_t segment_bytes = 1 << 20;  // of one message: large tensors show progress while they go

std::chrono::duration<double> timeoutOf(const CommunicatorOptions& options) {
  return std::chrono::duration<double, std::ratio<60>>(options.timeout_minutes);
}

class MpiCommunicator final : public Communicator {
 public:
  explicit MpiCommunicator(const CommunicatorOptions& options);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int localRank() const override { return local_rank_; }
  int localSize() const override { return local_size_; }
  void sum(const at::Tensor& values) override {
    startSum(values);
    awaitSums();
  }
  void startSum(const at::Tensor& values) override;
  void awaitSums() override;
  void broadcast(const at::Tensor& values, int root) override;
  double maximum(double value) override;
  void barrier() override;
  void stillHere() noexcept override { patience_.stillHere(); }
  std::vector<int> lost() const override { return patience_.lost(); }
  int writer() const override { return patience_.writer(); }
  void abandon() noexcept override { patience_.abandon(); }
  std::string description() const override;
  std::string advice() const override;

 private:
  std::vector<std::byte> gather(std::span<const std::byte> own);
  /// Waits for a call to finish on this rank; `poll` is true when it has, and sets `moved` on any progress.
  template <class Poll>
  void wait(const Poll& poll);
  void wait(std::vector<MPI_Request>& requests);
  void must(int result, const char* what);
  void sumOnHost(const at::Tensor& values);
  void broadcastOnHost(const at::Tensor& values, int root);
  NcclGroup* gpus(const at::Tensor& values);
  template <class Call>
  void onGpus(const Call& call);
  template <class Start>
  void inSegments(const at::Tensor& part, std::vector<MPI_Request>& requests, const Start& start);

  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1, machines_ = 1;
  RankPatience patience_;
  int exceptions_ = std::uncaught_exceptions();
  bool gpus_tried_ = false;
  bool on_gpus_ = false;  // sums are under way there
  std::unique_ptr<NcclGroup> gpus_;
  at::Tensor scratch_;  // the other ranks' parts of this rank's slice
  /// Memory that MPI may still read or write after a call broke off: then it is never freed.
  std::vector<at::Tensor>* in_flight_ = new std::vector<at::Tensor>;
};

MPI_Datatype mpiType(const at::Tensor& values) {
  return values.scalar_type() == at::kDouble ? MPI_DOUBLE : MPI_FLOAT;
}

void checkExchangeable(const at::Tensor& values) {
  TORCH_CHECK(values.defined() && values.is_contiguous() &&
                  (values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble),
              "ranks exchange contiguous float32 and float64 tensors only");
}

MpiCommunicator::MpiCommunicator(const CommunicatorOptions& options) : patience_(timeoutOf(options)) {
  int initialised = 0;
  MPI_Initialized(&initialised);
  if (initialised != 0) {
    throw DeviceError("the ranks of this process have met before", "make one communicator in a process");
  }
  {
    const StartWatchdog watchdog(timeoutOf(options));
    int provided = MPI_THREAD_SINGLE;
    must(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "start");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm machine = MPI_COMM_NULL;
    must(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine),
         "find the ranks of this machine");
    MPI_Comm_rank(machine, &local_rank_);
    MPI_Comm_size(machine, &local_size_);
    MPI_Comm_free(&machine);
    patience_.connect(rank_, size_, [this](std::span<const std::byte> own) { return gather(own); });
  }
  patience_.beginCall();
  machines_ = 0;
  const std::vector<std::byte> firsts = gather(std::as_bytes(std::span(&local_rank_, 1)));
  for (std::size_t i = 0; i < firsts.size(); i += sizeof(int)) {
    int local = 0;
    std::memcpy(&local, firsts.data() + i, sizeof local);
    machines_ += local == 0 ? 1 : 0;
  }
}

MpiCommunicator::~MpiCommunicator() {
  gpus_.reset();
  // Ranks that wait for one that leaves through an exception are told, and stop as well.
  const bool thrown = std::uncaught_exceptions() > exceptions_;
  // MPI delivers what it still holds for others only while it is called.
  const auto deliver = [] {
    int waiting = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
  };
  if (patience_.leave(thrown, deliver)) {
    MPI_Finalize();  // waits for all ranks: only now that each has come here
  } else {
    failLauncherAtExit();
  }
  if (!patience_.isBroken()) {
    delete in_flight_;
  }
}

std::vector<std::byte> MpiCommunicator::gather(std::span<const std::byte> own) {
  const auto count = static_cast<std::int64_t>(own.size());
  const at::Tensor sent = at::empty({count}, at::kByte);
  const at::Tensor all = at::empty({count * size_}, at::kByte);
  std::memcpy(sent.data_ptr(), own.data(), own.size());
  in_flight_->assign({sent, all});
  std::vector<MPI_Request> requests(1);
  must(MPI_Iallgather(sent.data_ptr(),
                      static_cast<int>(count),
                      MPI_BYTE,
                      all.data_ptr(),
                      static_cast<int>(count),
                      MPI_BYTE,
                      MPI_COMM_WORLD,
                      requests.data()),
       "gather");
  wait(requests);
  const auto* bytes = static_cast<const std::byte*>(all.data_ptr());
  return {bytes, bytes + all.numel()};
}

template <class Poll>
void MpiCommunicator::wait(const Poll& poll) {
  const auto start = Clock::now();
  auto moved_at = start;
  auto checked_at = start;
  patience_.beginWait();
  for (;;) {
    bool moved = false;
    if (poll(moved)) {
      return;
    }
    const auto now = Clock::now();
    if (moved) {
      moved_at = now;
    }
    // While the ranks are being connected, the watchdog of the start keeps the time.
    if (patience_.isConnected() && now - checked_at > milliseconds(20)) {
      checked_at = now;
      patience_.check(std::max(start, moved_at));
    }
    // Another rank may need this core: give way at once, sleep when nothing moves for a while.
    if (now - moved_at < milliseconds(2)) {
      sched_yield();
    } else {
      std::this_thread::sleep_for(now - moved_at < milliseconds(50) ? microseconds(50) : microseconds(500));
    }
  }
}

void MpiCommunicator::wait(std::vector<MPI_Request>& requests) {
  std::vector<int> done(requests.size());
  wait([&](bool& moved) {
    int count = 0;
    must(MPI_Testsome(
             static_cast<int>(requests.size()), requests.data(), &count, done.data(), MPI_STATUSES_IGNORE),
         "transfer");
    moved = count > 0;
    return count == MPI_UNDEFINED ||
           std::ranges::all_of(requests, [](MPI_Request r) { return r == MPI_REQUEST_NULL; });
  });
}

void MpiCommunicator::must(int result, const char* what) {
  if (result != MPI_SUCCESS) {
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(result, text.data(), &length);
    patience_.fail(fmt::format("MPI cannot {}: {}", what, text.data()));
  }
}

template <class Start>
void MpiCommunicator::inSegments(const at::Tensor& part,
                                 std::vector<MPI_Request>& requests,
                                 const Start& start) {
  const auto width = static_cast<std::int64_t>(part.element_size());
  auto* bytes = static_cast<char*>(part.data_ptr());
  for (std::int64_t left = part.nbytes(); left > 0;) {
    const std::int64_t size = std::min(left, segment_bytes);
    must(start(bytes, static_cast<int>(size / width), &requests.emplace_back(MPI_REQUEST_NULL)), "send");
    bytes += size;
    left -= size;
  }
}

void MpiCommunicator::sumOnHost(const at::Tensor& values) {
  // Every rank adds one slice, in the order of the ranks, and hands the result round: each value crosses the
  // network twice at most, and its bits depend on neither slices nor timing.
  const at::Tensor flat = values.view({-1});
  const MPI_Datatype type = mpiType(values);
  const auto slice = [&](int r) {
    const std::int64_t from = flat.numel() * r / size_;
    return flat.narrow(0, from, flat.numel() * (r + 1) / size_ - from);
  };
  const at::Tensor own = slice(rank_);
  const std::int64_t needed = own.numel() * size_;
  if (!scratch_.defined() || scratch_.scalar_type() != flat.scalar_type() || scratch_.numel() < needed) {
    scratch_ = at::empty({needed}, flat.options());
  }
  in_flight_->assign({flat, scratch_});
  const auto part = [&](int r) { return scratch_.narrow(0, own.numel() * r, own.numel()); };
  const auto exchange = [&](const auto& outgoing, const auto& incoming) {
    std::vector<MPI_Request> requests;
    requests.reserve(static_cast<std::size_t>(2 * size_) * (flat.nbytes() / segment_bytes + 2));
    for (int distance = 1; distance < size_; ++distance) {
      const int from = (rank_ + size_ - distance) % size_;
      inSegments(incoming(from), requests, [&](void* at, int count, MPI_Request* request) {
        return MPI_Irecv(at, count, type, from, 0, MPI_COMM_WORLD, request);
      });
    }
    for (int distance = 1; distance < size_; ++distance) {
      const int to = (rank_ + distance) % size_;
      inSegments(outgoing(to), requests, [&](void* at, int count, MPI_Request* request) {
        return MPI_Isend(at, count, type, to, 0, MPI_COMM_WORLD, request);
      });
    }
    if (!requests.empty()) {
      wait(requests);
    }
  };
  exchange(slice, part);
  part(rank_).copy_(own);
  own.copy_(part(0));
  for (int r = 1; r < size_; ++r) {
    own.add_(part(r));
  }
  exchange([&](int) { return own; }, slice);
  patience_.check(Clock::now());  // shared memory of a dying rank must not have been read
}

void MpiCommunicator::broadcastOnHost(const at::Tensor& values, int root) {
  in_flight_->assign({values});
  std::vector<MPI_Request> requests;
  requests.reserve(values.nbytes() / segment_bytes + 2);
  inSegments(values, requests, [&](void* at, int count, MPI_Request* request) {
    return MPI_Ibcast(at, count, mpiType(values), root, MPI_COMM_WORLD, request);
  });
  if (!requests.empty()) {
    wait(requests);
  }
}

NcclGroup* MpiCommunicator::gpus(const at::Tensor& values) {
  if (!gpus_tried_) {
    gpus_tried_ = true;
    gpus_ = NcclGroup::create(
        {rank_, size_, values.get_device()},
        [this](std::span<const std::byte> own) { return gather(own); },
        [this](const NcclGroup::Poll& poll) { wait([&](bool&) { return poll(); }); });
  }
  return gpus_.get();
}

template <class Call>
void MpiCommunicator::onGpus(const Call& call) {
  try {
    call();
  } catch (const RankError& error) {
    if (!patience_.isBroken()) {
      patience_.failWithStory(error.what());  // NCCL only knows that something broke
    }
    throw;
  }
}

void MpiCommunicator::startSum(const at::Tensor& values) {
  const at::NoGradGuard no_grad;
  checkExchangeable(values);
  patience_.beginCall();
  if (values.device().is_cpu()) {
    sumOnHost(values);
  } else if (NcclGroup* group = gpus(values)) {
    on_gpus_ = true;
    onGpus([&] { group->startSum(values.data_ptr(), values.numel(), values.scalar_type() == at::kDouble); });
  } else {
    const at::Tensor host = values.cpu();
    sumOnHost(host);
    values.copy_(host);
  }
}

void MpiCommunicator::awaitSums() {
  if (on_gpus_) {
    patience_.beginCall();  // what the GPU had to do before counts, too
    onGpus([&] { gpus_->finish(); });
    on_gpus_ = false;
  }
}

void MpiCommunicator::broadcast(const at::Tensor& values, int root) {
  const at::NoGradGuard no_grad;
  checkExchangeable(values);
  TORCH_CHECK(root >= 0 && root < size_, "rank ", root, " of ", size_);
  patience_.beginCall();
  if (values.device().is_cpu()) {
    broadcastOnHost(values, root);
  } else if (NcclGroup* group = gpus(values)) {
    onGpus([&] {
      group->startBroadcast(values.data_ptr(), static_cast<std::int64_t>(values.nbytes()), root);
      group->finish();
    });
  } else {
    const at::Tensor host = values.cpu();
    broadcastOnHost(host, root);
    values.copy_(host);
  }
}

double MpiCommunicator::maximum(double value) {
  patience_.beginCall();
  const std::vector<std::byte> all = gather(std::as_bytes(std::span(&value, 1)));
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < all.size(); i += sizeof(double)) {
    double other = 0;
    std::memcpy(&other, all.data() + i, sizeof other);
    largest = std::isnan(other) || other > largest ? other : largest;  // not a number wins...
    if (std::isnan(largest)) {
      break;  // ...and stays
    }
  }
  return largest;
}

void MpiCommunicator::barrier() {
  patience_.beginCall();
  std::vector<MPI_Request> requests(1);
  must(MPI_Ibarrier(MPI_COMM_WORLD, requests.data()), "meet");
  wait(requests);
}

std::string MpiCommunicator::description() const {
  std::string text =
      fmt::format("{} ranks on {} machine{} over MPI", size_, machines_, machines_ == 1 ? "" : "s");
  if (const std::vector<int> blind = patience_.unwatched(); !blind.empty()) {
    text += fmt::format("; rank {} has no connection to rank {}: the death of one is noticed by timeout only",
                        rank_,
                        fmt::join(blind, ", "));
  }
  return text;
}

std::string MpiCommunicator::advice() const {
  const char* recovery = std::getenv("OMPI_MCA_orte_enable_recovery");
  const bool mpirun = std::getenv("OMPI_COMM_WORLD_SIZE") && !std::getenv("SLURM_STEP_ID");
  if (!mpirun || (recovery && std::string_view(recovery) != "0")) {
    return {};
  }
  return "when a rank dies, mpirun kills the others two seconds later, perhaps before their checkpoint is "
         "written: start with mpirun --enable-recovery";
}

}  // namespace

std::unique_ptr<Communicator> makeMpiCommunicator(const CommunicatorOptions& options) {
  return std::make_unique<MpiCommunicator>(options);
}

}  // namespace panohead

#endif
