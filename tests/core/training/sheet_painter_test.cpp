// The heads of sheets beside the same heads by the specification.
#include "core/training/sheet_painter.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/closeness.h"
#include "tests/support/plain_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::labelOf;
using test::psnr;

constexpr std::int64_t kRays = 24;  // on a side

at::Tensor wsOf(const Generator& generator, std::uint64_t seed) {
  at::manual_seed(seed);
  return generator.map(at::randn({1, generator.config().z_dim}), labelOf({}));
}

SynthesisOutput specified(const Generator& generator, const at::Tensor& ws, const at::Tensor& label) {
  SynthesisSettings settings = generator.defaultSettings();
  settings.neural_resolution = kRays;
  return generator.synthesize(ws, label, settings);
}

/// @return dB of the picture
double expectSpecified(const SynthesisOutput& actual, const SynthesisOutput& expected) {
  const auto shown = [](const at::Tensor& t) { return t.clamp(-1, 1); };
  const at::Tensor seen = expected.mask > 0.5;
  const double picture = psnr(shown(actual.image), shown(expected.image), 2);
  const double raw = psnr(shown(actual.image_raw), shown(expected.image_raw), 2);
  const double mask = psnr(actual.mask, expected.mask, 1);
  const double depth = seen.any().item<bool>()
                           ? psnr(actual.depth.masked_select(seen), expected.depth.masked_select(seen), 1)
                           : 200;
  fmt::print("  picture {:.1f} dB, raw {:.1f}, mask {:.1f}, depth {:.1f}\n", picture, raw, mask, depth);
  EXPECT_GT(picture, 40);
  EXPECT_GT(raw, 40);
  EXPECT_GT(mask, 40);
  EXPECT_GT(depth, 40);
  return picture;
}

Generator generatorWithAHead() {
  Generator generator(test::smallConfig(32, 24), 3);
  const at::NoGradGuard no_grad;
  generator.store().at("decoder.net.2.bias")[0] = 4;  // density
  return generator;
}

TEST(SheetPainter, DrawsTheWeightsOfTheMoment) {
  const at::NoGradGuard no_grad;
  Generator generator = generatorWithAHead();
  const at::Tensor label = labelOf({.yaw_degrees = 20});
  std::vector<at::Tensor> pictures;
  for (const bool trained : {false, true}) {
    if (trained) {
      for (const ParameterStore::Entry& entry : generator.store().entries()) {
        if (entry.name.ends_with("conv1.weight")) {
          entry.tensor.mul_(-1);
        }
      }
    }
    const SheetPainter painter(generator, kRays, {});
    for (const std::uint64_t seed : {1, 2}) {
      const at::Tensor ws = wsOf(generator, seed);
      const SynthesisOutput expected = specified(generator, ws, label);
      const SynthesisOutput actual = painter(ws, label);
      EXPECT_LT(expectSpecified(actual, expected), 90) << "the fast path indeed";
      for (const at::Tensor& other : pictures) {
        EXPECT_LT(psnr(actual.image, other, 2), 35);
      }
      pictures.push_back(actual.image);
    }
  }
}

TEST(SheetPainter, LeavesWhatTheFastPathDoesNotKnowToTheSpecification) {
  const at::NoGradGuard no_grad;
  const ModelPtr model = test::modelWithoutFastPath();
  const at::Tensor ws = wsOf(model->generator, 4);
  const at::Tensor label = labelOf({.yaw_degrees = 20});
  EXPECT_GT(expectSpecified(SheetPainter(model->generator, kRays, {})(ws, label),
                            specified(model->generator, ws, label)),
            70);
}

TEST(SheetPainter, GivesUpWhenAsked) {
  const at::NoGradGuard no_grad;
  const Generator generator = generatorWithAHead();
  const at::Tensor ws = wsOf(generator, 5);
  int asked = 0;
  int stop = 0;
  const auto checkpoint = [&] {
    if (++asked == stop) {
      throw Cancelled();
    }
  };
  const SheetPainter painter(generator, kRays, checkpoint);
  const int packing = asked;
  EXPECT_GT(packing, 4);
  painter(ws, labelOf({}));
  const int all = asked;
  EXPECT_GT(all, packing + 8);
  for (const int at : {packing / 2, packing + 3, (packing + all) / 2}) {
    asked = 0;
    stop = at;
    EXPECT_THROW(SheetPainter(generator, kRays, checkpoint)(ws, labelOf({})), Cancelled) << at;
  }
}

}  // namespace
}  // namespace panohead
