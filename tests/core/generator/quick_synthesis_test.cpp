// The quick differentiable path against the specification path.
#include "core/generator/quick_synthesis.h"

#include "core/base/camera.h"
#include "core/base/error.h"
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/closeness.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/small_config.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <map>

namespace panohead {
namespace {

using test::relativeError;

GeneratorConfig smallConfig() {
  at::manual_seed(1);  // of the latents that the tests draw
  return test::smallConfig();
}

at::Tensor label(double yaw) { return test::labelOf({.yaw_degrees = yaw}); }

/// Decoder weights that make a volume of both matter and air: a random one is nearly empty.
void solidify(Generator& generator) {
  const at::NoGradGuard no_grad;
  generator.decoder().out.weight.mul_(3.0);
  generator.decoder().out.bias[0] = 2.0;
}

struct Scene {
  Generator generator;
  at::Tensor planes;  // specification order
  Rays rays;

  explicit Scene(const GeneratorConfig& config = smallConfig()) : generator(config, 5) {
    solidify(generator);
    generator.store().requireGrad(true);
    at::manual_seed(11);
    const std::int64_t slices = config.triplane_depth * config.feature_channels;
    planes = at::randn({2, 3, slices, config.triplane_size, config.triplane_size});
    rays = sampleRays(at::cat({label(20), label(-100)}), 12);
  }

  struct Result {
    RenderedRays rays;
    std::map<std::string, at::Tensor> gradients;
  };

  /// Draws and differentiates one function of everything that comes out.
  Result run(bool quick,
             const VolumeOptions& volume,
             const QuickRenderOptions& options,
             at::ScalarType type) {
    Result result;
    for (const ParameterStore::Entry& entry : generator.store().entries()) {
      entry.tensor.mutable_grad() = at::Tensor();
    }
    const at::Tensor leaf = planes.detach().clone().requires_grad_(true);
    const Rays own{rays.origins.detach().clone().requires_grad_(true),
                   rays.directions.detach().clone().requires_grad_(true)};
    at::manual_seed(12);
    const std::int64_t depth = generator.config().triplane_depth;
    result.rays = quick ? quickRender(generator, packPlanes(leaf, depth).to(type), own, volume, options)
                        : renderRays(generator.volume(leaf), own, volume);
    at::manual_seed(13);
    const auto weighed = [](const at::Tensor& t) { return (t * at::randn(t.sizes())).sum(); };
    (weighed(result.rays.feature) + weighed(result.rays.weight_sum) + weighed(result.rays.depth) * 0.1)
        .backward();
    result.gradients["planes"] = leaf.grad();
    result.gradients["origins"] = own.origins.grad();
    result.gradients["directions"] = own.directions.grad();
    for (const ParameterStore::Entry& entry : generator.store().entries()) {
      if (entry.name.starts_with("decoder.") && entry.is_parameter) {
        result.gradients[entry.name] = entry.tensor.grad().clone();
      }
    }
    return result;
  }
};

void expectClose(const Scene::Result& actual, const Scene::Result& expected, double value, double gradient) {
  EXPECT_LT(relativeError(actual.rays.feature, expected.rays.feature), value);
  EXPECT_LT(relativeError(actual.rays.depth, expected.rays.depth), value);
  EXPECT_LT(relativeError(actual.rays.weight_sum, expected.rays.weight_sum), value);
  ASSERT_EQ(actual.gradients.size(), 7U);
  for (const auto& [name, reference] : expected.gradients) {
    EXPECT_LT(relativeError(actual.gradients.at(name), reference), gradient) << name;
  }
}

TEST(QuickRender, InFloat32IsTheSpecification) {
  for (const DecoderActivation activation :
       {DecoderActivation::None, DecoderActivation::Sigmoid, DecoderActivation::LeakyRelu}) {
    GeneratorConfig config = smallConfig();
    config.decoder_activation = activation;
    Scene scene(config);
    for (const bool jitter : {false, true}) {
      VolumeOptions volume = config.volume;
      volume.jitter = jitter;
      volume.density_noise = jitter ? 0.5 : 0.0;
      const Scene::Result expected = scene.run(false, volume, {}, at::kFloat);
      EXPECT_GT(expected.rays.weight_sum.max().item<double>(), 0.5);
      for (const bool fused : {true, false}) {
        if (fused && activation != DecoderActivation::None) {
          continue;  // would be done by operations all the same
        }
        const ::testing::ScopedTrace trace(__FILE__, __LINE__, fused ? "fused" : "by operations");
        test::atEverySimdLevel([&] {
          expectClose(scene.run(true, volume, {.fused = fused, .decoder_dtype = at::kFloat}, at::kFloat),
                      expected,
                      2e-5,
                      2e-4);
        });
      }
    }
  }
}

TEST(QuickRender, KnowsEveryOptionOfTheVolume) {
  GeneratorConfig config = smallConfig();
  config.triplane_depth = 1;
  config.volume.third_plane = ThirdPlane::ZXY;
  Scene scene(config);
  std::vector<VolumeOptions> variants(4, config.volume);
  variants[0].auto_range = true;
  variants[1].white_back = true;
  variants[2].fine_samples = 0;
  variants[3].disparity_sampling = true;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, std::to_string(i));
    const Scene::Result expected = scene.run(false, variants[i], {}, at::kFloat);
    for (const bool fused : {true, false}) {
      expectClose(scene.run(true, variants[i], {.fused = fused, .decoder_dtype = at::kFloat}, at::kFloat),
                  expected,
                  2e-5,
                  2e-4);
    }
  }
}

