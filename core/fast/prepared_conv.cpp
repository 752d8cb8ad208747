#include "core/fast/prepared_conv.h"

#include "core/kernels/kernel_table.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

#include <ATen/record_function.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace panohead::fast {

/// Rows [first, last) of a picture, and those that a 3x3 convolution reads for them.
struct Stripe {
  std::int64_t first, last, from, to;
  bool inside() const { return from < first && last < to; }
  at::Tensor rows(const at::Tensor& x) const { return x.narrow(2, from, to - from); }
};

namespace {

const double kGain = std::sqrt(2.0);  // of the leaky ReLU

constexpr at::MemoryFormat kLast = at::MemoryFormat::ChannelsLast;

constexpr std::int64_t kRowsOfPiece = 2;  // that a thread finishes at once

// Stripes of so many rows, of what is convolved: what lies between two layers stays in the processor's
// caches, and a stripe can be waited for.
constexpr std::int64_t kStripe = 16;

template <typename Work>
void forEachStripe(std::int64_t height, std::int64_t rows, const AskToStop& checkpoint, const Work& work) {
  for (std::int64_t first = 0; first < height; first += rows) {
    check(checkpoint);
    const std::int64_t last = std::min(height, first + rows);
    work(Stripe{first, last, std::max<std::int64_t>(0, first - 1), std::min(height, last + 1)});
  }
}

float limitOf(const std::optional<double>& clamp) {
  return clamp ? static_cast<float>(*clamp) : std::numeric_limits<float>::max();
}

std::byte* bytesOf(const at::Tensor& t) { return static_cast<std::byte*>(t.data_ptr()); }

std::int64_t bytesOfRow(const at::Tensor& t) {
  return t.size(1) * t.size(3) * static_cast<std::int64_t>(t.element_size());
}

const float* pointer(const at::Tensor& t) { return t.defined() ? t.const_data_ptr<float>() : nullptr; }

kernels::Finish finishOf(const Finishing& f, std::int64_t height, std::int64_t width) {
  kernels::Finish finish;
  finish.height = height;
  finish.width = width;
  finish.channels = f.bias.size(0);
  finish.scale = pointer(f.scale);
  finish.bias = pointer(f.bias);
  finish.noise = pointer(f.noise);
  finish.slope = 0.2F;
  finish.limit = limitOf(f.clamp);
  finish.next = pointer(f.next);
  return finish;
}

void addPicture(kernels::Finish& finish, const PreparedRgb& rgb, const at::Tensor& picture) {
  finish.rgb_weight = pointer(rgb.weight);
  std::copy_n(pointer(rgb.bias), 3, finish.rgb_bias);
  finish.rgb_limit = limitOf(rgb.clamp);
  finish.rgb = picture.data_ptr<float>();
}

/// 1 / the length that a modulated weight has for each output, times the activation's gain. [out]
/// In one pass and in an order of its own: the same for any number of threads.
/// @param energy [out, in]  @param style [in]
at::Tensor demodulator(const at::Tensor& energy, const at::Tensor& style) {
  constexpr std::int64_t kSums = 16;
  const std::int64_t in = energy.size(1);
  const at::Tensor squares = style.square();
  const at::Tensor result = at::empty({energy.size(0)});
  const float* square = squares.const_data_ptr<float>();
  for (std::int64_t o = 0; o < energy.size(0); ++o) {
    const float* row = energy.const_data_ptr<float>() + o * in;
    float sums[kSums] = {};
    std::int64_t i = 0;
    for (; i + kSums <= in; i += kSums) {
      for (std::int64_t k = 0; k < kSums; ++k) {
        sums[k] += row[i + k] * square[i + k];
      }
    }
    for (; i < in; ++i) {
      sums[0] += row[i] * square[i];
    }
    float total = 1e-8F;
    for (const float sum : sums) {
      total += sum;
    }
    result.data_ptr<float>()[o] = static_cast<float>(kGain) / std::sqrt(total);
  }
  return result;
}

/// Tells LibTorch's profilers of what is none of its operators (tests/bench/recorded_items.cpp).
struct Told {
  explicit Told(const char* what) : scope(at::RecordScope::USER_SCOPE) {
    if (scope.isActive()) {
      scope.before(what);
    }
  }
  at::RecordFunction scope;
};

/// Rows of a convolution that are the result's from `first` on. @param out where they go, or null
void finishRows(const kernels::Finish& finish, const at::Tensor& y, std::int64_t first, void* out) {
  const Told told(finish.rgb == nullptr ? "fast: finish" : "fast: finish, ToRGB");
  kernels::Finish part = finish;
  const std::int64_t before = first * finish.width;  // pixels
  part.noise = finish.noise == nullptr ? nullptr : finish.noise + before;
  part.rgb = finish.rgb == nullptr ? nullptr : finish.rgb + 3 * before;
  const auto kernel = elementKernels(y)->finish;
  const void* source = y.const_data_ptr();
  parallelRanges(y.size(2), kRowsOfPiece, [&](std::int64_t from, std::int64_t to) {
    kernel(part, source, out, from, to);
  });
}

}  // namespace

at::Tensor weightEnergy(const nn::SynthesisLayer& layer) { return layer.weight.square().sum({2, 3}); }

PackedLayer::PackedLayer(const nn::SynthesisLayer& layer)
    : conv(layer.weight,
           layer.options.resampling == nn::Resampling::Up2,
           layer.options.resolution / (layer.options.resampling == nn::Resampling::Up2 ? 2 : 1)),
      energy(weightEnergy(layer)) {}

