// The trainer's promises that need no files: exact resume, anywhere; batches in rounds; random numbers per
// item.
#include "core/training/trainer.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/moving_average.h"
#include "core/training/start_from.h"
#include "core/training/training_networks.h"
#include "tests/core/training/tiny_training.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::kSize;
using test::labelTable;
using test::pictures;
using test::tinyOptions;

class TrainerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Trainer> make(const TrainingOptions& options) {
    return std::make_unique<Trainer>(options, kSize, labelTable(), *ranks_);
  }
  static void steps(Trainer& trainer, int count) {
    for (int i = 0; i < count; ++i) {
      trainer.step(pictures(trainer.iteration(), trainer.options().batch));
    }
  }
  // Through a file, as a killed run would.
  void moveState(const Trainer& from, Trainer& to) {
    writeTrainingState(scratch_ / "state.safetensors", from.state());
    to.load(readTrainingState(scratch_ / "state.safetensors"));
  }
  static void expectEqual(const Trainer& a, const Trainer& b) {
    const TrainingState left = a.state();
    const TrainingState right = b.state();
    EXPECT_EQ(left.text, right.text);
    for (const auto& [name, tensor] : left.tensors) {
      EXPECT_TRUE(at::equal(tensor, right.at(name))) << name;
    }
  }
  static double worstDifference(const Trainer& a, const Trainer& b, const char* prefix) {
    double worst = 0;
    const TrainingState right = b.state();
    for (const auto& [name, tensor] : a.state().tensors) {
      if (name.starts_with(prefix)) {
        worst = std::max(worst, (tensor - right.at(name)).abs().max().item<double>());
      }
    }
    return worst;
  }

  test::ScratchFolder scratch_;
  std::unique_ptr<Communicator> ranks_ = makeSingleCommunicator();
};

TEST_F(TrainerTest, EverythingThatShouldLearnMoves) {
  const auto trainer = make(tinyOptions());
  const auto untouched = make(tinyOptions());
  steps(*trainer, 1);
  EXPECT_EQ(trainer->iteration(), 1);
  EXPECT_EQ(trainer->images(), 2);
  const TrainingState before = untouched->state();
  for (const auto& [name, tensor] : trainer->state().tensors) {
    const bool network = name.starts_with("G.") || name.starts_with("D.");
    const bool fixed =
        name.ends_with("noise_const") || name.ends_with("resample_filter") ||
        (name.find("superresolution") != std::string::npos && name.ends_with("noise_strength"));
    if (network) {
      EXPECT_EQ(at::equal(tensor, before.at(name)), fixed) << name;
    }
  }
  const std::map<std::string, double> means = meansOf(trainer->stats().take(*ranks_));
  for (const char* name : {"Loss/G/loss",
                           "Loss/G/trans_reg_loss",
                           "Loss/D/loss",
                           "Loss/D/fake",
                           "Loss/D/real",
                           "Loss/D/reg",
                           "Loss/r1_penalty",
                           "Loss/r1_penalty_seg",
                           "Loss/scores/fake",
                           "Loss/scores/real"}) {
    ASSERT_TRUE(means.contains(name)) << name;
    EXPECT_TRUE(std::isfinite(means.at(name))) << name;
  }
  EXPECT_NEAR(means.at("Loss/D/loss"), means.at("Loss/D/fake") + means.at("Loss/D/real"), 1e-5);
  EXPECT_TRUE(damagedTensors(trainer->state().tensors).empty());
}

TEST_F(TrainerTest, ResumesFromAFileWithTheSameBits) {
  const auto straight = make(tinyOptions());
  steps(*straight, 4);
  const auto first = make(tinyOptions());
  steps(*first, 2);
  TrainingOptions other_start = tinyOptions();
  const auto second = make(other_start);
  steps(*second, 1);  // whatever was there before is gone
  moveState(*first, *second);
  steps(*second, 2);
  expectEqual(*straight, *second);
}