TEST(QuickRender, InBfloat16IsCloseAtEveryInstructionSet) {
  Scene scene;
  const VolumeOptions& volume = scene.generator.config().volume;
  const Scene::Result expected = scene.run(false, volume, {}, at::kFloat);
  for (const bool fused : {true, false}) {
    test::atEverySimdLevel([&] {
      // 38 dB for what is drawn. Fine samples move with the rounding of coarse ones, gradients more so.
      expectClose(scene.run(true, volume, {.fused = fused}, at::kBFloat16), expected, 0.0125, 0.08);
    });
  }
}

TEST(QuickRender, ItemsWithTheirOwnGeneratorsDoNotDependOnTheBatch) {
  const Scene scene;
  const at::NoGradGuard no_grad;
  VolumeOptions volume = scene.generator.config().volume;
  volume.jitter = true;
  volume.density_noise = 1;
  const at::Tensor packed = packPlanes(scene.planes, 3).to(at::kBFloat16);
  const auto generator = [](std::uint64_t seed) { return at::detail::createCPUGenerator(seed); };
  const RenderedRays both =
      quickRender(scene.generator, packed, scene.rays, volume, {.generators = {generator(1), generator(2)}});
  const Rays last{scene.rays.origins.slice(0, 1), scene.rays.directions.slice(0, 1)};
  const RenderedRays alone =
      quickRender(scene.generator, packed.slice(0, 1), last, volume, {.generators = {generator(2)}});
  EXPECT_TRUE(at::equal(alone.feature, both.feature.slice(0, 1)));
  EXPECT_TRUE(at::equal(alone.weight_sum, both.weight_sum.slice(0, 1)));
  EXPECT_FALSE(
      at::equal(alone.feature,
                quickRender(scene.generator, packed.slice(0, 1), last, volume, {.generators = {generator(3)}})
                    .feature));
  EXPECT_THROW(quickRender(scene.generator, packed, scene.rays, volume, {.generators = {generator(1)}}),
               Error);
}

TEST(QuickRender, GivesTheSameBitsForAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  Scene scene;
  std::vector<Scene::Result> results;
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    results.push_back(scene.run(true, scene.generator.config().volume, {}, at::kBFloat16));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(results[0].rays.feature, results[1].rays.feature));
  EXPECT_TRUE(at::equal(results[0].rays.depth, results[1].rays.depth));
  for (const auto& [name, gradient] : results[0].gradients) {
    EXPECT_TRUE(at::equal(gradient, results[1].gradients.at(name))) << name;
  }
}

TEST(QuickQuery, IsTheVolumesQuery) {
  const Scene scene;
  const at::NoGradGuard no_grad;
  const at::Tensor points = at::rand({2, 500, 3}) - 0.5;
  const VolumeOptions& volume = scene.generator.config().volume;
  const PointSamples expected = scene.generator.volume(scene.planes).query(points, volume);
  const PointSamples actual =
      quickQuery(scene.generator, packPlanes(scene.planes, 3), points, volume, {.decoder_dtype = at::kFloat});
  EXPECT_LT(relativeError(actual.density, expected.density), 1e-5);
  EXPECT_LT(relativeError(actual.feature, expected.feature), 1e-5);
}

TEST(QuickPlanes, InFloat32AreTheBackbonesPacked) {
  const Generator generator(smallConfig(), 5);
  const at::NoGradGuard no_grad;
  const at::Tensor ws = at::randn({2, generator.numWs(), 32});
  const nn::SynthesisRun run{.fused = false};
  EXPECT_LT(relativeError(quickPlanes(generator, ws, run), packPlanes(generator.planes(ws, run), 3)), 1e-6);
  std::vector<nn::SynthesisBlock::State> states;
  generator.planes(ws, run, &states);
  const at::Tensor early = states[2].img.view({2, 3, 96, 16, 16});
  EXPECT_LT(relativeError(quickPlanes(generator, ws, run, 16), packPlanes(early, 3)), 1e-6);
}

