// The quick differentiable path against the specification path, stage by stage, at the embedded model's size.
//   quick_bench [THREADS]   (default: 1). Random weights: only sizes matter for time.
#include "core/base/allocator_tuning.h"
#include "core/generator/discriminator.h"
#include "core/generator/generator.h"
#include "core/generator/quick_synthesis.h"
#include "core/kernels/simd_level.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/tri_grid_sampler.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace panohead;  // NOLINT: a program of one file

using Work = std::function<void()>;

double milliseconds(const Work& work, int times) {
  work();  // once to warm up
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    all.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

void compare(const std::string& what, const Work& specification, const Work& quick, int times = 2) {
  const double slow = milliseconds(specification, times);
  const double fast = milliseconds(quick, 3 * times);
  fmt::print("{:<46} {:9.1f} ms {:9.1f} ms   ratio {:.3f} ({:.1f} times faster)\n",
             what,
             slow,
             fast,
             fast / slow,
             slow / fast);
  std::fflush(stdout);
}

GeneratorConfig warmupSize() {
  GeneratorConfig config;
  config.img_resolution = 256;
  config.channel_base = 4096;
  config.channel_max = 256;
  config.triplane_size = 128;
  config.super_resolution = SuperResolutionKind::X4;
  config.volume.coarse_samples = config.volume.fine_samples = 24;
  return config;
}

void clearGradients(const ParameterStore& store) {
  for (const ParameterStore::Entry& entry : store.entries()) {
    entry.tensor.mutable_grad().reset();
  }
}

at::Tensor leaf(const at::Tensor& tensor) { return tensor.detach().clone().requires_grad_(true); }

}  // namespace

int main(int argc, char** argv) {
  tuneAllocatorForTraining();  // both paths profit
  at::set_num_threads(argc > 1 ? std::stoi(argv[1]) : 1);
  at::manual_seed(1);
  Generator generator(warmupSize(), 1);
  generator.store().requireGrad(true);
  const GeneratorConfig& config = generator.config();
  fmt::print("{} thread(s), kernels for {}\n{:<46} {:>12} {:>12}\n",
             at::get_num_threads(),
             kernels::simdLevelName(kernels::simdLevel()),
             "",
             "specification",
             "quick");

  const std::int64_t points_count = 98304;
  const at::Tensor grids = at::randn({1, 3, 96, 128, 128});
  const at::Tensor packed = packPlanes(grids, 3).to(at::kBFloat16);
  const at::Tensor points = at::rand({1, points_count, 3}) * 0.78 - 0.39;
  {
    const at::NoGradGuard no_grad;
    compare(
        "tri-grid sampling, 98k points, forward",
        [&] { sampleTriGrid(grids, points, 3, config.volume).mean(1); },
        [&] { quickSampleTriGrid(packed, points, config.volume); });
  }
  const at::Tensor grids_leaf = leaf(grids);
  const at::Tensor packed_leaf = leaf(packed);
  compare(
      "tri-grid sampling, forward and backward",
      [&] { sampleTriGrid(grids_leaf, points, 3, config.volume).mean(1).sum().backward(); },
      [&] { quickSampleTriGrid(packed_leaf, points, config.volume).sum().backward(); });

  const at::Tensor ws = leaf(at::randn({2, generator.numWs(), config.w_dim}));
  const at::Tensor planes_gradient = at::randn({2, 128, 128, 3, 3, 32});
  const at::Tensor planes_gradient_16 = planes_gradient.to(at::kBFloat16);
  const at::Tensor spec_planes_gradient = at::randn({2, 3, 96, 128, 128});
  compare(
      "backbone, 2 heads, forward and backward",
      [&] {
        clearGradients(generator.store());
        generator.planes(ws, {.fused = false}).backward(spec_planes_gradient);
      },
      [&] {
        clearGradients(generator.store());
        quickPlanes(generator, ws, {.dtype = at::kBFloat16}).backward(planes_gradient_16);
      });

  VolumeOptions volume = config.volume;
  volume.jitter = true;
  at::Tensor origins = at::tensor({0.0F, 0.0F, 2.7F}).expand({1, 1024, 3}).contiguous();
  at::Tensor directions = at::randn({1, 1024, 3}) * 0.05 + at::tensor({0.0F, 0.0F, -1.0F});
  const Rays rays{origins, directions / directions.norm(2, {2}, true)};
  compare(
      "render 1024 rays of 24 + 24, forward and backward",
      [&] {
        clearGradients(generator.store());
        const RenderedRays out = renderRays(generator.volume(grids_leaf), rays, volume);
        (out.feature.square().mean() + out.weight_sum.mean()).backward();
      },
      [&] {
        clearGradients(generator.store());
        const RenderedRays out = quickRender(generator, packed_leaf, rays, volume);
        (out.feature.square().mean() + out.weight_sum.mean()).backward();
      });

  const at::Tensor rgb = leaf(at::randn({2, 3, 64, 64}));
  const at::Tensor feature = leaf(at::randn({2, 32, 64, 64}));
  const at::Tensor last_w = at::randn({2, config.w_dim});
  const auto enlarge = [&](nn::SynthesisRun run) {
    run.noise = NoiseMode::None;
    clearGradients(generator.store());
    generator.superResolution()(rgb, feature, last_w, run).square().mean().backward();
  };
  compare(
      "super-resolution 64 to 256 px, 2 pictures, both",
      [&] { enlarge({.fused = false}); },
      [&] { enlarge({.dtype = at::kBFloat16}); });

  DiscriminatorConfig d_config;
  d_config.img_resolution = 256;
  d_config.channel_base = 4096;
  d_config.channel_max = 256;
  Discriminator discriminator(d_config, 2);
  discriminator.store().requireGrad(true);
  const DiscriminatorInput input{
      leaf(at::randn({4, 3, 256, 256})), leaf(at::randn({4, 3, 64, 64})), leaf(at::rand({4, 1, 64, 64}))};
  const at::Tensor c = at::randn({4, 25});
  const auto judge = [&](const DiscriminatorRun& run) {
    clearGradients(discriminator.store());
    at::softplus(discriminator(input, c, run)).mean().backward();
  };
  const auto judgeTwice = [&](const DiscriminatorRun& run) {
    clearGradients(discriminator.store());
    input.image.mutable_grad().reset();
    discriminator(input, c, run).sum().backward({}, true, true);
    input.image.grad().square().sum().backward();
    clearGradients(discriminator.store());
    input.image.mutable_grad().reset();
  };
  compare(
      "discriminator, 4 pictures, forward and backward",
      [&] { judge({}); },
      [&] { judge({.dtype = at::kBFloat16}); },
      1);
  compare(
      "discriminator, R1 (twice backward)",
      [&] { judgeTwice({}); },
      [&] { judgeTwice({.dtype = at::kBFloat16}); },
      1);
  return 0;
}
