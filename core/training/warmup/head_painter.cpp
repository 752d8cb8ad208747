#include "core/training/warmup/head_painter.h"

#include "core/tensor/prelude.h"

namespace panohead {

namespace {

nn::SynthesisRun runOf(NoiseMode noise) {
  nn::SynthesisRun run;
  run.noise = noise;
  run.fused = false;
  return run;
}

}  // namespace

at::Tensor HeadPainter::planes(const at::Tensor& w) const {
  return generator->planes(w.unsqueeze(1).expand({-1, generator->numWs(), -1}), runOf(NoiseMode::Const));
}

RenderedRays HeadPainter::render(const at::Tensor& planes, const Rays& rays) const {
  VolumeOptions volume = generator->config().volume;
  volume.coarse_samples = samples;
  volume.fine_samples = samples;
  volume.jitter = jitter;
  return renderRays(generator->volume(planes), rays, volume);
}

at::Tensor HeadPainter::raw(const at::Tensor& feature, const at::Tensor& w) const {
  return generator->rawPicture(feature, w);
}

at::Tensor HeadPainter::enlarge(const at::Tensor& feature, const at::Tensor& w) const {
  const SuperResolution& network = generator->superResolution();
  const std::int64_t size =
      feature.size(2) * network.input_resolution / generator->config().neural_resolution;
  const nn::SynthesisRun run = runOf(generator->config().sr_noise);
  const at::Tensor ws = w.unsqueeze(1).expand({-1, 3, -1});
  nn::SynthesisBlock::State state{nn::resizeBilinear(feature, size, size, network.options.antialias),
                                  nn::resizeBilinear(raw(feature, w), size, size, network.options.antialias)};
  state = network.block0(state, ws, run);
  return network.block1(state, ws, run).img;
}

int HeadPainter::scale() const {
  return static_cast<int>(generator->config().img_resolution / generator->config().neural_resolution);
}

}  // namespace panohead