TEST(QuickPlanes, InBfloat16CarryGradientsToW) {
  Generator generator(smallConfig(), 5);
  solidify(generator);
  generator.store().requireGrad(true);
  const at::Tensor ws0 = at::randn({2, generator.numWs(), 32});
  const Rays rays = sampleRays(at::cat({label(0), label(60)}), 16);
  const VolumeOptions& volume = generator.config().volume;
  std::map<std::string, at::Tensor> gradients[2];
  at::Tensor features[2];
  for (const bool quick : {false, true}) {
    for (const ParameterStore::Entry& entry : generator.store().entries()) {
      entry.tensor.mutable_grad() = at::Tensor();
    }
    const at::Tensor ws = ws0.clone().requires_grad_(true);
    const RenderedRays out =
        quick ? quickRender(generator, quickPlanes(generator, ws, {.dtype = at::kBFloat16}), rays, volume)
              : renderRays(generator.volume(generator.planes(ws, {.fused = false})), rays, volume);
    features[quick ? 1 : 0] = out.feature.detach();
    (out.feature.square().mean() + out.weight_sum.square().mean()).backward();
    auto& own = gradients[quick ? 1 : 0];
    own["ws"] = ws.grad();
    for (const ParameterStore::Entry& entry : generator.store().entries()) {
      const bool part = entry.name.starts_with("backbone.synthesis") || entry.name.starts_with("decoder");
      if (part && entry.is_parameter && !entry.name.ends_with("noise_strength")) {
        own[entry.name] = entry.tensor.grad().clone();
      }
    }
  }
  EXPECT_LT(relativeError(features[1], features[0]), 0.02);  // 34 dB
  EXPECT_LT(relativeError(gradients[1]["ws"], gradients[0]["ws"]), 0.1);
  for (const auto& [name, reference] : gradients[0]) {
    EXPECT_LT(relativeError(gradients[1].at(name), reference), 0.1) << name;
  }
}

TEST(Generator, DrawsTheSameOnTheQuickPath) {
  const Generator generator(smallConfig(), 5);
  const at::NoGradGuard no_grad;
  const at::Tensor z = at::randn({2, 16});
  const at::Tensor c = at::cat({label(0), label(120)});
  SynthesisSettings settings = generator.defaultSettings();
  const SynthesisOutput expected = generator.forward(z, c, {}, settings);
  settings.quick = true;
  settings.quick_render.decoder_dtype = at::kFloat;
  const SynthesisOutput exact = generator.forward(z, c, {}, settings);
  settings.quick_render.decoder_dtype = at::kBFloat16;
  settings.run.dtype = at::kBFloat16;
  const SynthesisOutput reduced = generator.forward(z, c, {}, settings);
  settings.quick = false;
  settings.run.dtype = at::kFloat;
  settings.sr_dtype = at::kBFloat16;
  const SynthesisOutput mixed = generator.forward(z, c, {}, settings);
  const auto compare = [&](const SynthesisOutput& out, double tolerance) {
    EXPECT_EQ(out.image.scalar_type(), at::kFloat);
    EXPECT_LT(relativeError(out.image, expected.image), tolerance);
    EXPECT_LT(relativeError(out.image_raw, expected.image_raw), tolerance);
    EXPECT_LT(relativeError(out.mask, expected.mask), tolerance);
    EXPECT_LT(relativeError(out.depth, expected.depth), tolerance);
  };
  compare(exact, 1e-5);
  compare(reduced, 0.02);
  compare(mixed, 0.02);
  EXPECT_TRUE(at::equal(mixed.image_raw, expected.image_raw));  // only super-resolution is reduced
}

TEST(SuperResolution, BlocksTakeCrops) {
  const Generator generator(smallConfig(), 5);
  const at::NoGradGuard no_grad;
  const nn::SynthesisRun run{.noise = NoiseMode::None};
  const at::Tensor rgb = at::randn({1, 3, 64, 64});
  const at::Tensor feature = at::randn({1, 32, 64, 64});
  const at::Tensor w = at::randn({1, 32});
  const SuperResolution& sr = generator.superResolution();
  const at::Tensor whole = sr(rgb, feature, w, run);
  EXPECT_TRUE(at::equal(sr.blocks(rgb, feature, w, run), whole));
  const auto crop = [](const at::Tensor& t, std::int64_t first, std::int64_t size) {
    return t.slice(2, first, first + size).slice(3, first, first + size);
  };
  const at::Tensor part = sr.blocks(crop(rgb, 16, 32), crop(feature, 16, 32), w, run);
  EXPECT_EQ(part.size(2), 64);
  // Away from the crop's edge (four convolutions and the filters), a crop of the picture.
  EXPECT_LT(relativeError(crop(part, 12, 40), crop(whole, 32 + 12, 40)), 1e-5);
}

}  // namespace
}  // namespace panohead