TEST_F(TrainerTest, GoesOnFromTheMiddleOfAnIteration) {
  const auto straight = make(tinyOptions());
  steps(*straight, 2);
  const auto interrupted = make(tinyOptions());
  steps(*interrupted, 1);
  int calls = 0;
  EXPECT_THROW(interrupted->step(pictures(1, 2),
                                 [&] {
                                   if (++calls == 2) {  // the second phase has begun
                                     throw Cancelled();
                                   }
                                 }),
               Cancelled);
  const auto resumed = make(tinyOptions());
  moveState(*interrupted, *resumed);
  resumed->step(pictures(1, 2));
  expectEqual(*straight, *resumed);
}

TEST_F(TrainerTest, RoundsChangeNothingButRounding) {
  TrainingOptions whole = tinyOptions();
  whole.batch = 4;
  TrainingOptions rounds = whole;
  rounds.batch_gpu = 2;
  const auto a = make(whole);
  const auto b = make(rounds);
  steps(*a, 1);
  steps(*b, 1);
  const std::map<std::string, double> left = meansOf(a->stats().take(*ranks_));
  for (const auto& [name, value] : meansOf(b->stats().take(*ranks_))) {
    if (name.starts_with("Loss/")) {
      EXPECT_NEAR(value, left.at(name), 1e-4 * std::max(1.0, std::abs(value))) << name;
    }
  }
  // Adam's first step is the sign of the gradient: what is near zero may go either way.
  EXPECT_LT(worstDifference(*a, *b, "G_adam.superresolution.block1.conv1.weight.average"), 1e-5);
  EXPECT_LT(worstDifference(*a, *b, "D_adam.b128.conv0.weight.average"), 1e-4);
}

TEST_F(TrainerTest, ConstNoiseIsTheNetworksOwnAndRandomNoiseIsNot) {
  for (const bool constant : {true, false}) {
    TrainingOptions options = tinyOptions();
    options.style_mixing_prob = 0;
    options.noise_mode = constant ? "const" : "random";
    const auto trainer = make(options);
    const at::NoGradGuard no_grad;
    for (const ParameterStore::Entry& entry : trainer->generator().store().entries()) {
      if (entry.name.ends_with("noise_strength")) {
        entry.tensor.fill_(1);
      }
    }
    AdversarialLoss loss(options, trainer->generator(), trainer->discriminator(), at::zeros({25}));
    loss.settings.volume.jitter = false;
    TrainingSchedule schedule = TrainingSchedule::at(options, 0);
    schedule.density_noise = 0;
    const LatentBatch latents{at::ones({2, options.z_dim}), labelTable().narrow(0, 0, 2), {}};
    const SwapChoices swaps{at::ones({2, 1}), at::ones({2, 1, 1})};
    const auto drawn = [&](std::uint64_t seed) {
      LossTrace trace;
      loss.generatorMain(
          latents, swaps, schedule, std::make_shared<BatchRandom>(seed, 0, 0, 0, 2, at::kCPU), &trace);
      return trace.generated.pictures.image_raw;
    };
    EXPECT_EQ(at::equal(drawn(1), drawn(2)), constant);
  }
}

TEST_F(TrainerTest, PicturesThatCountAsSeenMoveTheScheduleAndTheCount) {
  TrainingOptions options = tinyOptions();
  options.kimg = 6;
  options.resume_kimg = 5;
  const auto trainer = make(options);
  EXPECT_EQ(trainer->images(), 5000);
  steps(*trainer, 1);
  EXPECT_EQ(trainer->images(), 5002);
  EXPECT_EQ(trainer->iteration(), 1);
}

TEST_F(TrainerTest, FrozenBlocksOfTheDiscriminatorStay) {
  TrainingOptions options = tinyOptions();
  options.freezed = 2;
  const auto trainer = make(options);
  const auto untouched = make(options);
  steps(*trainer, 1);
  const ParameterStore& now = trainer->discriminator().store();
  const ParameterStore& before = untouched->discriminator().store();
  EXPECT_TRUE(at::equal(now.at("b128.conv0.weight"), before.at("b128.conv0.weight")));
  EXPECT_TRUE(at::equal(now.at("b64.conv1.weight"), before.at("b64.conv1.weight")));
  EXPECT_FALSE(at::equal(now.at("b32.conv0.weight"), before.at("b32.conv0.weight")));
}

