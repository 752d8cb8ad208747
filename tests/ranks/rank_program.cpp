// What one rank of a test does: rank_program MODE, under mpirun. Exits with 0 when all went as it should,
// with 3 after a RankError (told on standard error), with 1 and a line on standard error otherwise.
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/communicator.h"
#include "core/training/gather_texts.h"
#include "core/training/gradient_exchange.h"
#include "core/training/skipped_pictures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <unistd.h>

namespace panohead {
namespace {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& what) {
  if (!holds) {
    throw Wrong(what);
  }
}

/// A rank's values: of very different sizes, so that another order of the additions gives other bits.
at::Tensor valuesOf(int rank, std::int64_t count, at::ScalarType type) {
  const at::Tensor i = at::arange(count, at::kDouble);
  return (at::sin(i * 0.7 + rank) * at::pow(10.0, at::remainder(i + 3 * rank, 7) - 3)).to(type);
}

at::Tensor expectedSum(int ranks, std::int64_t count, at::ScalarType type) {
  at::Tensor sum = valuesOf(0, count, type);
  for (int r = 1; r < ranks; ++r) {
    sum += valuesOf(r, count, type);
  }
  return sum;
}

void exchange(Communicator& ranks) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const std::int64_t count : {0, 1, 2, 3, 5, 1000, 300'007}) {
      const at::Tensor own = valuesOf(ranks.rank(), count, type);
      const at::Tensor expected = expectedSum(ranks.size(), count, type);
      for (int repeat = 0; repeat < 3; ++repeat) {
        const at::Tensor values = own.clone();
        ranks.sum(values);
        require(at::equal(values, expected), fmt::format("sum of {} values", count));
      }
      for (int root = 0; root < ranks.size(); ++root) {
        const at::Tensor values = own.clone();
        ranks.broadcast(values, root);
        require(at::equal(values, valuesOf(root, count, type)), fmt::format("broadcast from {}", root));
      }
    }
  }
  const at::Tensor matrix = valuesOf(ranks.rank(), 12, at::kFloat).view({3, 4});
  ranks.sum(matrix);
  require(at::equal(matrix, expectedSum(ranks.size(), 12, at::kFloat).view({3, 4})), "sum of a matrix");
  for (int top = 0; top < ranks.size(); ++top) {
    require(ranks.maximum(ranks.rank() == top ? -1.5 : -2.0) == -1.5, "maximum");
    require(std::isnan(ranks.maximum(ranks.rank() == top ? std::nan("") : 1.0)), "maximum with NaN");
    ranks.barrier();
  }
  require(ranks.localRank() == ranks.rank(), "local rank on one machine");
  require(ranks.lost().empty() && ranks.writer() == 0, "nobody is lost");
  require(ranks.description() == fmt::format("{} ranks on 1 machine over MPI", ranks.size()),
          ranks.description());
}