LayerOfHead::LayerOfHead(const PackedLayer& packed,
                         const nn::SynthesisLayer& layer,
                         const at::Tensor& w,
                         NoiseMode noise)
    : style(layer.affine(w)[0].contiguous()) {
  finishing.scale = demodulator(packed.energy, style);
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
  const at::Tensor w = weight.to(quickType());
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
                            std::array<std::int64_t, 2>{1 - row, 0},
                            size);
    }
  }
}

at::Tensor LayerConv::operator()(const at::Tensor& x, const Finishing& f, const AskToStop& checkpoint) const {
  return upsamples() ? upsampled(x, finishOf(f, 2 * x.size(2), 2 * x.size(3)), checkpoint)
                     : plain(x, finishOf(f, x.size(2), x.size(3)), true, checkpoint);
}

at::Tensor LayerConv::drawn(const at::Tensor& x,
                            const Finishing& f,
                            const PreparedRgb& rgb,
                            const at::Tensor& picture,
                            bool keep,
                            const AskToStop& checkpoint) const {
  kernels::Finish finish = finishOf(f, x.size(2), x.size(3));
  addPicture(finish, rgb, picture);
  return plain(x, finish, keep, checkpoint);
}

at::Tensor LayerConv::plain(const at::Tensor& x,
                            const kernels::Finish& finish,
                            bool keep,
                            const AskToStop& checkpoint) const {
  const at::Tensor out =
      keep ? at::empty({1, finish.channels, finish.height, finish.width}, x.options(), kLast) : at::Tensor();
  forEachStripe(finish.height, kStripe, checkpoint, [&](const Stripe& stripe) {
    const at::Tensor in = stripe.rows(x);
    const at::Tensor y = stripe.inside() ? weights_[0].convolveInside(in)
                                         : weights_[0].convolve(in).narrow(
                                               2, stripe.first - stripe.from, stripe.last - stripe.first);
    finishRows(finish, y, stripe.first, keep ? bytesOf(out) + stripe.first * bytesOfRow(out) : nullptr);
  });
  return out;
}

void LayerConv::upsampleRows(const at::Tensor& x,
                             const kernels::Finish& finish,
                             const Stripe& stripe,
                             void* out,
                             std::int64_t out_row) const {
  // Two taps across read a column of nothing on both sides. It is there in memory: oneDNN's own padding gives
  // other roundings for other numbers of threads (2.13 with AVX-512, widths one larger than they were).
  const at::Tensor rows = stripe.rows(x);
  const at::Tensor wide = at::constant_pad_nd(rows, {1, 1}).contiguous(kLast);
  std::array<at::Tensor, 4> parts;
  kernels::UpsampledPhases phases;
  phases.first_row[0] = stripe.inside() ? stripe.first : stripe.from;
  phases.first_row[1] = stripe.from;
  phases.out_row = out_row;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const at::Tensor& in = i % 2 == 0 ? wide : rows;
    parts[i] = stripe.inside() ? weights_[i].convolveInside(in) : weights_[i].convolve(in);
    phases.phases[i / 2][i % 2] = parts[i].const_data_ptr();
  }
  const Told told("fast: filter, finish");
  const auto kernel = elementKernels(x)->finish_upsampled;
  parallelRanges(2 * (stripe.last - stripe.first), kRowsOfPiece, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<float> scratch;
    scratch.resize(static_cast<std::size_t>(kernels::upsampledScratch(finish)));
    kernel(finish, phases, out, scratch.data(), 2 * stripe.first + first, 2 * stripe.first + last);
  });
}

at::Tensor LayerConv::upsampled(const at::Tensor& x,
                                const kernels::Finish& finish,
                                const AskToStop& checkpoint) const {
  const at::Tensor out = at::empty({1, finish.channels, finish.height, finish.width}, x.options(), kLast);
  forEachStripe(x.size(2), kStripe, checkpoint, [&](const Stripe& stripe) {
    upsampleRows(x, finish, stripe, out.data_ptr(), 0);
  });
  return out;
}

void LayerConv::drawnThrough(const LayerConv& next,
                             const at::Tensor& x,
                             const Finishing& f,
                             const Finishing& next_finishing,
                             const PreparedRgb& rgb,
                             const at::Tensor& picture,
                             const AskToStop& checkpoint) const {
  const std::int64_t height = 2 * x.size(2);
  const kernels::Finish finish = finishOf(f, height, 2 * x.size(3));
  kernels::Finish last_finish = finishOf(next_finishing, height, 2 * x.size(3));
  addPicture(last_finish, rgb, picture);
  // Two rows of the stripe before, nothing at first; the stripe's own; a row of nothing below the picture.
  const at::Tensor between =
      at::zeros({1, finish.channels, 2 * kStripe + 3, finish.width}, x.options()).contiguous(kLast);
  const std::int64_t row = bytesOfRow(between);
  forEachStripe(x.size(2), kStripe, checkpoint, [&](const Stripe& stripe) {
    const std::int64_t top = 2 * stripe.first - 2;  // the result's row that `between` begins with
    const std::int64_t end = 2 * stripe.last;
    upsampleRows(x, finish, stripe, bytesOf(between) + 2 * row, top + 2);
    if (end == height) {
      between.select(2, end - top).zero_();
    }
    const std::int64_t first = std::max<std::int64_t>(0, top + 1);
    const std::int64_t last = end == height ? end : end - 1;
    const at::Tensor y =
        next.weights_[0].convolveInside(between.narrow(2, first - 1 - top, last - first + 2));
    finishRows(last_finish, y, first, nullptr);
    const Told told("fast: rows handed on");
    std::memcpy(
        bytesOf(between), bytesOf(between) + (end - 2 - top) * row, static_cast<std::size_t>(2 * row));
  });
}

}  // namespace panohead::fast
