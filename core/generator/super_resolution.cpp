#include "core/generator/super_resolution.h"

#include "core/tensor/prelude.h"

namespace panohead {

namespace {

struct Plan {
  bool first_upsamples;
  std::int64_t middle;  // channels
  std::int64_t last;    // channels
};

Plan planOf(SuperResolutionKind kind) {
  switch (kind) {
    case SuperResolutionKind::X2:
    case SuperResolutionKind::X4:
      return {false, 128, 64};
    case SuperResolutionKind::X8:
      return {true, 128, 64};
    case SuperResolutionKind::X8DC:
      break;
  }
  return {true, 256, 128};
}

}  // namespace

SuperResolution::SuperResolution(const Scope& scope, const SuperResolutionOptions& o) : options(o) {
  const Plan plan = planOf(o.kind);
  const std::int64_t between = plan.first_upsamples ? o.input * 2 : o.input;
  block0 = nn::SynthesisBlock(scope / "block0",
                              {.in = o.feature_channels,
                               .out = plan.middle,
                               .w_dim = o.w_dim,
                               .resolution = between,
                               .upsample = plan.first_upsamples,
                               .clamp = o.clamp});
  block1 = nn::SynthesisBlock(
      scope / "block1",
      {.in = plan.middle, .out = plan.last, .w_dim = o.w_dim, .resolution = between * 2, .clamp = o.clamp});
}

at::Tensor SuperResolution::operator()(const at::Tensor& rgb,
                                       const at::Tensor& feature,
                                       const at::Tensor& w,
                                       const nn::SynthesisRun& run,
                                       at::Tensor* after_first_block) const {
  const auto resized = [&](const at::Tensor& t) {
    return nn::resizeBilinear(t, options.input, options.input, options.antialias);
  };
  return blocks(resized(rgb), resized(feature), w, run, after_first_block);
}

at::Tensor SuperResolution::blocks(const at::Tensor& rgb,
                                   const at::Tensor& feature,
                                   const at::Tensor& w,
                                   const nn::SynthesisRun& run,
                                   at::Tensor* after_first_block) const {
  const at::Tensor ws = w.unsqueeze(1).expand({-1, 3, -1});
  const nn::SynthesisBlock::State state = block0({feature, rgb}, ws, run);
  if (after_first_block != nullptr) {
    *after_first_block = state.img;
  }
  return block1(state, ws, run).img;
}

}  // namespace panohead