void gradients(Communicator& ranks) {
  const int rank = ranks.rank();
  const int size = ranks.size();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::int64_t large = (25 << 20) / 4 + 17;  // more than a bucket
  const std::vector<at::Tensor> g{
      at::full({3}, rank + 1.0, at::kFloat),
      {},
      at::full({2, 5}, rank + 1.0, at::kDouble).t(),
      at::tensor(
          {rank == 1 ? std::nanf("") : 1.0F, rank == 0 ? infinity : 0.0F, rank == 0 ? -infinity : 0.0F}),
      at::full({large}, rank + 1.0, at::kFloat),
      at::empty({0}, at::kFloat),
      at::full({2, 3, 4, 4}, rank + 1.0, at::kFloat).contiguous(at::MemoryFormat::ChannelsLast),
      at::full({4}, rank + 1.0, at::kBFloat16)};
  averageGradients(g, ranks);
  const double mean = (size + 1) / 2.0;
  for (const std::size_t i : {0, 2, 4, 6, 7}) {
    require((g[i] == mean).all().item<bool>(), fmt::format("mean of gradient {}", i));
  }
  require(at::equal(g[3], at::tensor({0.0F, 1e5F, -1e5F})), "NaN and infinity");

  bool thrown = false;
  try {
    averageGradients(std::vector<at::Tensor>{at::ones({2}), rank == 1 ? at::Tensor() : at::ones({2})}, ranks);
  } catch (const TrainingError& error) {
    thrown =
        std::string(error.what()) == fmt::format("gradient 1 exists on {} of {} ranks only", size - 1, size);
  }
  require(thrown, "a gradient that one rank lacks is an error on all");

  const std::vector<at::Tensor> parameters{valuesOf(rank, 1001, at::kFloat),
                                           valuesOf(rank, 7, at::kDouble),
                                           at::full({1}, 1'000'000'007L * (rank + 1), at::kLong)};
  const std::vector<std::pair<std::string, at::Tensor>> named{
      {"weight", parameters[0]}, {"bias", parameters[1]}, {"steps", parameters[2]}};
  broadcastParameters(parameters, ranks);
  require(at::equal(parameters[0], valuesOf(0, 1001, at::kFloat)) &&
              at::equal(parameters[1], valuesOf(0, 7, at::kDouble)) &&
              parameters[2].item<std::int64_t>() == 1'000'000'007L,
          "parameters of rank 0");
  checkRanksAgree(named, ranks);
  if (rank == size - 1) {
    parameters[1][6] = std::nextafter(parameters[1][6].item<double>(), 1e9);  // the last bit of one value
  }
  std::string message;
  try {
    checkRanksAgree(named, ranks);
  } catch (const TrainingError& error) {
    message = error.what();
  }
  require(message == fmt::format("parameter 'bias' is not the same on all ranks: rank {} differs from rank 0",
                                 size - 1),
          "the difference is named: " + message);
}

void texts(Communicator& ranks) {
  const int rank = ranks.rank();
  const int last = ranks.size() - 1;
  require(gatherTexts({}, ranks).empty(), "no texts");
  const std::string name = fmt::format("d\xc3\xa9j\xc3\xa0 {}", rank);
  const auto all =
      gatherTexts(rank == last ? std::vector<std::string>{"first", name} : std::vector{name}, ranks);
  require(all.size() == static_cast<std::size_t>(last) + 2 && all.front() == "d\xc3\xa9j\xc3\xa0 0" &&
              all[all.size() - 2] == "first",
          fmt::format("texts in the order of the ranks: {}", fmt::join(all, ", ")));
  require(textOfFirstRank(rank == 0 ? "a.safetensors" : "", ranks) == "a.safetensors", "text of rank 0");
  require(textOfFirstRank(rank == 0 ? "" : "b", ranks).empty(), "no text of rank 0");

  SkippedPictures skipped;
  std::vector<std::string> own{"z.png"};  // all meet it
  require(skipped.gather(own, ranks) == own && skipped.count() == 1, "a picture that all skip is one");
  own.push_back(fmt::format("a{}.png", rank));
  require(skipped.gather(own, ranks).size() == static_cast<std::size_t>(ranks.size()) &&
              skipped.count() == static_cast<std::size_t>(ranks.size()) + 1,
          "pictures that one rank skips each");
  require(skipped.gather(own, ranks).empty(), "nothing new");
}

/// Rank `victim` ends in some way while all exchange; what the others are told goes to standard error.
int disaster(Communicator& ranks, const std::string& how, int victim) {
  const at::Tensor pids = at::zeros({ranks.size()}, at::kDouble);
  pids[ranks.rank()] = static_cast<double>(getpid());
  ranks.sum(pids);
  std::thread murderer;
  if (how == "kill-in-transfer" && ranks.rank() == victim) {
    murderer = std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      raise(SIGKILL);
    });
  }
  try {
    const at::Tensor values = at::ones({how == "kill-in-transfer" ? 4'000'000 : 10'000});
    for (int i = 0;; ++i) {
      if (ranks.rank() == victim && i == 10) {
        if (how == "kill") {
          raise(SIGKILL);
        } else if (how == "stop") {
          raise(SIGSTOP);
        } else if (how == "exception") {
          throw TrainingError("the loss is no longer a number");
        }
      }
      ranks.sum(values);
      require(i < 1'000'000, "nobody died");
    }
  } catch (const RankError& error) {
    fmt::print(stderr,
               "survivor {}: {}; lost {}, writer {}\n",
               ranks.rank(),
               error.what(),
               fmt::join(ranks.lost(), " "),
               ranks.writer());
    try {
      ranks.barrier();
      require(false, "after a RankError everything throws");
    } catch (const RankError&) {
    }
    if (ranks.writer() == ranks.rank()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));  // writes its checkpoint
      fmt::print(stderr, "written by {}\n", ranks.rank());
    }
    ranks.abandon();
    return 3;
  }
}

/// Rank 0 is busy for longer than the timeout, but says so.
void patience(Communicator& ranks) {
  if (ranks.rank() == 0) {
    for (int i = 0; i < 40; ++i) {
      ranks.stillHere();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  ranks.barrier();
}

void benchmark(Communicator& ranks) {
  for (const std::int64_t megabytes : {1, 40, 200}) {
    const at::Tensor values = at::ones({megabytes * 250'000}, at::kFloat);
    ranks.sum(values);
    constexpr int repeats = 5;
    ranks.barrier();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) {
      ranks.sum(values);
    }
    const double s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / repeats;
    if (ranks.rank() == 0) {
      fmt::print("{} ranks, {} MB: {:.1f} ms, {:.0f} MB/s\n",
                 ranks.size(),
                 megabytes,
                 s * 1e3,
                 static_cast<double>(megabytes) / s);
    }
  }
}

int run(const std::string& mode, int victim) {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  if (mode == "absent" && rank && rank == std::to_string(victim)) {
    return 0;
  }
  const bool impatient = mode == "stop" || mode == "patience" || mode == "absent";
  const auto ranks = makeCommunicator({.timeout_minutes = impatient ? 2.0 / 60 : 10});
  require(ranks->size() > 1, "started without mpirun");
  if (mode == "exchange") {
    exchange(*ranks);
  } else if (mode == "gradients") {
    gradients(*ranks);
  } else if (mode == "texts") {
    texts(*ranks);
  } else if (mode == "patience") {
    patience(*ranks);
  } else if (mode == "benchmark") {
    benchmark(*ranks);
  } else {
    return disaster(*ranks, mode, victim);
  }
  return 0;
}

}  // namespace
}  // namespace panohead

int main(int count, char** arguments) {
  try {
    return panohead::run(count > 1 ? arguments[1] : "", count > 2 ? std::stoi(arguments[2]) : 1);
  } catch (const std::exception& error) {
    fmt::print(stderr, "wrong: {}\n", error.what());
    return 1;
  }
}
