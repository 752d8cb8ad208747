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

SuperResolutionWeights::SuperResolutionWeights(const SuperResolution& network, const AskToStop& checkpoint) {
  const at::NoGradGuard no_grad;
  for (int block = 0; block < 2; ++block) {
    const nn::SynthesisBlock& of = block == 0 ? network.block0 : network.block1;
    check(checkpoint);
    layers[block][0] = PackedLayer(of.conv0);
    check(checkpoint);
    layers[block][1] = PackedLayer(of.conv1);
  }
}

FastSuperResolution::FastSuperResolution(const SuperResolution& network,
                                         std::shared_ptr<const SuperResolutionWeights> weights,
                                         const at::Tensor& w,
                                         NoiseMode noise)
    : input_(network.options.input), antialias_(network.options.antialias), weights_(std::move(weights)) {
  const at::NoGradGuard no_grad;
  Finishing* before = nullptr;
  for (int block = 0; block < 2; ++block) {
    const nn::SynthesisBlock& of = block == 0 ? network.block0 : network.block1;
    for (int conv = 0; conv < 2; ++conv) {
      LayerOfHead layer(weights_->layers[block][conv], conv == 0 ? of.conv0 : of.conv1, w, noise);
      (before == nullptr ? style_ : before->next) = layer.style;
      finishing_[block][conv] = std::move(layer.finishing);
      before = &finishing_[block][conv];
    }
    rgbs_[block] = PreparedRgb(of.torgb, w);
    upsamples_[block] = of.options.upsample;
  }
  style_ = style_.view({1, -1, 1, 1});
}

at::Tensor FastSuperResolution::operator()(const at::Tensor& rgb,
                                           const at::Tensor& feature,
                                           const std::function<void()>& checkpoint) const {
  const at::NoGradGuard no_grad;
  const auto resized = [this](const at::Tensor& t) {
    return nn::resizeBilinear(t, input_, input_, antialias_);
  };
  at::Tensor picture = channelsLast(resized(rgb), at::kFloat);
  at::Tensor x = channelsLast(resized(feature) * style_, weights_->layers[0][0].conv.type());
  for (int block = 0; block < 2; ++block) {
    const LayerConv& first = weights_->layers[block][0].conv;
    const LayerConv& second = weights_->layers[block][1].conv;
    const Finishing* finishing = finishing_[block];
    picture = upsamples_[block] ? nn::quickUpsample2(picture) : picture.clone();
    if (block == 1 && upsamples_[block]) {
      first.drawnThrough(second, x, finishing[0], finishing[1], rgbs_[block], picture, checkpoint);
      return picture;
    }
    x = first(x, finishing[0], checkpoint);
    x = second.drawn(x, finishing[1], rgbs_[block], picture, block == 0, checkpoint);
  }
  return picture;
}

}  // namespace panohead::fast
