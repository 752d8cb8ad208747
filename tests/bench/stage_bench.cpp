// Stages of a frame as they are drawn, against the way training records them (activations scaled in
// place of weights, all rays at once), in one run; ends with the ratios.
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>

namespace panohead {
namespace {

enum class Path { Recorded, Drawn };

Generator& fullSize() {
  static Generator generator(GeneratorConfig{}, 1);
  return generator;
}

void superResolution(benchmark::State& state, Path path) {
  const at::NoGradGuard no_grad;
  const nn::SynthesisRun run{.noise = NoiseMode::None, .fused = path == Path::Drawn};
  const at::Tensor rgb = at::randn({1, 3, 64, 64});
  const at::Tensor feature = at::randn({1, 32, 64, 64});
  const at::Tensor w = at::randn({1, 512});
  for (auto _ : state) {
    benchmark::DoNotOptimize(fullSize().superResolution()(rgb, feature, w, run));
  }
}

void planes(benchmark::State& state, Path path) {
  const at::NoGradGuard no_grad;
  const at::Tensor ws = at::randn({1, 14, 512});
  for (auto _ : state) {
    benchmark::DoNotOptimize(fullSize().planes(ws, {.fused = path == Path::Drawn}));
  }
}

void volumeRendering(benchmark::State& state, Path path) {
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = fullSize().defaultSettings();
  if (path == Path::Recorded) {
    settings.volume.rays_per_chunk = 0;  // all at once
  }
  const at::Tensor grids = at::randn({1, 3, 96, 256, 256});
  at::Tensor label = at::zeros({1, 25});
  for (const auto& [entry, value] : std::map<int, float>{{0, 1},
                                                         {5, -1},
                                                         {10, -1},
                                                         {11, 2.7F},
                                                         {15, 1},
                                                         {16, 4.2647F},
                                                         {18, 0.5F},
                                                         {20, 4.2647F},
                                                         {21, 0.5F},
                                                         {24, 1}}) {
    label[0][entry] = value;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(fullSize().renderFeature(grids, label, settings));
  }
}

class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      times_[run.run_name.function_name] = run.GetAdjustedRealTime();
    }
  }
  void Finalize() override {
    for (const auto& [name, time] : times_) {
      if (const auto recorded = times_.find(name + " as recorded"); recorded != times_.end()) {
        fmt::print("{:<24} {:.2f} times faster than as recorded\n", name, recorded->second / time);
      }
    }
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace
}  // namespace panohead

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto both = [](const char* name, void (*function)(benchmark::State&, panohead::Path)) {
    const std::string recorded = std::string(name) + " as recorded";
    for (const auto& [title, path] :
         {std::pair(recorded, panohead::Path::Recorded), {name, panohead::Path::Drawn}}) {
      benchmark::RegisterBenchmark(title.c_str(), function, path)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime()
          ->MinTime(3);
    }
  };
  both("super-resolution 8XDC", panohead::superResolution);
  both("planes", panohead::planes);
  both("volume rendering 64", panohead::volumeRendering);
  panohead::RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
