#include "core/fast/prepared_conv.h"

#include "core/kernels/kernel_table.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <cmath>
#include <limits>

namespace panohead::fast {

namespace {

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

float limitOf(const std::optional<double>& clamp) {
  return clamp ? static_cast<float>(*clamp) : std::numeric_limits<float>::max();
}

}  // namespace

FoldedWeight::FoldedWeight(const nn::SynthesisLayer& layer)
    : weight(layer.weight.detach().to(at::kFloat)),
      energy(layer.weight.detach().square().sum({2, 3})),
      upsamples(layer.options.resampling == nn::Resampling::Up2) {
  if (upsamples) {
    const at::Tensor m = foldingMatrix();
    const std::int64_t out = weight.size(0);
    const std::int64_t in = weight.size(1);
    // [phase y, phase x, out, in, 3, 3]
    weight = at::einsum("akp,blq,oipq->aboikl", {m, m, weight}).reshape({4 * out, in, 3, 3});
  }
}

PreparedConv::PreparedConv(const FoldedWeight& folded,
                           const nn::SynthesisLayer& layer,
                           const at::Tensor& w,
                           NoiseMode noise_mode)
    : clamp(layer.options.clamp), upsamples(folded.upsamples) {
  const double gain = std::sqrt(2.0);
  const at::Tensor style = layer.affine(w)[0];                                                   // [in]
  const at::Tensor demodulator = (at::mv(folded.energy, style.square()) + 1e-8).rsqrt() * gain;  // [out]
  const at::Tensor phases = upsamples ? demodulator.repeat({4}) : demodulator;
  weight = (folded.weight * style.view({1, -1, 1, 1}) * phases.view({-1, 1, 1, 1}))
               .to(at::kBFloat16)
               .contiguous(at::MemoryFormat::ChannelsLast);
  bias = (layer.bias * gain).contiguous();
  if (noise_mode == NoiseMode::Const && layer.noise_strength.item<float>() != 0) {
    noise = (layer.noise_const * layer.noise_strength * gain).contiguous();
  }
}

PreparedRgb::PreparedRgb(const nn::ToRgb& layer, const at::Tensor& w) : clamp(layer.options.clamp) {
  const at::Tensor style = layer.affine(w)[0] * (1.0 / std::sqrt(static_cast<double>(layer.options.in)));
  weight = (layer.weight.flatten(1) * style).contiguous();
  bias = layer.bias.contiguous();
}

at::Tensor PreparedRgb::operator()(const at::Tensor& x) const {
  const at::Tensor rows = x.permute({0, 2, 3, 1}).reshape({x.size(2) * x.size(3), x.size(1)});
  const at::Tensor rgb = at::addmm(bias, rows, weight.t());
  const at::Tensor limited = clamp ? rgb.clamp(-*clamp, *clamp) : rgb;
  return limited.view({1, x.size(2), x.size(3), 3}).permute({0, 3, 1, 2});
}

at::Tensor convolve(const PreparedConv& conv,
                    const at::Tensor& x,
                    const PreparedRgb* rgb,
                    const at::Tensor& picture,
                    bool keep) {
  const at::Tensor y = at::conv2d(x, conv.weight, {}, 1, 1);
  const std::int64_t scale = conv.upsamples ? 2 : 1;
  kernels::Finish finish;
  finish.height = y.size(2) * scale;
  finish.width = y.size(3) * scale;
  finish.channels = conv.bias.size(0);
  finish.phases = conv.upsamples;
  finish.bias = conv.bias.const_data_ptr<float>();
  finish.noise = conv.noise.defined() ? conv.noise.const_data_ptr<float>() : nullptr;
  finish.slope = 0.2F;
  finish.limit = limitOf(conv.clamp);
  if (rgb != nullptr) {
    finish.rgb_weight = rgb->weight.const_data_ptr<float>();
    std::copy_n(rgb->bias.const_data_ptr<float>(), 3, finish.rgb_bias);
    finish.rgb_limit = limitOf(rgb->clamp);
    finish.rgb = picture.data_ptr<float>();
  }
  at::Tensor out;
  if (keep) {
    out = conv.upsamples ? at::empty({1, finish.channels, finish.height, finish.width},
                                     y.options(),
                                     at::MemoryFormat::ChannelsLast)
                         : y;
  }
  const void* source = y.const_data_ptr();
  void* target = keep ? out.data_ptr() : nullptr;
  const auto kernel = kernels::kernels().draw.finish;
  parallelRanges(finish.height, 4, [&](std::int64_t first, std::int64_t last) {
    kernel(finish, source, target, first, last);
  });
  return out;
}

}  // namespace panohead::fast
