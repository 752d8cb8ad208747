#include "core/training/sheet_painter.h"

#include "core/tensor/prelude.h"

namespace panohead {

SheetPainter::SheetPainter(const Generator& generator,
                           std::int64_t neural_resolution,
                           const std::function<void()>& checkpoint)
    : generator_(generator),
      settings_(generator.defaultSettings()),
      fast_(makeFastModel(generator, checkpoint)) {
  settings_.neural_resolution = neural_resolution;
  settings_.quick = generator.decoder().hidden.weight.is_cpu();
  settings_.checkpoint = settings_.run.checkpoint = checkpoint;
}

SynthesisOutput SheetPainter::operator()(const at::Tensor& ws, const at::Tensor& label) const {
  const at::NoGradGuard no_grad;
  if (fast_ == nullptr) {
    return generator_.synthesize(ws, label, settings_);
  }
  const PreparedHead head{
      ws, fastPlanes(*fast_, ws, settings_.run), fastBackground(*fast_, ws, settings_.run), ws.select(1, -1)};
  return fastRenderer(fast_, head, settings_.checkpoint)->draw(label, head.background, settings_);
}

}  // namespace panohead
