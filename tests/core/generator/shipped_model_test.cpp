// What a fresh clone shows: the promises of the model's card that a machine can check.
#include "core/base/camera.h"
#include "core/generator/load_generator.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "tests/support/checkpoints.h"
#include "tests/support/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace panohead {
namespace {

constexpr int kSeeds = 8;

at::Tensor label(double yaw) {
  const CameraLabel numbers = orbitLabel({.yaw_degrees = yaw});
  return at::from_blob(const_cast<float*>(numbers.data()), {1, 25}).clone();
}

TEST(ShippedModel, IsSmallAndHasEveryPartOfPanoHead) {
  EXPECT_LE(std::filesystem::file_size(test::firstModelFile()), 40'000'000U);
  const Checkpoint checkpoint = test::open(test::firstModelFile());
  const Generator generator = loadGenerator(checkpoint.network());
  const GeneratorConfig& config = generator.config();
  EXPECT_EQ(config.img_resolution, 256);
  EXPECT_EQ(config.triplane_depth, 3);
  EXPECT_TRUE(config.background);
  EXPECT_TRUE(config.camera_adjustment);
}

TEST(ShippedModel, DrawsEightDifferentHeadsWithCleanMasksFromAllSides) {
  const at::NoGradGuard no_grad;
  const Checkpoint checkpoint = test::open(test::firstModelFile());
  const Generator generator = loadGenerator(checkpoint.network());
  SynthesisSettings settings = generator.defaultSettings();
  settings.quick = true;
  settings.super_resolution = false;
  std::vector<at::Tensor> fronts;
  double least_covered = 1, most_covered = 0, most_unsure = 0, least_apart = 2;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const at::Tensor ws = generator.map(seedLatent(seed, generator.config().z_dim), label(0), {.psi = 0.7});
    for (const double yaw : {0.0, 90.0, 180.0, 270.0}) {
      const SynthesisOutput out = generator.synthesize(ws, label(yaw), settings);
      const auto share = [&](const at::Tensor& pixels) {
        return pixels.to(at::kDouble).mean().item<double>();
      };
      const double covered = share(out.mask > 0.5);
      const double unsure = share(at::logical_and(out.mask > 0.1, out.mask < 0.9));
      EXPECT_GT(covered, 0.2) << "seed " << seed << " from " << yaw;
      EXPECT_LT(covered, 0.8) << "seed " << seed << " from " << yaw;
      EXPECT_LT(unsure, 0.09) << "seed " << seed << " from " << yaw << ": veils";
      // A head in the middle, and nothing in the upper corners.
      EXPECT_GT(out.mask.slice(2, 28, 36).slice(3, 28, 36).min().item<double>(), 0.9) << seed << " " << yaw;
      EXPECT_LT(out.mask.slice(2, 0, 4).slice(3, 0, 4).max().item<double>(), 0.1) << seed << " " << yaw;
      EXPECT_LT(out.mask.slice(2, 0, 4).slice(3, 60, 64).max().item<double>(), 0.1) << seed << " " << yaw;
      least_covered = std::min(least_covered, covered);
      most_covered = std::max(most_covered, covered);
      most_unsure = std::max(most_unsure, unsure);
      if (yaw == 0) {
        fronts.push_back(out.image_raw * out.mask);  // without the background, which differs as well
      }
    }
  }
  for (std::size_t a = 0; a < fronts.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const double apart = (fronts[a] - fronts[b]).abs().mean().item<double>();
      EXPECT_GT(apart, 0.05) << "seeds " << a << " and " << b << " look alike";
      least_apart = std::min(least_apart, apart);
    }
  }
  fmt::print("  heads: {:.2f} to {:.2f} of the picture, at most {:.3f} between 0.1 and 0.9, {:.3f} apart\n",
             least_covered,
             most_covered,
             most_unsure,
             least_apart);
}

}  // namespace
}  // namespace panohead
