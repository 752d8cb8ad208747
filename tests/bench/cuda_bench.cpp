// The CUDA renderer at the official size, on a machine with a GPU: volume rendering by the raw kernels (needs
// no CUDA in LibTorch), and whole frames beside plain LibTorch where LibTorch has CUDA. Usage: cuda_bench
#include "core/fast/cuda/cuda_renderer.h"
#include "core/tensor/prelude.h"
#include "tests/support/cuda_scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

namespace {

using namespace panohead;              // NOLINT: a program of one file
using namespace panohead::fast::cuda;  // NOLINT

/// Median over batches of frames given one after the other and waited for at the end. Milliseconds a frame.
double milliseconds(const std::function<void()>& frame, const std::function<void()>& wait) {
  constexpr int kBatches = 7;
  constexpr int kFrames = 20;
  std::vector<double> times;
  for (int batch = 0; batch <= kBatches; ++batch) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kFrames; ++i) {
      frame();
    }
    wait();
    if (batch > 0) {  // the first one warms up
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() /
          kFrames);
    }
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

GeneratorConfig official() {
  GeneratorConfig config;  // the published 512 px network's sizes
  config.volume.coarse_samples = 48;
  config.volume.fine_samples = 48;
  return config;
}

void benchVolume(const test::CudaScene& scene) {
  const at::Tensor planes = scene.packed.to(at::kHalf).contiguous();
  DeviceMemory on_device(planes.nbytes());
  on_device.upload(planes.const_data_ptr(), planes.nbytes());
  DeviceMemory view(kViewNumbers * sizeof(float));
  view.upload(scene.view.const_data_ptr(), view.bytes());
  Volume volume = scene.volume;
  volume.planes = on_device.data();
  const double prepare =
      milliseconds([&] { CudaVolume(volume, scene.decoder, nullptr); }, [] { synchronise(nullptr); });
  const CudaVolume cuda(volume, scene.decoder, nullptr);
  const std::vector<std::int8_t> cells = cuda.cells();
  const auto filled = std::count(cells.begin(), cells.end() - 2, kernels::kEvaluateCell);
  fmt::print("volume of a head prepared (decoder, empty space): {:.3f} ms; {:.0f} % of the cells filled\n",
             prepare,
             100.0 * static_cast<double>(filled) / static_cast<double>(cells.size() - 2));
  for (const int resolution : {64, 128, 256}) {
    const auto pixels = static_cast<std::size_t>(resolution) * static_cast<std::size_t>(resolution);
    const DeviceMemory feature(pixels * kFeatures * sizeof(float));
    const DeviceMemory weight(pixels * sizeof(float));
    const DeviceMemory depth(pixels * sizeof(float));
    const DrawnFrame out{feature.as<float>(), weight.as<float>(), depth.as<float>()};
    const FrameOptions frame = scene.frame(resolution);
    const double time = milliseconds([&] { cuda.render(frame, view.as<float>(), nullptr, out, nullptr); },
                                     [] { synchronise(nullptr); });
    fmt::print(
        "volume rendering {0} x {0}, {1} + {2}: {3:.3f} ms\n", resolution, frame.coarse, frame.fine, time);
  }
}

void benchFrames(test::CudaScene& scene) {
  const at::NoGradGuard no_grad;
  Generator& generator = scene.generator;
  generator.store().moveTo(at::kCUDA);
  const std::shared_ptr<const CudaModel> model = makeCudaModel(generator);
  if (model == nullptr) {
    fmt::print("whole frames: this build cannot draw them with CUDA\n");
    return;
  }
  PreparedHead head;
  head.ws = at::randn({1, generator.numWs(), generator.config().w_dim}).to(at::kCUDA);
  head.planes = scene.planes.to(at::kCUDA);
  head.background = generator.background(head.ws, {});
  head.last_w = head.ws.select(1, head.ws.size(1) - 1).contiguous();
  const at::Tensor label = scene.label.to(at::kCUDA);
  const auto specification = specificationRenderer(generator, head);
  const auto renderer = cudaRenderer(model, head);
  at::Tensor last;
  const auto wait = [&] { last.flatten()[0].item<float>(); };
  SynthesisSettings settings = generator.defaultSettings();
  for (const int resolution : {64, 128}) {
    settings.neural_resolution = resolution;
    const double plain = milliseconds(
        [&] {
          last =
              specification->finish(specification->renderFeature(label, settings), head.background, settings)
                  .image;
        },
        wait);
    const at::Tensor reference = last.cpu();
    const double steps = milliseconds(
        [&] {
          last = renderer->finish(renderer->renderFeature(scene.label, settings), head.background, settings)
                     .image;
        },
        wait);
    const double graph =
        milliseconds([&] { last = renderer->draw(scene.label, head.background, settings).image; }, wait);
    fmt::print(
        "frame of {} px from {} px: {:.2f} ms as a graph, {:.2f} ms step by step, plain LibTorch {:.2f} ms "
        "({:.1f} times); {:.1f} dB\n",
        last.size(2),
        resolution,
        graph,
        steps,
        plain,
        plain / graph,
        test::decibels(last.cpu(), reference));
  }
}

}  // namespace

int main() {
  if (!unavailable().empty()) {
    fmt::print("{}\n", unavailable());
    return 0;
  }
  test::CudaScene scene(official());
  benchVolume(scene);
  if (at::globalContext().hasCUDA()) {
    benchFrames(scene);
  } else {
    fmt::print("whole frames: LibTorch has no CUDA here\n");
  }
  return 0;
}
