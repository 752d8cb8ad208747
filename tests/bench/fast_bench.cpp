// The fast path against the specification path, stage by stage: times, ratios and precision in one run.
//   fast_bench [MODEL] [RESOLUTION...]   (default: the embedded model at its own resolution)
#include "core/fast/head_renderer.h"
#include "core/kernels/simd_level.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "tests/support/places.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>

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

/// Of pictures in [-1, 1].
double psnr(const at::Tensor& a, const at::Tensor& b) {
  const double error = (a.clamp(-1, 1) - b.clamp(-1, 1)).square().mean().item<double>();
  return error > 0 ? 10 * std::log10(4 / error) : 99;
}

struct Path {
  PreparedHead head;
  std::shared_ptr<const HeadRenderer> renderer;
};

/// Rate of the processor's own bfloat16 convolutions, GFLOP/s.
double convolutionRate(std::int64_t channels, std::int64_t size) {
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = at::randn({1, channels, size, size}).to(at::kBFloat16).contiguous(last);
  const at::Tensor w = at::randn({channels, channels, 3, 3}).to(at::kBFloat16).contiguous(last);
  const double time = milliseconds([&] { at::conv2d(x, w, {}, 1, 1); }, 5);
  return 18.0 * static_cast<double>(channels * channels * size * size) / time / 1e6;
}

double peakGib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

}  // namespace

int main(int argc, char** argv) {
  const at::NoGradGuard no_grad;
  SilentContext context;
  const ModelPtr model =
      openModel(argc > 1 ? std::filesystem::path(argv[1]) : panohead::test::firstModelFile(), context);
  const Generator& generator = model->generator;
  const GeneratorConfig& config = generator.config();
  if (model->fast == nullptr) {
    fmt::print(stderr, "the fast path does not know this model\n");
    return 1;
  }
  std::vector<std::int64_t> resolutions;
  for (int i = 2; i < argc; ++i) {
    resolutions.push_back(std::stoi(argv[i]));
  }
  if (resolutions.empty()) {
    resolutions.push_back(config.neural_resolution);
  }
  const at::Tensor ws = makeHead(model, {.seed = 7}, context)->prepared.ws;
  const at::Tensor other_ws = makeHead(model, {.seed = 8}, context)->prepared.ws;
  bool odd = false;
  const auto newWs = [&] {
    return (odd = !odd) ? other_ws : ws;
  };  // equal layers would not be computed again
  const std::int64_t half = ws.size(1) / 2;
  const at::Tensor late_ws = at::cat({ws.narrow(1, 0, half), other_ws.narrow(1, half, ws.size(1) - half)}, 1);
  const CameraLabel camera = orbitLabel({.yaw_degrees = 20});
  const at::Tensor label = at::tensor(at::ArrayRef<float>(camera.data(), camera.size())).view({1, 25});
  {
    Path first{{ws, fastPlanes(*model->fast, ws, {}), fastBackground(*model->fast, ws, {}), ws.select(1, -1)},
               {}};
    first.renderer = fastRenderer(model->fast, first.head);
    SynthesisSettings settings = generator.defaultSettings();
    settings.neural_resolution = resolutions.back();
    drawHead(*first.renderer, first.head.background, label, settings);
  }
  fmt::print(
      "{}, kernels for {}; peak memory of a head and a frame at {}: {:.2f} GiB\n{:<44} {:>12} {:>12}\n",
      computeDevice(),
      kernels::simdLevelName(kernels::simdLevel()),
      resolutions.back(),
      peakGib(),
      "",
      "specification",
      "fast");

  Path slow{{ws, {}, {}, ws.select(1, -1)}, {}};
  Path fast = slow;
  compare(
      "tri-grid",
      [&] { slow.head.planes = generator.planes(ws, {}); },
      [&] { fastPlanes(*model->fast, newWs(), {}); });
  compare(
      "tri-grid, later half of the layers changed",
      [&] { generator.planes(ws, {}); },
      [&] { fastPlanes(*model->fast, (odd = !odd) ? late_ws : ws, {}); });
  fast.head.planes = fastPlanes(*model->fast, ws, {});
  if (config.background) {
    compare(
        "background",
        [&] { slow.head.background = generator.background(ws, {}); },
        [&] { fastBackground(*model->fast, newWs(), {}); });
    fast.head.background = fastBackground(*model->fast, ws, {});
  }
  slow.renderer = specificationRenderer(generator, slow.head);
  compare(
      "occupancy, weights of super-resolution",
      [] {},
      [&] { fast.renderer = fastRenderer(model->fast, fast.head); });
  const auto identity = [&] {
    Path path = fast;
    const at::Tensor w = newWs();
    path.head.planes = fastPlanes(*model->fast, w, {});
    path.head.background = fastBackground(*model->fast, w, {});
    path.renderer = fastRenderer(model->fast, path.head);
  };
  compare(
      "new identity",
      [&] {
        generator.planes(ws, {});
        generator.background(ws, {});
      },
      identity);

  for (const std::int64_t r : resolutions) {
    SynthesisSettings settings = generator.defaultSettings();
    settings.neural_resolution = r;
    FeatureImage exact;
    FeatureImage drawn;
    compare(
        fmt::format("volume rendering {0} x {0}", r),
        [&] { exact = slow.renderer->renderFeature(label, settings); },
        [&] { drawn = fast.renderer->renderFeature(label, settings); });
    SynthesisOutput exact_output;
    SynthesisOutput output;
    compare(
        fmt::format("background, raw picture, super-resolution {}", r),
        [&] { exact_output = slow.renderer->finish(exact, slow.head.background, settings); },
        [&] { output = fast.renderer->finish(exact, fast.head.background, settings); });
    fmt::print("    of the same features: picture {:.1f} dB\n", psnr(exact_output.image, output.image));
    compare(
        fmt::format("whole frame {}", r),
        [&] { drawHead(*slow.renderer, slow.head.background, label, settings); },
        [&] {
          output = fast.renderer->finish(
              fast.renderer->renderFeature(label, settings), fast.head.background, settings);
        });
    fmt::print("    of the same w: picture {:.1f} dB, raw {:.1f} dB, mask {:.1f} dB\n",
               psnr(exact_output.image, output.image),
               psnr(exact_output.image_raw, output.image_raw),
               psnr(exact_output.mask * 2 - 1, output.mask * 2 - 1));
  }
  fmt::print(
      "bfloat16 convolutions of the processor: 256 channels at 256 x 256 {:.0f} GFLOP/s, 128 at 512 x 512 "
      "{:.0f}\n",
      convolutionRate(256, 256),
      convolutionRate(128, 512));
  return 0;
}
