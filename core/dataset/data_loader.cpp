#include "core/dataset/data_loader.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/dataset/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace panohead {
namespace {

constexpr int kMaxFailures = 100;  // pictures in a row

void checkOptions(const DataLoaderOptions& options) {
  if (options.batch < 1 || options.first < 0 || options.count < 1 ||
      options.count > options.batch - options.first) {
    throw OptionError(fmt::format("pictures {} .. {} are no part of a batch of {}",
                                  options.first,
                                  options.first + options.count,
                                  options.batch),
                      "every rank takes at least one picture of each batch");
  }
  if (options.workers < 1 || options.prefetch < 1) {
    throw OptionError(
        fmt::format("--workers {} with {} batches ahead is not possible", options.workers, options.prefetch),
        "choose at least 1 of both");
  }
}

/// A batch being filled.
struct Slot {
  DataBatch batch;
  std::int64_t missing = 0;  // pictures
  std::exception_ptr failure;
};

/// One picture to decode: number `index` of batch `batch` (counted from the loader's start).
struct Ticket {
  std::uint64_t batch = 0;
  std::int64_t index = 0;
  std::size_t item = 0;
};

}  // namespace

struct DataLoader::State {
  std::shared_ptr<const Dataset> dataset;
  DataLoaderOptions options;

  mutable std::mutex mutex;
  std::condition_variable_any work;  // threads wait for room ahead
  std::condition_variable ready;     // next() waits for its batch
  Sampler sampler;
  std::vector<Slot> ring;                       // batch b lies in ring[b % prefetch]
  Ticket next_ticket;                           // item is set when it is taken
  std::uint64_t delivered = 0;                  // batches
  double waited = 0;                            // seconds
  std::exception_ptr fatal;                     // no room for another batch
  std::map<std::uint32_t, std::string> broken;  // entries and why
  std::vector<std::string> skipped;             // the same reasons as they were found
  std::vector<std::jthread> threads;            // last: joined before the rest goes

  State(std::shared_ptr<const Dataset> set, const DataLoaderOptions& wanted)
      : dataset(std::move(set)),
        options(wanted),
        sampler(dataset->items().size(), wanted.seed),
        ring(static_cast<std::size_t>(wanted.prefetch)) {}

  Slot& slotOf(std::uint64_t batch) { return ring[batch % ring.size()]; }
  bool hasRoom() const { return next_ticket.batch < delivered + ring.size(); }
  Ticket takeTicket();
  void run(const std::stop_token& stop);
  std::string whyBroken(std::uint32_t entry) const;
  void decode(const Ticket& ticket, Slot& slot);
};

/// With the lock held.
Ticket DataLoader::State::takeTicket() {
  Ticket ticket = next_ticket;
  if (ticket.index == 0) {
    Slot& slot = slotOf(ticket.batch);
    const auto count = static_cast<std::size_t>(options.count);
    const auto pixels =
        static_cast<std::size_t>(dataset->resolution()) * static_cast<std::size_t>(dataset->resolution());
    slot.missing = options.count;
    slot.failure = nullptr;
    slot.batch = {.size = options.count,
                  .resolution = dataset->resolution(),
                  .pictures = std::vector<std::uint8_t>(count * pixels * 3),
                  .masks = std::vector<std::uint8_t>(dataset->hasMasks() ? count * pixels : 0),
                  .labels = std::vector<float>(count * CameraLabel().size()),
                  .items = std::vector<DatasetItem>(count)};
  }
  const auto offset = static_cast<std::uint64_t>(options.first + ticket.index);
  ticket.item =
      sampler.at(options.position + ticket.batch * static_cast<std::uint64_t>(options.batch) + offset);
  if (++next_ticket.index == options.count) {
    next_ticket.index = 0;
    ++next_ticket.batch;
  }
  return ticket;
}

std::string DataLoader::State::whyBroken(std::uint32_t entry) const {
  const std::scoped_lock lock(mutex);
  const auto found = broken.find(entry);
  return found == broken.end() ? std::string() : found->second;
}

void DataLoader::State::decode(const Ticket& ticket, Slot& slot) {
  const std::vector<DatasetItem>& items = dataset->items();
  std::string reason;
  for (int attempt = 0; attempt < kMaxFailures; ++attempt) {
    const DatasetItem item = items[(ticket.item + static_cast<std::size_t>(attempt)) % items.size()];
    reason = whyBroken(item.entry);
    if (!reason.empty()) {
      continue;
    }
    try {
      const LoadedItem loaded = dataset->load(item);
      const auto place = static_cast<std::ptrdiff_t>(ticket.index);
      const auto put = [place](const auto& from, auto& to) {
        std::copy(from.begin(), from.end(), to.begin() + place * static_cast<std::ptrdiff_t>(from.size()));
      };
      put(loaded.picture.pixels, slot.batch.pictures);
      put(loaded.mask.pixels, slot.batch.masks);
      put(loaded.label, slot.batch.labels);
      slot.batch.items[static_cast<std::size_t>(ticket.index)] = item;
      return;
    } catch (const ImageError& error) {
      reason = error.what();
      const std::scoped_lock lock(mutex);
      if (broken.emplace(item.entry, reason).second) {
        skipped.push_back(reason);
      }
    }
  }
  throw DatasetError(fmt::format("{} pictures in a row cannot be read, the last: {}", kMaxFailures, reason),
                     "'panohead-studio dataset check' lists all that are broken");
}

void DataLoader::State::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  // A stop alone does not end the wait as long as there is room.
  while (work.wait(lock, stop, [this] { return hasRoom(); }) && !stop.stop_requested()) {
    Ticket ticket;
    try {
      ticket = takeTicket();
    } catch (...) {  // out of memory; thrown again by next()
      fatal = std::current_exception();
      ready.notify_all();
      return;
    }
    Slot& slot = slotOf(ticket.batch);
    lock.unlock();
    std::exception_ptr failure;
    try {
      decode(ticket, slot);
    } catch (...) {  // thrown again by next()
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !slot.failure) {
      slot.failure = failure;
    }
    if (--slot.missing == 0) {
      ready.notify_all();
    }
  }
}

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options) {
  checkOptions(options);
  state_ = std::make_unique<State>(std::move(dataset), options);
  for (int i = 0; i < options.workers; ++i) {
    state_->threads.emplace_back([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
  }
}

DataLoader::~DataLoader() {
  for (std::jthread& thread : state_->threads) {  // all at once, then they are joined
    thread.request_stop();
  }
}

DataBatch DataLoader::next() {
  std::unique_lock lock(state_->mutex);
  Slot& slot = state_->slotOf(state_->delivered);
  const auto is_ready = [&] {
    return state_->fatal || (state_->next_ticket.batch > state_->delivered && slot.missing == 0);
  };
  if (!is_ready()) {
    const auto start = std::chrono::steady_clock::now();
    state_->ready.wait(lock, is_ready);
    state_->waited += secondsSince(start);
  }
  if (state_->fatal) {
    std::rethrow_exception(state_->fatal);
  }
  if (slot.failure) {
    std::rethrow_exception(slot.failure);
  }
  DataBatch batch = std::move(slot.batch);
  ++state_->delivered;
  state_->work.notify_all();
  return batch;
}

std::uint64_t DataLoader::position() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->options.position + state_->delivered * static_cast<std::uint64_t>(state_->options.batch);
}

std::vector<std::string> DataLoader::skipped() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->skipped;
}

double DataLoader::secondsWaited() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->waited;
}

}  // namespace panohead
