// How fast a data set opens and is decoded. Usage: dataset_bench DATA [MASKS [RESOLUTION [WORKERS]]]
#include "core/base/error.h"
#include "core/dataset/data_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void run(const panohead::DatasetOptions& options, int workers) {
  panohead::SilentContext context;
  auto start = Clock::now();
  const auto dataset = std::make_shared<const panohead::Dataset>(options, context);
  fmt::print("opened {} pictures of {} pixels in {:.2f} s\n",
             dataset->entries().size(),
             dataset->resolution(),
             secondsSince(start));

  // One thread, spread over the set.
  const std::size_t count = std::min<std::size_t>(1000, dataset->items().size());
  start = Clock::now();
  const std::clock_t cpu_start = std::clock();
  for (std::size_t i = 0; i < count; ++i) {
    dataset->load(dataset->items()[i * dataset->items().size() / count]);
  }
  const double single = static_cast<double>(count) / secondsSince(start);
  const double cpu =
      static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC / static_cast<double>(count);
  fmt::print(
      "one thread: {:.0f} pictures with masks a second, {:.2f} ms of a core each\n", single, 1000 * cpu);

  panohead::DataLoaderOptions loading{.batch = 32, .count = 32, .workers = workers, .prefetch = 4};
  panohead::DataLoader loader(dataset, loading);
  loader.next();
  const int batches = std::max(4, static_cast<int>(count) * workers / 32);
  start = Clock::now();
  for (int i = 0; i < batches; ++i) {
    loader.next();
  }
  const double loaded = batches * 32 / secondsSince(start);
  fmt::print(
      "loader with {} threads: {:.0f} a second, {:.2f} times one thread\n", workers, loaded, loaded / single);

  // A trainer that takes 20 % longer over a batch than decoding does must never wait.
  const std::chrono::duration<double> step(1.2 * 32 / loaded);
  const double before = loader.secondsWaited();
  start = Clock::now();
  for (int i = 0; i < 20; ++i) {
    loader.next();
    std::this_thread::sleep_for(step);
  }
  fmt::print("a trainer of {:.0f} ms a batch waits {:.1f} % of its time\n",
             1000 * step.count(),
             100 * (loader.secondsWaited() - before) / secondsSince(start));
  for (const std::string& reason : loader.skipped()) {
    fmt::print("skipped: {}\n", reason);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: dataset_bench DATA [MASKS [RESOLUTION [WORKERS]]]\n");
    return 2;
  }
  panohead::DatasetOptions options{.data = argv[1]};
  options.masks = argc > 2 ? argv[2] : "";
  options.resolution = argc > 3 ? std::atoi(argv[3]) : 0;
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  try {
    run(options, argc > 4 ? std::atoi(argv[4]) : cores);
  } catch (const panohead::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
