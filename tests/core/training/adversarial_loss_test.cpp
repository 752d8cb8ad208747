// Parts of the objective that the golden iteration leaves out: density regularisers and style mixing.
#include "core/tensor/prelude.h"
#include "core/training/losses.h"
#include "core/training/training_networks.h"
#include "tests/core/training/tiny_training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace panohead {
namespace {

using test::kSize;
using test::labelTable;
using test::tinyOptions;

/// The smallest networks, without anything random but what the loss draws.
struct TinyLoss {
  explicit TinyLoss(const TrainingOptions& with, std::int64_t count = 2)
      : options(with),
        generator(generatorConfig(options, kSize), 1),
        discriminator(discriminatorConfig(options, kSize), 2),
        loss(options, generator, discriminator, at::zeros({25})),
        schedule(TrainingSchedule::at(options, 0)),
        swaps{at::ones({count, 1}), at::ones({count, 1, 1})} {
    loss.settings.run.noise = NoiseMode::Const;
    const at::Tensor labels = labelTable();
    latents = {BatchRandom(7, 0, 0, 0, count).normal({options.z_dim}),
               labels.index_select(0, at::arange(count).remainder(labels.size(0))),
               {}};
  }
  static RandomPtr random(std::uint64_t seed, std::int64_t count = 2) {
    return std::make_shared<BatchRandom>(seed, 0, 0, 0, count);
  }

  TrainingOptions options;
  Generator generator;
  Discriminator discriminator;
  AdversarialLoss loss;
  TrainingSchedule schedule;
  SwapChoices swaps;
  LatentBatch latents;
};

/// Mean of f(density at a point, density at its neighbour) over all points of all heads, summed one by one.
template <class F>
double meanOver(const at::Tensor& here, const at::Tensor& there, const F& f) {
  const at::Tensor a = here.to(at::kDouble).flatten().contiguous();
  const at::Tensor b = there.to(at::kDouble).flatten().contiguous();
  double sum = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    sum += f(a.const_data_ptr<double>()[i], b.const_data_ptr<double>()[i]);
  }
  return sum / static_cast<double>(a.numel());
}

class DensityRegulariser : public ::testing::TestWithParam<const char*> {};

TEST_P(DensityRegulariser, IsTheSumOverItsPoints) {
  const std::string kind = GetParam();
  TrainingOptions options = tinyOptions();
  options.style_mixing_prob = 0;
  options.density_reg = 0.25;
  options.density_reg_p_dist = 0.03;
  options.reg_type = kind;
  TinyLoss tiny(options);
  const double step = tiny.generator.config().volume.box_warp / 256;
  const at::Tensor planes =
      tiny.generator.planes(tiny.generator.map(tiny.latents.z, tiny.latents.labels), tiny.loss.settings.run);
  const auto density = [&](const at::Tensor& points) {
    return tiny.generator.volume(planes).query(points, tiny.loss.settings.volume).density;
  };
  // The same numbers, drawn once more.
  const RandomPtr random = TinyLoss::random(5);
  const at::Tensor points = random->uniform({1000, 3}) * 2 - 1;
  const at::Tensor beside = points + random->normal({1000, 3}) * (kind == "l1" ? 0.03 : step);
  const double variation =
      0.25 * meanOver(density(points), density(beside), [](double a, double b) { return std::abs(a - b); });
  const at::Tensor front = random->uniform({2000, 3}) * 2 - 1;
  const at::Tensor behind = front - at::tensor({0.0, 0.0, step}, at::kFloat);
  // Punished is density that is less behind than in front.
  const auto falls = [](double a, double b) { return std::max(a - b, 0.0); };
  const double monotonic = 10 * meanOver(density(front), density(behind), falls);
  const double falling =
      meanOver(density(front), density(behind), [](double a, double b) { return a > b ? 1.0 : 0.0; });
  ASSERT_GT(variation, 1e-6);
  ASSERT_GT(monotonic, 1e-6);

  tiny.generator.store().requireGrad(true);
  const LossTerm term =
      tiny.loss.generatorDensity(tiny.latents, tiny.swaps, tiny.schedule, TinyLoss::random(5));
  EXPECT_NEAR(term.stats.at("Loss/G/TVloss").item<double>(), variation, 1e-3 * variation);
  double whole = variation;
  ASSERT_EQ(term.stats.contains("Loss/G/monotonic_loss"), kind.starts_with("monotonic"));
  if (kind.starts_with("monotonic")) {
    EXPECT_NEAR(term.stats.at("Loss/G/monotonic_loss").item<double>(), monotonic, 1e-3 * monotonic);
    whole += monotonic;
  }
  EXPECT_NEAR(term.loss.item<double>(), whole, 1e-3 * whole);

  // A bias of density cancels, but where the front is held fast: there it pulls what is behind up.
  term.loss.backward();
  const double pull = tiny.generator.store().at("decoder.net.2.bias").grad()[0].item<double>();
  EXPECT_NEAR(pull, kind == "monotonic-detach" ? -10 * falling : 0.0, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         DensityRegulariser,
                         ::testing::Values("l1", "l1-alt", "monotonic-detach", "monotonic-fixed"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(StyleMixing, GivesItsShareOfTheHeadsAnothersLateLayers) {
  constexpr std::int64_t kHeads = 64;
  TrainingOptions options = tinyOptions();
  options.style_mixing_prob = 0.7;
  TinyLoss tiny(options, kHeads);
  tiny.latents.z_mix = BatchRandom(8, 0, 0, 0, kHeads).normal({options.z_dim});
  LossTrace trace;
  tiny.loss.discriminatorFake(
      tiny.latents, tiny.swaps, tiny.schedule, TinyLoss::random(9, kHeads), nullptr, nullptr, &trace);
  const at::Tensor own = tiny.generator.map(tiny.latents.z, tiny.latents.labels);
  const at::Tensor other = tiny.generator.map(tiny.latents.z_mix, tiny.latents.labels);
  const at::Tensor& ws = trace.generated.ws;
  const std::int64_t layers = ws.size(1);
  int mixed = 0;
  std::set<std::int64_t> firsts;  // layers from which on the other one's hold
  for (std::int64_t head = 0; head < kHeads; ++head) {
    std::int64_t first = 0;
    while (first < layers && at::equal(ws[head][first], own[head][first])) {
      ++first;
    }
    if (first < layers) {
      ++mixed;
      firsts.insert(first);
      EXPECT_TRUE(at::equal(ws[head].slice(0, first), other[head].slice(0, first))) << head;
    }
  }
  EXPECT_NEAR(static_cast<double>(mixed) / kHeads, 0.7, 0.15);
  EXPECT_EQ(*firsts.begin(), 1) << "the first layer is always one's own";
  EXPECT_EQ(*firsts.rbegin(), layers - 1);
  EXPECT_GT(firsts.size(), static_cast<std::size_t>(layers) / 2) << "of all layers alike";
}

}  // namespace
}  // namespace panohead
