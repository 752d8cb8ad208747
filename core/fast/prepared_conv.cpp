#include "core/fast/prepared_conv.h"

#include "core/kernels/kernel_table.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <cmath>
#include <limits>

namespace panohead::fast {

namespace {

const double kGain = std::sqrt(2.0);  // of the leaky ReLU

constexpr std::int64_t kRowsOfPiece = 4;  // that a thread finishes at once

// Results that are not kept are made in stripes of so many rows: less memory, and nearer to the processor.
constexpr std::int64_t kPlainStripe = 128;
constexpr std::int64_t kUpsampledStripe = 64;

/// Rows [first, last) of a picture, and those that a 3x3 convolution reads for them.
struct Stripe {
  std::int64_t first, last, from, to;
};

template <typename Work>
void forEachStripe(std::int64_t height, std::int64_t rows, const Work& work) {
  for (std::int64_t first = 0; first < height; first += rows) {
    const std::int64_t last = std::min(height, first + rows);
    work(Stripe{first, last, std::max<std::int64_t>(0, first - 1), std::min(height, last + 1)});
  }
}

float limitOf(const std::optional<double>& clamp) {
  return clamp ? static_cast<float>(*clamp) : std::numeric_limits<float>::max();
}

}  // namespace

at::Tensor weightEnergy(const nn::SynthesisLayer& layer) { return layer.weight.square().sum({2, 3}); }

PreparedConv::PreparedConv(const nn::SynthesisLayer& layer, const at::Tensor& w, NoiseMode noise) {
  const at::Tensor style = layer.affine(w)[0];  // [in]
  const at::Tensor demodulator =
      ((weightEnergy(layer) * style.square()).sum(1) + 1e-8).rsqrt() * kGain;  // [out]
  const bool upsamples = layer.options.resampling == nn::Resampling::Up2;
  conv = LayerConv(layer.weight * style.view({1, -1, 1, 1}) * demodulator.view({-1, 1, 1, 1}),
                   upsamples,
                   layer.options.resolution / (upsamples ? 2 : 1));
  finishing.bias = (layer.bias * kGain).contiguous();
  finishing.clamp = layer.options.clamp;
  if (noise == NoiseMode::Const && layer.noise_strength.item<float>() != 0) {
    finishing.noise = (layer.noise_const * layer.noise_strength * kGain).contiguous();
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

LayerConv::LayerConv(const at::Tensor& weight, bool upsamples, std::int64_t size) {
  const at::Tensor w = weight.to(at::kBFloat16);
  if (!upsamples) {
    weights_.emplace_back(w, std::array<std::int64_t, 2>{1, 1}, size);
    return;
  }
  // Pixel 2 m of the transposed convolution has tap 2 of pixel m - 1 and tap 0 of pixel m, pixel 2 m + 1 has
  // tap 1 of m.
  const auto taps = [](int parity) { return parity == 0 ? at::tensor({2, 0}) : at::tensor({1}); };
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 2; ++column) {
      weights_.emplace_back(w.index_select(2, taps(row)).index_select(3, taps(column)),
                            std::array<std::int64_t, 2>{1 - row, 1 - column},
                            size);
    }
  }
}

at::Tensor LayerConv::operator()(const at::Tensor& x,
                                 const Finishing& f,
                                 const PreparedRgb* rgb,
                                 const at::Tensor& picture,
                                 bool keep) const {
  const auto pointer = [](const at::Tensor& t) { return t.defined() ? t.const_data_ptr<float>() : nullptr; };
  const bool upsamples = weights_.size() > 1;
  kernels::Finish finish;
  finish.height = x.size(2) * (upsamples ? 2 : 1);
  finish.width = x.size(3) * (upsamples ? 2 : 1);
  finish.channels = f.bias.size(0);
  finish.scale = pointer(f.scale);
  finish.bias = pointer(f.bias);
  finish.noise = pointer(f.noise);
  finish.slope = 0.2F;
  finish.limit = limitOf(f.clamp);
  if (rgb != nullptr) {
    finish.rgb_weight = pointer(rgb->weight);
    std::copy_n(pointer(rgb->bias), 3, finish.rgb_bias);
    finish.rgb_limit = limitOf(rgb->clamp);
    finish.rgb = picture.data_ptr<float>();
  }
  return upsamples ? upsampled(x, finish) : plain(x, finish, keep);
}

at::Tensor LayerConv::plain(const at::Tensor& x, const kernels::Finish& finish, bool keep) const {
  const auto kernel = kernels::kernels().draw.finish;
  if (keep) {
    at::Tensor y = weights_[0].convolve(x);
    void* data = y.data_ptr();
    parallelRanges(finish.height, kRowsOfPiece, [&](std::int64_t first, std::int64_t last) {
      kernel(finish, data, data, first, last);
    });
    return y;
  }
  forEachStripe(finish.height, kPlainStripe, [&](const Stripe& stripe) {
    const at::Tensor y = weights_[0].convolve(x.narrow(2, stripe.from, stripe.to - stripe.from));
    const at::Tensor rows = y.narrow(2, stripe.first - stripe.from, stripe.last - stripe.first);
    kernels::Finish part = finish;
    const std::int64_t before = stripe.first * finish.width;  // pixels
    part.noise = finish.noise == nullptr ? nullptr : finish.noise + before;
    part.rgb = finish.rgb == nullptr ? nullptr : finish.rgb + 3 * before;
    const void* source = rows.const_data_ptr();
    parallelRanges(rows.size(2), kRowsOfPiece, [&](std::int64_t first, std::int64_t last) {
      kernel(part, source, nullptr, first, last);
    });
  });
  return {};
}

at::Tensor LayerConv::upsampled(const at::Tensor& x, const kernels::Finish& finish) const {
  const auto kernel = kernels::kernels().draw.finish_upsampled;
  const at::Tensor out = at::empty(
      {1, finish.channels, finish.height, finish.width}, x.options(), at::MemoryFormat::ChannelsLast);
  void* target = out.data_ptr();
  forEachStripe(x.size(2), kUpsampledStripe, [&](const Stripe& stripe) {
    const at::Tensor rows = x.narrow(2, stripe.from, stripe.to - stripe.from);
    std::array<at::Tensor, 4> parts;
    kernels::UpsampledPhases phases;
    phases.first_row = stripe.from;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i] = weights_[i].convolve(rows);
      phases.phases[i / 2][i % 2] = parts[i].const_data_ptr();
    }
    parallelRanges(
        2 * (stripe.last - stripe.first), kRowsOfPiece, [&](std::int64_t first, std::int64_t last) {
          std::vector<float> scratch(static_cast<std::size_t>(kernels::upsampledScratch(finish)));
          kernel(finish, phases, target, scratch.data(), 2 * stripe.first + first, 2 * stripe.first + last);
        });
  });
  return out;
}

}  // namespace panohead::fast
