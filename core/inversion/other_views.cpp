#include "core/inversion/other_views.h"

#include "core/generator/quick_synthesis.h"
#include "core/tensor/prelude.h"
#include "core/training/warmup/reconstruction_loss.h"

#include <numeric>

namespace panohead {

namespace {

constexpr double kSoftness = 0.02;

}  // namespace

DrawnHead drawnHead(const Generator& generator,
                    const at::Tensor& ws,
                    const at::Tensor& ws_background,
                    const SynthesisSettings& settings) {
  return {settings.quick ? quickPlanes(generator, ws, settings.run) : generator.planes(ws, settings.run),
          generator.background(ws_background.defined() ? ws_background : ws, settings.run),
          ws.select(1, -1)};
}

OtherViews::OtherViews(const Generator& generator,
                       const DrawnHead& head,
                       const at::Tensor& labels,
                       std::vector<double> weights,
                       const SynthesisSettings& settings,
                       const std::function<void()>& checkpoint)
    : labels_(labels), weights_(std::move(weights)), settings_(settings) {
  settings_.super_resolution = false;
  settings_.checkpoint = settings_.run.checkpoint = {};  // those of the settings may not live as long as this
  const at::NoGradGuard no_grad;
  for (std::int64_t view = 0; view < count(); ++view) {
    checkpoint();
    before_.push_back(draw(generator, head, view, checkpoint));
  }
}

SynthesisOutput OtherViews::draw(const Generator& generator,
                                 const DrawnHead& head,
                                 std::int64_t view,
                                 const std::function<void()>& checkpoint) const {
  SynthesisSettings settings = settings_;
  settings.checkpoint = settings.run.checkpoint = checkpoint;
  return generator.draw(
      head.planes, head.background, head.last_w, labels_.slice(0, view, view + 1), settings);
}

at::Tensor OtherViews::loss(const Generator& generator,
                            const DrawnHead& head,
                            std::int64_t view,
                            const std::function<void()>& checkpoint) const {
  const SynthesisOutput& before = before_[static_cast<std::size_t>(view)];
  const SynthesisOutput now = draw(generator, head, view, checkpoint);
  // Not the depth: where a ray meets nothing its gradient is no number, and pictures from all around hold the
  // shape.
  const at::Tensor loss = charbonnier(now.image_raw - before.image_raw, kSoftness).mean() +
                          charbonnier(now.mask - before.mask, kSoftness).mean();
  return weights_.empty() ? loss : loss * weights_[static_cast<std::size_t>(view)];
}

double OtherViews::drift(const Generator& generator,
                         const DrawnHead& head,
                         const std::function<void()>& checkpoint) const {
  const at::NoGradGuard no_grad;
  double total = 0;
  for (std::int64_t view = 0; view < count(); ++view) {
    checkpoint();
    const SynthesisOutput& before = before_[static_cast<std::size_t>(view)];
    const SynthesisOutput now = draw(generator, head, view, checkpoint);
    const at::Tensor person = at::maximum(now.mask, before.mask).clamp(0, 1);
    const at::Tensor change = (now.image_raw - before.image_raw).abs().mean(1, true) * 0.5;
    total += ((change * person).sum() / person.sum().clamp_min(1e-6)).item<double>();
  }
  return total / static_cast<double>(count());
}

std::int64_t viewOfStep(std::int64_t step, std::int64_t count) {
  std::int64_t stride = 5;
  while (std::gcd(stride, count) != 1) {  // else some views would never be looked at
    ++stride;
  }
  return step * stride % count;
}

}  // namespace panohead
