#include "core/fast/cuda/cuda_super_resolution.h"

#include "core/checkpoint/half.h"
#include "core/fast/cuda/finish.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <c10/cuda/CUDAStream.h>

#include <limits>

namespace panohead::fast::cuda {

namespace {

const nn::SynthesisBlock& blockOf(const SuperResolution& network, int block) {
  return block == 0 ? network.block0 : network.block1;
}
const nn::SynthesisLayer& layerOf(const nn::SynthesisBlock& block, int layer) {
  return layer == 0 ? block.conv0 : block.conv1;
}

float limitOf(const std::optional<double>& clamp) {
  return clamp ? static_cast<float>(*clamp) : std::numeric_limits<float>::max();
}

at::Tensor channelsLast(const at::Tensor& t, at::ScalarType type) {
  return t.to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

FoldedNetwork::FoldedNetwork(const SuperResolution& n) : network(&n) {
  const at::NoGradGuard no_grad;
  for (int block = 0; block < 2; ++block) {
    for (int layer = 0; layer < 2; ++layer) {
      weights[block][layer] = FoldedConv(layerOf(blockOf(n, block), layer));
    }
  }
}

CudaSuperResolution::CudaSuperResolution(const FoldedNetwork& folded, const at::Tensor& w, NoiseMode noise)
    : input_(folded.network->options.input), antialias_(folded.network->options.antialias) {
  const at::NoGradGuard no_grad;
  bool bounded = true;
  for (int i = 0; i < 4; ++i) {
    const auto& clamp = layerOf(blockOf(*folded.network, i / 2), i % 2).options.clamp;
    bounded = bounded && clamp && *clamp < kMaxHalf;
  }
  type_ = bounded ? at::kHalf : at::kBFloat16;
  for (int block = 0; block < 2; ++block) {
    const nn::SynthesisBlock& of = blockOf(*folded.network, block);
    for (int layer = 0; layer < 2; ++layer) {
      ModulatedConv& conv = convs_[block][layer];
      conv = ModulatedConv(folded.weights[block][layer], layerOf(of, layer), w, noise);
      conv.weight = channelsLast(conv.weight, type_);
    }
    rgbs_[block] = PreparedRgb(of.torgb, w);
    upsamples_[block] = of.options.upsample;
  }
}

at::Tensor CudaSuperResolution::convolve(const ModulatedConv& conv,
                                         const at::Tensor& x,
                                         const PreparedRgb* rgb,
                                         const at::Tensor& before,
                                         bool enlarge,
                                         at::Tensor* picture,
                                         bool keep) const {
  const at::Tensor y = at::conv2d(x, conv.weight, {}, 1, 1).contiguous(at::MemoryFormat::ChannelsLast);
  const std::int64_t scale = conv.upsamples ? 2 : 1;
  const std::int64_t height = y.size(2) * scale;
  const std::int64_t width = y.size(3) * scale;
  const std::int64_t channels = conv.bias.size(0);
  Finish f;
  f.height = static_cast<int>(height);
  f.width = static_cast<int>(width);
  f.channels = static_cast<int>(channels);
  f.bfloat16 = type_ == at::kBFloat16;
  f.phases = conv.upsamples;
  f.bias = conv.bias.const_data_ptr<float>();
  f.noise = conv.noise.defined() ? conv.noise.const_data_ptr<float>() : nullptr;
  f.limit = limitOf(conv.clamp);
  if (rgb != nullptr) {
    *picture = at::empty({1, 3, height, width}, before.options(), at::MemoryFormat::ChannelsLast);
    f.rgb_weight = rgb->weight.const_data_ptr<float>();
    f.rgb_bias = rgb->bias.const_data_ptr<float>();
    f.rgb_limit = limitOf(rgb->clamp);
    f.before = before.const_data_ptr<float>();
    f.enlarge = enlarge;
    f.rgb = picture->data_ptr<float>();
  }
  at::Tensor out;
  if (keep) {
    out = conv.upsamples
              ? at::empty({1, channels, height, width}, y.options(), at::MemoryFormat::ChannelsLast)
              : y;
  }
  finish(f,
         y.const_data_ptr(),
         keep ? out.data_ptr() : nullptr,
         c10::cuda::getCurrentCUDAStream(y.device().index()).stream());
  return out;
}

at::Tensor CudaSuperResolution::operator()(const at::Tensor& rgb, const at::Tensor& feature) const {
  const at::NoGradGuard no_grad;
  const auto resized = [this](const at::Tensor& t) {
    return nn::resizeBilinear(t, input_, input_, antialias_);
  };
  at::Tensor picture = channelsLast(resized(rgb), at::kFloat);
  at::Tensor x = channelsLast(resized(feature), type_);
  for (int block = 0; block < 2; ++block) {
    x = convolve(convs_[block][0], x, nullptr, {}, false, nullptr, true);
    const at::Tensor before = picture;
    x = convolve(convs_[block][1], x, &rgbs_[block], before, upsamples_[block], &picture, block == 0);
  }
  return picture;
}

}  // namespace panohead::fast::cuda
