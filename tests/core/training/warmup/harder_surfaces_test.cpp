#include "core/training/warmup/harder_surfaces.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/core/training/warmup/small_heads.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using namespace test;

PointSamples sampleOf(const Generator& generator, const at::Tensor& points) {
  at::manual_seed(7);
  const GeneratorConfig& c = generator.config();
  const at::Tensor planes =
      at::randn({1, 3, 32 * c.triplane_depth, c.triplane_size, c.triplane_size}, at::kFloat);
  return generator.volume(planes).query(points, c.volume);
}

TEST(HarderSurfaces, StretchTheDensityAboutItsLevelAndLeaveTheRest) {
  const at::NoGradGuard no_grad;
  Generator generator(smallHeadConfig(), 1);
  at::manual_seed(5);
  const at::Tensor points = at::rand({1, 500, 3}) * 0.8 - 0.4;
  const auto before = sampleOf(generator, points);
  hardenSurfaces(generator, {.gain = 1.5, .level = 3});
  const auto after = sampleOf(generator, points);
  EXPECT_TRUE(at::allclose(after.density, (before.density - 3) * 1.5 + 3, 1e-4, 1e-4));
  EXPECT_TRUE(at::equal(after.feature, before.feature));
  EXPECT_GT(before.density.std().item<double>(), 0.1) << "nothing to stretch";
}

TEST(HarderSurfaces, CannotBeMadeSofter) {
  Generator generator(smallHeadConfig(), 1);
  EXPECT_THROW(hardenSurfaces(generator, {.gain = 0.9}), OptionError);
  EXPECT_THROW(hardenSurfaces(generator, {.gain = std::nan("")}), OptionError);
}

}  // namespace
}  // namespace panohead
