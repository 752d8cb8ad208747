// What watching costs: the four views of a running fit and the heads of a run's sheets, by the fast path with
// weights packed anew, and as core/nn draws them.
//   watching_bench [MODEL [HEADS]]   (default: the embedded model, 16 heads of a sheet)
#include "core/fast/head_renderer.h"
#include "core/generator/quick_synthesis.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"
#include "core/training/sheet_painter.h"
#include "tests/bench/convolution_floor.h"
#include "tests/support/places.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace panohead;  // NOLINT: a program of one file

void print(const std::string& what, const std::function<void()>& work, int times = 3) {
  fmt::print("{:<72} {:9.1f} ms\n", what, bench::milliseconds(work, times));
  std::fflush(stdout);
}

at::Tensor labelOf(double yaw) {
  const CameraLabel camera = orbitLabel({.yaw_degrees = yaw});
  return at::tensor(at::ArrayRef<float>(camera.data(), camera.size())).view({1, 25});
}

}  // namespace

int main(int argc, char** argv) {
  const at::NoGradGuard no_grad;
  SilentContext context;
  const ModelPtr model =
      openModel(argc > 1 ? std::filesystem::path(argv[1]) : panohead::test::firstModelFile(), context);
  const Generator& generator = model->generator;
  const int heads = argc > 2 ? std::stoi(argv[2]) : 16;
  std::vector<at::Tensor> ws;
  for (int seed = 0; seed < heads; ++seed) {
    ws.push_back(makeHead(model, {.seed = static_cast<std::uint32_t>(seed)}, context)->prepared.ws);
  }
  fmt::print("{}\n", computeDevice());

  const nn::SynthesisRun quick{.fused = false, .dtype = quickType()};
  const std::vector<double> yaws{0, 45, 90, 180};
  for (const bool super_resolution : {true, false}) {
    SynthesisSettings settings = generator.defaultSettings();
    settings.run = quick;
    settings.quick = true;
    settings.super_resolution = super_resolution;
    const std::string what =
        fmt::format("four views of a fit, {}", super_resolution ? "full size" : "raw pictures");
    const auto head = [&] {
      return PreparedHead{ws[0],
                          quickPlanes(generator, ws[0], quick),
                          generator.background(ws[0], quick),
                          ws[0].select(1, -1)};
    };
    print(what + ": core/nn", [&] {
      const PreparedHead prepared = head();
      for (const double yaw : yaws) {
        generator.draw(prepared.planes, prepared.background, prepared.last_w, labelOf(yaw), settings);
      }
    });
    const auto four = [&](const HeadRenderer& renderer, const PreparedHead& prepared) {
      for (const double yaw : yaws) {
        renderer.draw(labelOf(yaw), prepared.background, settings);
      }
    };
    print(what + ": grids by core/nn, the rest fast", [&] {
      const PreparedHead prepared = head();
      four(*passingRenderer(generator, prepared), prepared);
    });
    print(what + ": all weights packed anew", [&] {
      const std::shared_ptr<const FastModel> fast = makeFastModel(generator);
      const PreparedHead prepared{
          ws[0], fastPlanes(*fast, ws[0], {}), fastBackground(*fast, ws[0], {}), ws[0].select(1, -1)};
      four(*fastRenderer(fast, prepared), prepared);
    });
  }

  SynthesisSettings settings = generator.defaultSettings();
  settings.quick = true;
  const std::string sheet = fmt::format("{} heads of a sheet", heads);
  print(
      sheet + ": core/nn",
      [&] {
        for (const at::Tensor& w : ws) {
          generator.synthesize(w, labelOf(20), settings);
        }
      },
      1);
  print(
      sheet + ": SheetPainter",
      [&] {
        const SheetPainter painter(generator, generator.config().neural_resolution, {});
        for (const at::Tensor& w : ws) {
          painter(w, labelOf(20));
        }
      },
      1);
  print("packing the weights of the backbone and the background", [&] {
    const std::shared_ptr<const FastModel> fast = makeFastModel(generator);
    fastBackground(*fast, ws[0], {});
  });
  return 0;
}