TEST_F(TrainerTest, DensityRegularisersTeachTheVolume) {
  for (const char* kind : {"l1", "l1-alt", "monotonic-detach", "monotonic-fixed"}) {
    TrainingOptions options = tinyOptions();
    options.density_reg = 0.25;
    options.g_reg_interval = 1;
    options.reg_type = kind;
    const auto trainer = make(options);
    steps(*trainer, 1);
    const std::map<std::string, double> means = meansOf(trainer->stats().take(*ranks_));
    ASSERT_TRUE(means.contains("Loss/G/TVloss")) << kind;
    EXPECT_GT(means.at("Loss/G/TVloss"), 0) << kind;
    EXPECT_EQ(means.contains("Loss/G/monotonic_loss"), std::string(kind).starts_with("monotonic")) << kind;
  }
}

// What CPUs can train with in half the memory: nearly the losses of float32, from the same random numbers.
TEST_F(TrainerTest, Bfloat16GivesNearlyTheLossesOfFloat32) {
  TrainingOptions half = tinyOptions();
  half.precision = "bf16";
  half.density_reg = 0.25;
  half.reg_type = "monotonic-fixed";
  TrainingOptions full = half;
  full.precision = "fp32";
  const auto a = make(full);
  const auto b = make(half);
  steps(*a, 1);
  steps(*b, 1);
  const std::map<std::string, double> expected = meansOf(a->stats().take(*ranks_));
  const std::map<std::string, double> actual = meansOf(b->stats().take(*ranks_));
  double worst = 0;
  for (const auto& [name, value] : expected) {
    if (name.starts_with("Loss/")) {
      ASSERT_TRUE(actual.contains(name)) << name;
      // Penalties and density differences are small numbers left over from large ones.
      const double allowed = (std::abs(value) < 0.01 ? 0.3 : 0.05) * std::abs(value);
      EXPECT_NEAR(actual.at(name), value, allowed) << name;
      worst = std::max(worst, std::abs(actual.at(name) - value));
    }
  }
  EXPECT_GT(worst, 1e-6) << "nothing was computed in bfloat16";
  EXPECT_TRUE(damagedTensors(b->state().tensors).empty());
  for (const auto& [name, tensor] : b->state().tensors) {
    EXPECT_NE(tensor.scalar_type(), at::kBFloat16) << name << ": weights and averages stay in float32";
  }
}

TEST_F(TrainerTest, PicturesOfSixtyFourPixelsAreLearnedOnBothPaths) {
  TrainingOptions options = tinyOptions();
  options.resolution = 64;
  options.triplane_size = 32;
  Trainer quick(options, 64, labelTable(), *ranks_);
  Trainer specified(options, 64, labelTable(), *ranks_);
  specified.useSpecificationPath();
  const at::Tensor before = quick.generator().store().at("superresolution.block1.conv1.weight").clone();
  std::map<std::string, double> losses[2];
  for (Trainer* trainer : {&quick, &specified}) {
    trainer->step(pictures(0, options.batch, 64));
    losses[trainer == &quick ? 0 : 1] = meansOf(trainer->stats().take(*ranks_));
  }
  for (const auto& [name, value] : losses[1]) {
    if (name.starts_with("Loss/")) {
      EXPECT_NEAR(losses[0].at(name), value, 1e-4 * std::max(1.0, std::abs(value))) << name;
    }
  }
  EXPECT_GT((quick.generator().store().at("superresolution.block1.conv1.weight") - before)
                .abs()
                .max()
                .item<double>(),
            1e-4);
  EXPECT_TRUE(damagedTensors(quick.state().tensors).empty());
}

