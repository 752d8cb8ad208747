#include "ui/moving_preview.h"

#include "core/jobs/function_job.h"
#include "core/session/preview_head.h"
#include "render/preview/preview_picture.h"
#include "render/preview/tri_grid_preview.h"
#include "ui/bridge/qt_convert.h"
#include "ui/opengl_probe.h"
#include "ui/preview_engine.h"

#include <QCoreApplication>
#include <QOpenGLContext>

#include <algorithm>
#include <future>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kTarget = 16;  // ms: the window's own drawing waits for the card that long at most

render::FrameQuality fullQuality(const ModelInfo& model, RenderMode mode) {
  // Raw pictures stand for super-resolved ones: more rays bring them nearer.
  constexpr int kMostResolution = 512;
  const int resolution =
      mode == RenderMode::Picture
          ? std::min({kFinestPreview * model.neural_resolution, model.image_resolution, kMostResolution})
          : model.neural_resolution;
  return {resolution,
          std::min(model.coarse_samples, render::TriGridPreview::kMostCoarse),
          model.fine_samples,
          false};
}

}  // namespace

std::unique_ptr<MovingPreview> MovingPreview::make(Callbacks callbacks) {
  const QByteArray wanted = qgetenv("PANOHEAD_PREVIEW");
  const OpenGlProbe& probe = openGlProbe();
  const bool possible = probe.there && QOpenGLContext::supportsThreadedOpenGL();
  const bool sensible = !probe.software && computeDevice().starts_with("CPU");
  if (wanted == "off" || !possible || (wanted != "on" && !sensible)) {
    return nullptr;
  }
  return std::unique_ptr<MovingPreview>(new MovingPreview(std::move(callbacks), wanted == "on"));
}

MovingPreview::MovingPreview(Callbacks callbacks, bool always)
    : callbacks_(std::move(callbacks)),
      always_(always),
      device_(QCoreApplication::translate("Hud", "OpenGL: %1").arg(toQString(openGlProbe().renderer))),
      pacer_({}, kTarget),
      loop_(bridge_.worker(),
            {[this](Frame frame) { show(std::move(frame)); }, [this](const Error& error) { fail(error); }}) {
  surface_.setFormat(QSurfaceFormat::defaultFormat());
  surface_.create();  // only the window's thread may
}

// The context must go in the thread that made it.
MovingPreview::~MovingPreview() {
  loop_.clear();
  const auto closed = std::make_shared<std::promise<void>>();
  startFunction(
      bridge_.worker(),
      "Preview",
      [&engine = engine_, closed](JobContext&) {
        engine.reset();
        closed->set_value();
        return 0;
      },
      [](int) {});
  closed->get_future().wait();
}

void MovingPreview::setKind(const ModelInfo& model, RenderMode mode) {
  pacer_ = render::FramePacer(fullQuality(model, mode), kTarget);
}

void MovingPreview::restart() {
  loop_.clear();
  state_ = State::Cold;
}

bool MovingPreview::draws(const HeadPtr& head, const ViewOptions& view, const render::FramePacer& processor) {
  if (state_ == State::Failed || !render::previewShows(view.mode) || !hasPreview(*head) ||
      !(always_ || render::previewIsBetter(processor, pacer_))) {
    return false;
  }
  if (state_ == State::Warm) {
    submit(head, view);
    return true;
  }
  if (state_ == State::Cold) {
    state_ = State::Warming;
    submit(head, view);
  }
  return false;
}

void MovingPreview::submit(const HeadPtr& head, ViewOptions view) {
  const render::FrameQuality& quality = pacer_.moving();
  view.neural_resolution = quality.neural_resolution;
  view.coarse_samples = quality.coarse_samples;
  view.fine_samples = quality.fine_samples;
  loop_.submit({false, [head, view, &engine = engine_, &surface = surface_](JobContext&) {
                  if (!engine) {
                    engine = std::make_unique<PreviewEngine>(surface);
                  }
                  return engine->draw(head, view);
                }});
}

void MovingPreview::show(Frame frame) {
  if (state_ == State::Warming) {
    state_ = State::Warm;
    return;
  }
  if (frame.times.size() == 1) {  // else a head was uploaded
    pacer_.measured(frame);
  }
  callbacks_.frame(std::move(frame));
}

void MovingPreview::fail(const Error& error) {
  state_ = State::Failed;
  callbacks_.failed(error);
}

}  // namespace panohead::ui
