#include "core/fast/fast_super_resolution.h"

#include "core/nn/quick_fir.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

namespace panohead::fast {

namespace {

at::Tensor channelsLast(const at::Tensor& t, at::ScalarType type) {
  return t.contiguous(at::MemoryFormat::ChannelsLast).to(type);
}

}  // namespace

FastSuperResolution::FastSuperResolution(const SuperResolution& network,
                                         const at::Tensor& w,
                                         NoiseMode noise,
                                         const AskToStop& checkpoint)
    : input_(network.input_resolution), antialias_(network.options.antialias) {
  const at::NoGradGuard no_grad;
  for (int block = 0; block < 2; ++block) {
    const nn::SynthesisBlock& of = block == 0 ? network.block0 : network.block1;
    check(checkpoint);
    convs_[block][0] = PreparedConv(of.conv0, w, noise);
    check(checkpoint);
    convs_[block][1] = PreparedConv(of.conv1, w, noise);
    rgbs_[block] = PreparedRgb(of.torgb, w);
    upsamples_[block] = of.options.upsample;
  }
}

at::Tensor FastSuperResolution::operator()(const at::Tensor& rgb,
                                           const at::Tensor& feature,
                                           const std::function<void()>& checkpoint) const {
  const at::NoGradGuard no_grad;
  const auto resized = [this](const at::Tensor& t) {
    return nn::resizeBilinear(t, input_, input_, antialias_);
  };
  at::Tensor picture = channelsLast(resized(rgb), at::kFloat);
  at::Tensor x = channelsLast(resized(feature), convs_[0][0].conv.type());
  for (int block = 0; block < 2; ++block) {
    const PreparedConv* layers = convs_[block];
    picture = upsamples_[block] ? nn::quickUpsample2(picture) : picture.clone();
    if (block == 1 && upsamples_[block]) {
      layers[0].conv.drawnThrough(
          layers[1].conv, x, layers[0].finishing, layers[1].finishing, rgbs_[block], picture, checkpoint);
      return picture;
    }
    x = layers[0].conv(x, layers[0].finishing, checkpoint);
    x = layers[1].conv.drawn(x, layers[1].finishing, rgbs_[block], picture, block == 0, checkpoint);
  }
  return picture;
}

}  // namespace panohead::fast
