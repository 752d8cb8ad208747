// The OpenGL preview and renderFrame() in one run, at the embedded model's size.
//   preview_bench [MODEL]
#include "core/session/studio.h"
#include "render/preview/tri_grid_preview.h"
#include "tests/support/egl_context.h"
#include "tests/support/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace {

using namespace panohead;  // NOLINT: a program of one file

double once(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

const char* nameOf(render::PreviewPath path) {
  return path == render::PreviewPath::Fragment ? "fragment" : "compute";
}

}  // namespace

int main(int argc, char** argv) {
  const auto egl = test::EglContext::create();
  if (!egl) {
    fmt::print("no surfaceless EGL with OpenGL 4.1 on this machine\n");
    return 0;
  }
  const auto context = std::make_shared<render::GlContext>(&test::EglContext::load);
  SilentContext silent;
  const ModelPtr model =
      openModel(argc > 1 ? std::filesystem::path(argv[1]) : panohead::test::firstModelFile(), silent);
  const HeadPtr head = makeHead(model, {.seed = 3}, silent);
  const CameraLabel camera = orbitLabel({.yaw_degrees = 20});
  ViewOptions view;
  view.camera = camera;
  view.mode = RenderMode::Raw;
  PreviewHead numbers;
  double conversion = once([&] { numbers = makePreviewHead(*head); });

  struct Setting {
    render::PreviewPath path;
    int samples;  // as PreviewView
    int fine;
    double first = 0;
    double best = 1e9;
  };
  std::vector<Setting> settings;
  std::map<render::PreviewPath, std::unique_ptr<render::TriGridPreview>> previews;
  for (const render::PreviewPath path : {render::PreviewPath::Fragment, render::PreviewPath::Compute}) {
    if (path == render::PreviewPath::Compute && !context->hasCompute()) {
      fmt::print("compute: this OpenGL is older than 4.3\n");
      continue;
    }
    auto preview = std::make_unique<render::TriGridPreview>(context, path);
    const double upload = once([&] { preview->setHead(numbers); });
    fmt::print("{}: upload of a head {:.1f} ms\n", nameOf(path), upload);
    previews.emplace(path, std::move(preview));
    for (const auto& [samples, fine] :
         {std::pair(0, -1), std::pair(24, 0), std::pair(48, 0), std::pair(96, 0)}) {
      settings.push_back({path, samples, fine});
    }
  }
  const auto draw = [&](const Setting& setting) {
    render::TriGridPreview& preview = *previews.at(setting.path);
    preview.draw({.camera = camera, .samples = setting.samples, .fine_samples = setting.fine});
    return preview.read().samples_per_ray;
  };
  for (Setting& setting : settings) {
    setting.first = once([&] { draw(setting); });
  }
  // In turn, and the best of each: other programs on the machine then spoil no ratio.
  constexpr int kRounds = 7;
  double full = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    full = std::min(full, once([&] { renderFrame(*head, view, silent); }));
    conversion = std::min(conversion, once([&] { numbers = makePreviewHead(*head); }));
    for (Setting& setting : settings) {
      setting.best = std::min(setting.best, once([&] { draw(setting); }));
    }
  }
  fmt::print("{}; a head as plain numbers {:.1f} ms\nraw picture by renderFrame {:.1f} ms\n",
             computeDevice(),
             conversion,
             full);
  for (const Setting& setting : settings) {
    fmt::print(
        "{}: {} samples, {}: {:.1f} ms, {:.2f} of renderFrame (first frame, with compiling: {:.0f} ms)\n",
        nameOf(setting.path),
        draw(setting),
        setting.fine == 0 ? "one pass" : "two passes",
        setting.best,
        setting.best / full,
        setting.first);
  }
  return 0;
}
