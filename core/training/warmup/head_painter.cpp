#include "core/training/warmup/head_painter.h"

#include "core/generator/quick_synthesis.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

namespace panohead {

nn::SynthesisRun HeadPainter::runOf(NoiseMode noise) const {
  nn::SynthesisRun run;
  run.noise = noise;
  run.fused = false;
  run.dtype = quick_ ? quickType() : at::kFloat;
  return run;
}

at::Tensor HeadPainter::planes(const at::Tensor& w) const {
  return quickPlanes(
      *generator_, w.unsqueeze(1).expand({-1, generator_->numWs(), -1}), runOf(NoiseMode::Const));
}

RenderedRays HeadPainter::render(const at::Tensor& planes,
                                 const Rays& rays,
                                 const std::vector<at::Generator>& generators) const {
  VolumeOptions volume = generator_->config().volume;
  volume.coarse_samples = samples_;
  volume.fine_samples = samples_;
  volume.jitter = !generators.empty();
  return quickRender(*generator_,
                     planes,
                     rays,
                     volume,
                     {.decoder_dtype = quick_ ? quickType() : at::kFloat, .generators = generators});
}

at::Tensor HeadPainter::raw(const at::Tensor& feature, const at::Tensor& w) const {
  return generator_->rawPicture(feature, w);
}

at::Tensor HeadPainter::enlarge(const at::Tensor& feature, const at::Tensor& w) const {
  const SuperResolution& network = generator_->superResolution();
  const std::int64_t size = feature.size(2) * network.options.input / generator_->config().neural_resolution;
  const auto resized = [&](const at::Tensor& t) {
    return nn::resizeBilinear(t, size, size, network.options.antialias);
  };
  return network.blocks(resized(raw(feature, w)), resized(feature), w, runOf(generator_->config().sr_noise));
}

int HeadPainter::scale() const {
  return static_cast<int>(generator_->config().img_resolution / generator_->config().neural_resolution);
}

}  // namespace panohead
