#include "core/fast/cuda/folded_conv.h"

#include "core/tensor/prelude.h"

#include <array>
#include <cmath>

namespace panohead::fast::cuda {

namespace {

const double kGain = std::sqrt(2.0);  // of the leaky ReLU

/// One axis of StyleGAN2's upsampling by two: zeros between the pixels, the convolution, the (1, 3, 3, 1)
/// filter. An even pixel (phase 0) and an odd one (phase 1) are three-tap convolutions of the small picture
/// each.
/// @return [phase, tap of the folded convolution, tap of the layer's]
at::Tensor foldingMatrix() {
  constexpr std::array<float, 4> kFilter{0.25F, 0.75F, 0.75F, 0.25F};
  const at::Tensor matrix = at::zeros({2, 3, 3});
  auto m = matrix.accessor<float, 3>();
  for (int phase = 0; phase < 2; ++phase) {
    for (int k = 0; k < 3; ++k) {
      for (int p = 0; p < 3; ++p) {
        const int t = p + 1 - phase + 2 * (k - 1);
        if (t >= 0 && t < 4) {
          m[phase][k][p] = kFilter[static_cast<std::size_t>(t)];
        }
      }
    }
  }
  return matrix;
}

}  // namespace

FoldedConv::FoldedConv(const nn::SynthesisLayer& layer)
    : weight(layer.weight.detach().to(at::kFloat)),
      energy(weight.square().sum({2, 3})),
      upsamples(layer.options.resampling == nn::Resampling::Up2) {
  if (upsamples) {
    const at::Tensor m = foldingMatrix().to(weight.device());
    const std::int64_t out = weight.size(0);
    const std::int64_t in = weight.size(1);
    // [phase y, phase x, out, in, 3, 3]
    weight = at::einsum("akp,blq,oipq->aboikl", {m, m, weight}).reshape({4 * out, in, 3, 3});
  }
}

ModulatedConv::ModulatedConv(const FoldedConv& folded,
                             const nn::SynthesisLayer& layer,
                             const at::Tensor& w,
                             NoiseMode noise_mode)
    : clamp(layer.options.clamp), upsamples(folded.upsamples) {
  const at::Tensor style = layer.affine(w)[0];                                                    // [in]
  const at::Tensor demodulator = (at::mv(folded.energy, style.square()) + 1e-8).rsqrt() * kGain;  // [out]
  const at::Tensor phases = upsamples ? demodulator.repeat({4}) : demodulator;
  weight = folded.weight * style.view({1, -1, 1, 1}) * phases.view({-1, 1, 1, 1});
  bias = (layer.bias * kGain).to(at::kFloat).contiguous();
  if (noise_mode == NoiseMode::Const) {
    noise = (layer.noise_const * layer.noise_strength * kGain).to(at::kFloat).contiguous();
  }
}

}  // namespace panohead::fast::cuda
