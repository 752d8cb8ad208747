#include "core/session/head_drawing.h"

#include "core/session/model.h"
#include "core/tensor/prelude.h"

namespace panohead {

HeadDrawing::HeadDrawing(ModelPtr networks, const PreparedHead& head, JobContext& context)
    : networks_(std::move(networks)), head_(head) {
  const bool there =
      networks_->fast != nullptr &&
      networks_->device->attempt(context, [&](const DeviceModel& model) { device_ = model.renderer(head_); });
  if (!there) {
    processor(context);
  }
}

void HeadDrawing::draw(
    JobContext& context,
    const std::function<void(const HeadRenderer&, const std::string& device)>& draw) const {
  const ModelDevice& device = *networks_->device;
  if (device_ != nullptr &&
      device.attempt(context, [&](const DeviceModel&) { draw(*device_, device.drawnBy().device); })) {
    return;
  }
  draw(processor(context), computeDevice());
}

const HeadRenderer& HeadDrawing::processor(JobContext& context) const {
  const std::lock_guard lock(mutex_);
  if (processor_ == nullptr) {
    const at::NoGradGuard no_grad;
    const auto checkpoint = [&context] { context.checkpoint(); };
    processor_ = networks_->fast != nullptr ? fastRenderer(networks_->fast, head_, checkpoint)
                                            : specificationRenderer(networks_->generator, head_);
  }
  return *processor_;
}

}  // namespace panohead
