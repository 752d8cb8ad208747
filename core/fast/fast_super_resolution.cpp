#include "core/fast/fast_super_resolution.h"

#include "core/nn/quick_fir.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

namespace panohead::fast {

namespace {

const nn::SynthesisBlock& blockOf(const SuperResolution& network, int block) {
  return block == 0 ? network.block0 : network.block1;
}

const nn::SynthesisLayer& layerOf(const nn::SynthesisBlock& block, int layer) {
  return layer == 0 ? block.conv0 : block.conv1;
}

at::Tensor channelsLast(const at::Tensor& t, at::ScalarType type) {
  return t.contiguous(at::MemoryFormat::ChannelsLast).to(type);
}

}  // namespace

FoldedSuperResolution::FoldedSuperResolution(const SuperResolution& n) : network(&n) {
  const at::NoGradGuard no_grad;
  for (int block = 0; block < 2; ++block) {
    for (int layer = 0; layer < 2; ++layer) {
      weights[block][layer] = FoldedWeight(layerOf(blockOf(n, block), layer));
    }
  }
}

FastSuperResolution::FastSuperResolution(const FoldedSuperResolution& folded,
                                         const at::Tensor& w,
                                         NoiseMode noise)
    : input_(folded.network->input_resolution), antialias_(folded.network->options.antialias) {
  const at::NoGradGuard no_grad;
  for (int block = 0; block < 2; ++block) {
    const nn::SynthesisBlock& of = blockOf(*folded.network, block);
    for (int layer = 0; layer < 2; ++layer) {
      convs_[block][layer] = PreparedConv(folded.weights[block][layer], layerOf(of, layer), w, noise);
    }
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
  at::Tensor x = channelsLast(resized(feature), at::kBFloat16);
  for (int block = 0; block < 2; ++block) {
    if (checkpoint) {
      checkpoint();
    }
    x = convolve(convs_[block][0], x);
    if (checkpoint) {
      checkpoint();
    }
    picture = upsamples_[block] ? nn::quickUpsample2(picture) : picture.clone();
    x = convolve(convs_[block][1], x, &rgbs_[block], picture, block == 0);
  }
  return picture;
}

}  // namespace panohead::fast
