// One rank alone; several ranks are in ranks_test.cpp.
#include "core/training/communicator.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/gradient_exchange.h"
#include "tests/support/doubled_rank.h"
#include "tests/support/scoped_environment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace panohead {
namespace {

TEST(Communicator, AloneIsOneRankThatExchangesNothing) {
  const auto alone = makeSingleCommunicator();
  EXPECT_EQ(alone->rank(), 0);
  EXPECT_EQ(alone->size(), 1);
  EXPECT_EQ(alone->localRank(), 0);
  EXPECT_EQ(alone->localSize(), 1);
  const at::Tensor values = at::arange(5, at::kFloat);
  alone->sum(values);
  alone->broadcast(values);
  alone->barrier();
  EXPECT_TRUE(at::equal(values, at::arange(5, at::kFloat)));
  EXPECT_EQ(alone->maximum(-2.5), -2.5);
  EXPECT_TRUE(alone->lost().empty());
  EXPECT_EQ(alone->writer(), 0);
  alone->abandon();
}

TEST(Communicator, WithoutALauncherThereIsOneRank) {
  ASSERT_EQ(std::getenv("OMPI_COMM_WORLD_SIZE"), nullptr);
  EXPECT_EQ(makeCommunicator()->size(), 1);
}

TEST(Communicator, ABatchScriptOfSlurmIsNotARank) {
  // What sbatch --ntasks 4 gives to the script itself.
  const test::ScopedEnvironment tasks("SLURM_NTASKS", "4");
  const test::ScopedEnvironment number("SLURM_PROCID", "0");
  EXPECT_EQ(makeCommunicator()->size(), 1);
}

TEST(Communicator, RefusesATimeoutThatIsNotPositive) {
  EXPECT_THROW(makeCommunicator({.timeout_minutes = 0}), OptionError);
  EXPECT_THROW(makeCommunicator({.timeout_minutes = std::nan("")}), OptionError);
}

TEST(GradientExchange, OneRankOnlyCleans) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor first = at::tensor({1.5F, std::nanf(""), infinity, -infinity});
  const at::Tensor second = at::full({2, 3}, -0.25).t();  // strides of its own
  averageGradients(std::vector<at::Tensor>{first, {}, second}, *makeSingleCommunicator());
  EXPECT_TRUE(at::equal(first, at::tensor({1.5F, 0.0F, 1e5F, -1e5F})));
  EXPECT_TRUE(at::equal(second, at::full({3, 2}, -0.25)));
}

class RecordingRank final : public test::DoubledRank {
 public:
  void sum(const at::Tensor& values) override {
    calls += "sum ";
    DoubledRank::sum(values);
  }
  void startSum(const at::Tensor& values) override {
    calls += "start ";
    DoubledRank::sum(values);
  }
  void awaitSums() override { calls += "await "; }

  std::string calls;
};

TEST(GradientExchange, AllBucketsAreOnTheirWayBeforeAnyIsWaitedFor) {
  RecordingRank ranks;
  constexpr std::int64_t kMoreThanABucket = 7'000'000;
  std::vector<at::Tensor> gradients;
  for (int i = 1; i <= 3; ++i) {
    gradients.push_back(at::full({kMoreThanABucket}, static_cast<double>(i)));
  }
  averageGradients(gradients, ranks);
  EXPECT_EQ(ranks.calls, "sum start start start await ") << "which ones there are is asked first";
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE((gradients[static_cast<std::size_t>(i - 1)] == i).all().item<bool>());
  }
}

TEST(GradientExchange, OneRankAgreesWithItself) {
  const std::vector<at::Tensor> values{at::full({3}, std::nan(""))};
  const std::vector<std::pair<std::string, at::Tensor>> named{{"weight", values[0]}};
  const auto alone = makeSingleCommunicator();
  EXPECT_NO_THROW(checkRanksAgree(named, *alone));
  broadcastParameters(values, *alone);
  EXPECT_TRUE(values[0].isnan().all().item<bool>());
}

}  // namespace
}  // namespace panohead
