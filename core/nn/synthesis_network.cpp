#include "core/nn/synthesis_network.h"

#include "core/nn/mixed_precision.h"
#include "core/nn/quick_fir.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead::nn {

SynthesisBlock::SynthesisBlock(const Scope& scope, const SynthesisBlockOptions& o) : options(o) {
  resample_filter = scope.derived("resample_filter", binomialFilter());
  SynthesisLayerOptions layer{
      .in = o.in, .out = o.out, .w_dim = o.w_dim, .resolution = o.resolution, .clamp = o.clamp};
  if (o.in == 0) {
    constant = scope.parameter("const", {o.out, o.resolution, o.resolution}, Init::normal());
  } else {
    layer.resampling = o.upsample ? Resampling::Up2 : Resampling::None;
    conv0 = SynthesisLayer(scope / "conv0", layer);
  }
  layer.in = o.out;
  layer.resampling = Resampling::None;
  conv1 = SynthesisLayer(scope / "conv1", layer);
  torgb = ToRgb(scope / "torgb", {.in = o.out, .out = o.img_channels, .w_dim = o.w_dim, .clamp = o.clamp});
}

namespace {

// What pictures are summed in. float16 lacks the range. bfloat16 has it, and planes of hundreds of channels
// are sampled in it anyway; but a picture to look at would show its 8 bits, and 3 channels cost nothing.
at::ScalarType pictureType(at::ScalarType type, std::int64_t channels) {
  constexpr std::int64_t kFewChannels = 16;
  return type == at::kBFloat16 && channels >= kFewChannels ? type : at::kFloat;
}

/// upsample2(img) + rgb. Without gradients rgb is added to a few channels at a time: tri-grids have hundreds,
/// and a second picture of them is the most memory that a head needs.
at::Tensor upsampledSum(const at::Tensor& img, const at::Tensor& rgb, const at::Tensor& filter) {
  constexpr std::int64_t kAtOnce = 32;
  if (at::GradMode::is_enabled()) {
    return upsample2(img, filter) + rgb;
  }
  for (std::int64_t first = 0; first < rgb.size(1); first += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, rgb.size(1) - first);
    rgb.narrow(1, first, count).add_(upsample2(img.narrow(1, first, count), filter));
  }
  return rgb;
}

}  // namespace

SynthesisBlock::State SynthesisBlock::operator()(const State& state,
                                                 const at::Tensor& ws,
                                                 const SynthesisRun& run) const {
  State result;
  std::int64_t next = 0;
  if (options.in == 0) {
    result.x = constant.unsqueeze(0).repeat({ws.size(0), 1, 1, 1});
  } else {
    result.x = conv0(state.x, ws.select(1, next++), run);
  }
  result.x = conv1(result.x, ws.select(1, next++), run);
  if (run.observe) {
    run.observe(torgb.weight, result.x, torgb.affine(ws.select(1, next)));
  }
  if (run.dtype == at::kFloat && run.rgb_order.defined() && !at::GradMode::is_enabled()) {
    // Channels in another order are read together at one point, and this is the quickest way to have them so.
    result.img = torgb.channelsLast(result.x, ws.select(1, next), run.rgb_order);
    if (state.img.defined() && options.upsample) {
      addUpsampled2(result.img, state.img);
    } else if (state.img.defined()) {
      result.img.add_(state.img);
    }
    return result;
  }
  at::Tensor rgb = torgb(result.x, ws.select(1, next), run.fused, run.rgb_order);
  if (run.dtype != at::kFloat) {
    const at::ScalarType type = pictureType(run.dtype, options.img_channels);
    rgb = rgb.to(type);
    if (!state.img.defined()) {
      result.img = rgb;
    } else {
      const at::Tensor img = state.img.to(type);
      result.img = options.upsample ? quickUpsample2(img, rgb) : img + rgb;
    }
    return result;
  }
  if (!state.img.defined()) {
    result.img = rgb;
  } else if (options.upsample) {
    result.img = upsampledSum(state.img, rgb, resample_filter);
  } else {
    result.img = state.img + rgb;
  }
  return result;
}

SynthesisNetwork::SynthesisNetwork(const Scope& scope, const SynthesisOptions& o) : options(o) {
  std::int64_t in = 0;
  for (std::int64_t resolution = 4; resolution <= o.resolution; resolution *= 2) {
    const std::int64_t out = std::min(o.channel_base / resolution, o.channel_max);
    blocks.emplace_back(scope / fmt::format("b{}", resolution),
                        SynthesisBlockOptions{.in = in,
                                              .out = out,
                                              .w_dim = o.w_dim,
                                              .resolution = resolution,
                                              .img_channels = o.img_channels,
                                              .clamp = o.clamp});
    in = out;
  }
}

std::int64_t SynthesisNetwork::numWs() const noexcept { return 2 * static_cast<std::int64_t>(blocks.size()); }

at::Tensor SynthesisNetwork::operator()(const at::Tensor& ws,
                                        const SynthesisRun& run,
                                        std::vector<SynthesisBlock::State>* states) const {
  SynthesisBlock::State state;
  std::int64_t first = 0;
  for (const SynthesisBlock& block : blocks) {
    // Each block's ToRGB shares its w with the first convolution of the next block.
    state = block(state, ws.narrow(1, first, block.convCount() + 1), run);
    first += block.convCount();
    if (states != nullptr) {
      states->push_back(state);
    }
    if (block.options.resolution == run.upto) {
      break;
    }
  }
  return state.img;
}

}  // namespace panohead::nn