TEST_F(TrainerTest, NamesDamagedParameters) {
  const auto trainer = make(tinyOptions());
  {
    const at::NoGradGuard no_grad;
    trainer->generator().store().at("decoder.net.0.bias").fill_(std::numeric_limits<float>::quiet_NaN());
  }
  EXPECT_EQ(damagedTensors(trainer->state().tensors), std::vector<std::string>{"G.decoder.net.0.bias"});
}

TEST_F(TrainerTest, RefusesTheStateOfAnotherRun) {
  TrainingOptions wider = tinyOptions();
  wider.cmax = 16;
  const auto a = make(tinyOptions());
  const auto b = make(wider);
  EXPECT_THROW(b->load(a->state()), CheckpointError);
  TrainingOptions larger = tinyOptions();
  larger.batch = 4;
  EXPECT_THROW(make(larger)->load(a->state()), CheckpointError);
}

// The adversarial training that comes after the warm-up, as the model's card says.
TEST_F(TrainerTest, TheModelThatShipsTakesAFullStep) {
  TrainingOptions options = trainingPreset("heads-256");
  options.data = options.masks = options.out = "unused";
  options.noise_mode = "const";
  options.batch = options.mbstd_group = 2;
  Trainer trainer(options, 256, labelTable(), *ranks_);
  SilentContext context;
  const std::string told = startFrom(trainer, test::firstModelFile(), context);
  EXPECT_NE(told.find("G_ema"), std::string::npos) << told;
  const at::Tensor before = trainer.generator().store().at("superresolution.block0.conv0.weight").clone();
  const at::Tensor& judging = trainer.discriminator().store().at("b4.out.weight");
  const at::Tensor judge = judging.clone();
  // What the model has of the camera's influence: nothing, yet.
  const ParameterStore& g = trainer.generator().store();
  const at::Tensor conditioning = g.at("backbone.mapping.fc0.weight").narrow(1, options.z_dim, options.w_dim);
  ASSERT_FALSE(conditioning.any().item<bool>());
  ASSERT_FALSE(g.at("t_mapping.fc1.weight").any().item<bool>());
  trainer.step(pictures(0, 2, 256));
  EXPECT_TRUE(conditioning.any().item<bool>()) << "pose conditioning must be learned";
  EXPECT_TRUE(g.at("t_mapping.fc1.weight").any().item<bool>()) << "the self-adaptive camera must be learned";
  EXPECT_FALSE(at::equal(trainer.generator().store().at("superresolution.block0.conv0.weight"), before));
  EXPECT_FALSE(at::equal(judging, judge));
  const std::map<std::string, double> means = meansOf(trainer.stats().take(*ranks_));
  for (const char* name : {"Loss/G/loss", "Loss/D/loss", "Loss/D/reg"}) {
    ASSERT_TRUE(means.contains(name)) << name;
    EXPECT_TRUE(std::isfinite(means.at(name))) << name;
  }
  EXPECT_TRUE(damagedTensors(trainer.state().tensors).empty());
}

TEST(MovingAverage, OfFactorZeroForgetsWhatWasThere) {
  GeneratorConfig config = generatorConfig(tinyOptions(), kSize);
  Generator from(config, 1);
  Generator to(config, 2);
  const at::NoGradGuard no_grad;
  to.store().at("decoder.net.0.bias").fill_(std::numeric_limits<float>::quiet_NaN());
  averageInto(to.store(), from.store(), 0);
  EXPECT_TRUE(at::equal(to.store().at("decoder.net.0.bias"), from.store().at("decoder.net.0.bias")));
  to.store().at("decoder.net.2.bias").fill_(1);
  from.store().at("decoder.net.2.bias").fill_(2);
  averageInto(to.store(), from.store(), 0.75);
  EXPECT_FLOAT_EQ(to.store().at("decoder.net.2.bias")[0].item<float>(), 1.25F);
}

}  // namespace
}  // namespace panohead
