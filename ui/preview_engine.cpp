#include "ui/preview_engine.h"

#include "core/base/error.h"
#include "core/session/preview_head.h"
#include "core/session/stage_clock.h"
#include "render/preview/preview_picture.h"
#include "ui/opengl_probe.h"

#include <algorithm>
#include <utility>

namespace panohead::ui {
PreviewEngine::PreviewEngine(QOffscreenSurface& surface) {
  context_.setFormat(QSurfaceFormat::defaultFormat());
  if (!context_.create() || !context_.makeCurrent(&surface)) {
    throw DeviceError("the driver gives no second OpenGL context", "moving pictures come from the processor");
  }
  functions_ = std::make_shared<render::GlContext>(openGlFunction);
  preview_ = std::make_unique<render::TriGridPreview>(functions_);
}

PreviewEngine::~PreviewEngine() {
  preview_.reset();
  functions_->emptyGraveyard();
  context_.doneCurrent();
}

void PreviewEngine::upload(const HeadPtr& head) {
  head_.reset();
  PreviewHead numbers = makePreviewHead(*head);
  preview_->setHead(numbers);
  behind_ = std::move(numbers.behind);
  behind_resized_ = {};
  head_ = head;
}

Frame PreviewEngine::draw(const HeadPtr& head, const ViewOptions& view) {
  std::vector<StageTime> times;
  StageClock clock(times);
  if (head_.lock() != head) {
    clock.enter("head to OpenGL");
    upload(head);
  }
  clock.enter("OpenGL preview");
  preview_->draw({.camera = view.camera,
                  .resolution = view.neural_resolution,
                  .samples = view.coarse_samples,
                  .fine_samples = view.fine_samples});
  Frame frame = preview_->read();
  const int side = frame.neural_resolution;
  if (behind_resized_.width != side) {
    behind_resized_ = render::previewBehind(behind_, side);
  }
  frame.picture = render::previewPicture(frame, view.mode, behind_resized_);
  clock.stop();
  frame.times = std::move(times);
  frame.request = view.request;
  frame.refined = view.refined;
  return frame;
}

}  // namespace panohead::ui
