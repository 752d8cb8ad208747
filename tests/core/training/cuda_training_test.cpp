// Training steps on a GPU against the CPU's: needs a LibTorch with CUDA, and a GPU. The comparison itself
// runs everywhere, between the CPU's own two paths.
#include "core/tensor/batch_random.h"
#include "core/tensor/prelude.h"
#include "core/training/trainer.h"
#include "core/training/training_device.h"
#include "tests/core/training/tiny_training.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

namespace panohead {
namespace {

using Losses = std::map<std::string, double>;

constexpr int kSteps = 3;

TrainingOptions comparable() {
  TrainingOptions options = test::tinyOptions();
  options.precision = "fp32";
  options.density_reg = 0.25;
  return options;
}

/// The losses and scores of every step, with the processor's random numbers.
std::vector<Losses> lossesOn(at::Device device, const TrainingOptions& options, bool specification) {
  const auto alone = makeSingleCommunicator();
  Trainer trainer(options, test::kSize, test::labelTable(), *alone, device);
  trainer.drawOnProcessor();
  if (specification) {
    trainer.useSpecificationPath();
  }
  std::vector<Losses> steps;
  for (int i = 0; i < kSteps; ++i) {
    trainer.step(test::pictures(trainer.iteration(), options.batch));
    Losses losses;
    for (const auto& [name, value] : meansOf(trainer.stats().take(*alone))) {
      if (name.starts_with("Loss/")) {
        losses[name] = value;
      }
    }
    steps.push_back(std::move(losses));
  }
  EXPECT_TRUE(damagedTensors(trainer.state().tensors).empty());
  return steps;
}

/// @param first what the first step may differ by, as a share of the larger of the loss and 1. Adam's first
/// moves are the signs of gradients, which rounding turns where a gradient is all but zero, so that later
/// steps differ by more.
void expectNear(const std::vector<Losses>& actual,
                const std::vector<Losses>& expected,
                double first,
                double later) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_GT(expected[i].size(), 3U);
    double worst = 0;
    for (const auto& [name, value] : expected[i]) {
      ASSERT_TRUE(actual[i].contains(name)) << name;
      const double difference = std::abs(actual[i].at(name) - value) / std::max(1.0, std::abs(value));
      EXPECT_LT(difference, i == 0 ? first : later) << name << " of step " << i;
      worst = std::max(worst, difference);
    }
    std::printf("  step %d: losses at most %.2g apart\n", static_cast<int>(i), worst);
  }
}

TEST(TrainingOfTwoPaths, HasTheSameLosses) {
  expectNear(lossesOn(at::kCPU, comparable(), false), lossesOn(at::kCPU, comparable(), true), 1e-4, 1e-2);
}

TEST(TrainingOfTwoPaths, OfOtherRandomNumbersWouldBeSeen) {
  TrainingOptions other = comparable();
  other.seed = 1;
  const Losses a = lossesOn(at::kCPU, comparable(), true).front();
  const Losses b = lossesOn(at::kCPU, other, true).front();
  double worst = 0;
  for (const auto& [name, value] : a) {
    worst = std::max(worst, std::abs(b.at(name) - value) / std::max(1.0, std::abs(value)));
  }
  EXPECT_GT(worst, 1e-2);
}

TEST(BatchRandom, OfTheProcessorIsWhatItDrawsAnyway) {
  const BatchRandom own(3, 4, 5, 1, 2);
  const BatchRandom asked(3, 4, 5, 1, 2, at::kCPU, true);
  EXPECT_TRUE(at::equal(own.normal({7}), asked.normal({7})));
  EXPECT_TRUE(at::equal(own.uniform({2, 3}), asked.uniform({2, 3})));
}

TEST(BatchRandom, OfTheProcessorIsMovedToTheDevice) {
  const BatchRandom random(3, 4, 5, 1, 2, at::kMeta, true);  // a device without streams of its own
  EXPECT_TRUE(random.items().front().device().is_cpu());
  EXPECT_TRUE(random.normal({7}).is_meta());
  EXPECT_TRUE(random.uniform({}).is_meta());
}

class CudaTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::globalContext().hasCUDA() || at::detail::getCUDAHooks().getNumGPUs() == 0) {
      GTEST_SKIP() << "LibTorch finds no CUDA GPU here: nothing was trained on one";
    }
  }
};

TEST_F(CudaTraining, HasTheLossesOfTheCpuInFloat32) {
  const at::Device gpu = trainingDevice("cuda", 0);
  expectNear(lossesOn(gpu, comparable(), false), lossesOn(at::kCPU, comparable(), true), 1e-4, 1e-2);
}

// Penalties and density differences are small numbers left over from large ones: hence the wide bounds.
TEST_F(CudaTraining, InMixedPrecisionIsNear) {
  const at::Device gpu = trainingDevice("cuda", 0);
  TrainingOptions mixed = comparable();
  mixed.precision = "auto";
  const std::vector<Losses> half = lossesOn(gpu, mixed, false);
  const std::vector<Losses> full = lossesOn(gpu, comparable(), false);
  expectNear(half, full, 0.05, 0.2);
  EXPECT_NE(half.front(), full.front()) << "nothing was computed in float16";
}

TEST_F(CudaTraining, WithItsOwnRandomNumbersIsRepeatable) {
  const at::Device gpu = trainingDevice("cuda", 0);
  const BatchRandom a(3, 4, 5, 1, 2, gpu), b(3, 4, 5, 1, 2, gpu);
  EXPECT_TRUE(at::equal(a.normal({7}), b.normal({7})));
  const at::Tensor host = BatchRandom(3, 4, 5, 1, 2).normal({7});
  EXPECT_TRUE(at::equal(BatchRandom(3, 4, 5, 1, 2, gpu, true).normal({7}).cpu(), host));
}

}  // namespace
}  // namespace panohead
