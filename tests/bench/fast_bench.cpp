// The fast path against the specification path, stage by stage: times, ratios and precision in one run.
//   fast_bench [MODEL] [RESOLUTION...]   (default: the embedded model at its own resolution)
#include "core/fast/head_renderer.h"
#include "core/kernels/simd_level.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"
#include "tests/bench/convolution_floor.h"
#include "tests/bench/recorded_items.h"
#include "tests/support/places.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace panohead;  // NOLINT: a program of one file
using bench::milliseconds;

/// @return milliseconds of the fast path
double compare(const std::string& what,
               const std::function<void()>& specification,
               const std::function<void()>& fast) {
  const double slow = milliseconds(specification, 3);
  const double quick = milliseconds(fast, 9);
  fmt::print("{:<44} {:9.1f} ms {:9.1f} ms   {:6.1f} times faster\n", what, slow, quick, slow / quick);
  std::fflush(stdout);
  return quick;
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
  const double tri_grid = compare(
      "tri-grid",
      [&] { slow.head.planes = generator.planes(ws, {}); },
      [&] { fastPlanes(*model->fast, newWs(), {}); });
  compare(
      "tri-grid, later half of the layers changed",
      [&] { generator.planes(ws, {}); },
      [&] { fastPlanes(*model->fast, (odd = !odd) ? late_ws : ws, {}); });
  fast.head.planes = fastPlanes(*model->fast, ws, {});
  double background = 0;
  if (config.background) {
    background = compare(
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
  const auto prepared = [&](const std::shared_ptr<const FastModel>& by, const at::Tensor& w) {
    Path path{{w, fastPlanes(*by, w, {}), {}, w.select(1, -1)}, {}};
    path.head.background = config.background ? fastBackground(*by, w, {}) : at::Tensor();
    path.renderer = fastRenderer(by, path.head);
    return path;
  };
  const auto identity = [&] { prepared(model->fast, newWs()); };
  const auto specified = [&] {
    generator.planes(ws, {});
    if (config.background) {
      generator.background(ws, {});
    }
  };
  compare("new identity", specified, identity);
  const auto blocksOf = [](const nn::SynthesisNetwork& network) {
    std::vector<const nn::SynthesisBlock*> blocks;
    for (const nn::SynthesisBlock& block : network.blocks) {
      blocks.push_back(&block);
    }
    return blocks;
  };
  const SuperResolution& super = generator.superResolution();
  bench::printConvolutionFloor("the tri-grid", blocksOf(generator.backbone()), tri_grid);
  bench::printItems([&] { fastPlanes(*model->fast, newWs(), {}); });
  if (config.background) {
    bench::printConvolutionFloor("the background", blocksOf(generator.backgroundNetwork()), background);
    bench::printItems([&] { fastBackground(*model->fast, newWs(), {}); });
  }
  fmt::print("occupancy, weights of super-resolution: ");
  bench::printItems([&] { fastRenderer(model->fast, fast.head); });

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
    const double finished = compare(
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
    if (r == resolutions.back()) {
      bench::printConvolutionFloor("super-resolution", {&super.block0, &super.block1}, finished);
      bench::printItems([&] { fast.renderer->finish(exact, fast.head.background, settings); });
    }
  }
  if (quickType() == at::kFloat) {
    return 0;
  }

  // What processors without bfloat16 do.
  setQuickType(at::kFloat);
  const std::shared_ptr<const FastModel> exact_model = makeFastModel(generator);
  const double exact_identity =
      compare("float32: new identity", specified, [&] { prepared(exact_model, newWs()); });
  std::vector<const nn::SynthesisBlock*> both = blocksOf(generator.backbone());
  if (config.background) {
    const std::vector<const nn::SynthesisBlock*> more = blocksOf(generator.backgroundNetwork());
    both.insert(both.end(), more.begin(), more.end());
  }
  bench::printConvolutionFloor("tri-grid and background", both, exact_identity);
  const Path exact_path = prepared(exact_model, ws);
  SynthesisSettings settings = generator.defaultSettings();
  settings.neural_resolution = resolutions.back();
  const FeatureImage image = slow.renderer->renderFeature(label, settings);
  SynthesisOutput exact_output;
  SynthesisOutput output;
  const double finished = compare(
      "float32: background, raw, super-resolution",
      [&] { exact_output = slow.renderer->finish(image, slow.head.background, settings); },
      [&] { output = exact_path.renderer->finish(image, exact_path.head.background, settings); });
  fmt::print("    of the same features: picture {:.1f} dB\n", psnr(exact_output.image, output.image));
  compare(
      "float32: whole frame",
      [&] { drawHead(*slow.renderer, slow.head.background, label, settings); },
      [&] { drawHead(*exact_path.renderer, exact_path.head.background, label, settings); });
  bench::printConvolutionFloor("super-resolution", {&super.block0, &super.block1}, finished);
  return 0;
}
