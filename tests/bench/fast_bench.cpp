// The fast path against the specification path, stage by stage: times, ratios and precision in one run.
//   fast_bench [MODEL] [RESOLUTION...]   (default: the embedded model at its own resolution)
#include "core/base/allocator_tuning.h"
#include "core/fast/fast_super_resolution.h"
#include "core/fast/fast_volume.h"
#include "core/generator/head.h"
#include "core/kernels/simd_level.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace panohead;  // NOLINT: a program of one file

double milliseconds(const std::function<void()>& work, int times) {
  work();
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

void compare(const std::string& what,
             const std::function<void()>& specification,
             const std::function<void()>& fast) {
  const double slow = milliseconds(specification, 3);
  const double quick = milliseconds(fast, 9);
  fmt::print("{:<44} {:9.1f} ms {:9.1f} ms   {:6.1f} times faster\n", what, slow, quick, slow / quick);
  std::fflush(stdout);
}

double psnr(const at::Tensor& a, const at::Tensor& b, double range) {
  const double error = (a - b).square().mean().item<double>();
  return error > 0 ? 10 * std::log10(range * range / error) : 99;
}

}  // namespace

int main(int argc, char** argv) {
  const at::NoGradGuard no_grad;
  tuneAllocatorForTraining();
  SilentContext context;
  const ModelPtr model = openModel(argc > 1 ? std::filesystem::path(argv[1]) : defaultModelPath(), context);
  const Generator& generator = model->generator;
  fmt::print("{}, kernels for {}\n{:<44} {:>12} {:>12}\n",
             computeDevice(),
             kernels::simdLevelName(kernels::simdLevel()),
             "",
             "specification",
             "fast");
  const HeadPtr head = makeHead(model, {.seed = 7}, context);
  const PreparedHead& prepared = head->prepared;
  const fast::FastVolume volume(generator, prepared.planes);
  fmt::print("occupied cells: {:.1f} %\n", 100 * volume.occupancy().filled());
  compare("packing and occupancy", [] {}, [&] { fast::FastVolume(generator, prepared.planes); });
  const fast::FoldedSuperResolution folded(generator.superResolution());
  const fast::FastSuperResolution super_resolution(folded, prepared.last_w, generator.config().sr_noise);
  compare(
      "preparing super-resolution",
      [] {},
      [&] { fast::FastSuperResolution(folded, prepared.last_w, generator.config().sr_noise); });
  std::vector<int> resolutions;
  for (int i = 2; i < argc; ++i) {
    resolutions.push_back(std::stoi(argv[i]));
  }
  if (resolutions.empty()) {
    resolutions.push_back(static_cast<int>(generator.config().neural_resolution));
  }
  for (const int r : resolutions) {
    SynthesisSettings settings = generator.defaultSettings();
    settings.neural_resolution = r;
    for (const double yaw : {20.0, 180.0}) {
      const CameraLabel camera = orbitLabel({.yaw_degrees = yaw});
      const at::Tensor label = at::tensor(at::ArrayRef<float>(camera.data(), camera.size())).view({1, 25});
      FeatureImage slow;
      FeatureImage quick;
      compare(
          fmt::format("volume rendering {0} x {0}, yaw {1}", r, yaw),
          [&] { slow = generator.renderFeature(prepared.planes, label, settings); },
          [&] { quick = volume.render(label, r, settings.volume, {}); });
      const auto raw = [&](const FeatureImage& image) {
        return generator.rawPicture(generator.composite(image, prepared.background), prepared.last_w)
            .clamp(-1, 1);
      };
      fmt::print("    raw picture {:.1f} dB, mask {:.1f} dB, depth {:.1f} dB (where the mask is over 0.5)\n",
                 psnr(raw(slow), raw(quick), 2),
                 psnr(slow.weight_sum, quick.weight_sum, 1),
                 psnr(slow.depth.masked_select(slow.weight_sum > 0.5),
                      quick.depth.masked_select(slow.weight_sum > 0.5),
                      1));
      if (yaw > 90) {
        continue;
      }
      const at::Tensor feature = generator.composite(slow, prepared.background);
      const at::Tensor rgb = generator.rawPicture(feature, prepared.last_w);
      nn::SynthesisRun run;
      run.noise = generator.config().sr_noise;
      at::Tensor exact;
      at::Tensor drawn;
      compare(
          fmt::format("super-resolution from {}", r),
          [&] { exact = generator.superResolution()(rgb, feature, prepared.last_w, run); },
          [&] { drawn = super_resolution(rgb, feature, {}); });
      fmt::print("    picture {:.1f} dB\n", psnr(exact.clamp(-1, 1), drawn.clamp(-1, 1), 2));
    }
  }
  return 0;
}
