#include "core/nn/resample.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead::nn {

namespace {

at::Tensor conv(const at::Tensor& x,
                const at::Tensor& weight,
                std::int64_t padding,
                std::int64_t groups,
                std::int64_t stride = 1) {
  return at::conv2d(
      x, weight, {}, at::IntArrayRef(stride), at::IntArrayRef(padding), at::IntArrayRef(1), groups);
}

// One filter [fh, fw], applied to every channel on its own.
at::Tensor depthwise(const at::Tensor& x, const at::Tensor& filter, std::int64_t padding) {
  const std::int64_t channels = x.size(1);
  const at::Tensor weight = filter.to(x.options()).expand({channels, 1, filter.size(0), filter.size(1)});
  return conv(x, weight, padding, channels);
}

at::Tensor insertZeros(const at::Tensor& x, std::int64_t up_y, std::int64_t up_x) {
  if (up_x == 1 && up_y == 1) {
    return x;
  }
  const auto s = x.sizes();
  const at::Tensor spread =
      at::constant_pad_nd(x.reshape({s[0], s[1], s[2], 1, s[3], 1}), {0, up_x - 1, 0, 0, 0, up_y - 1});
  return spread.reshape({s[0], s[1], s[2] * up_y, s[3] * up_x});
}

}  // namespace

at::Tensor binomialFilter() {
  const at::Tensor taps = at::tensor({1.0F, 3.0F, 3.0F, 1.0F});
  return at::outer(taps, taps) / 64.0;
}

at::Tensor gaussianFilter(double sigma, at::Device device) {
  const auto radius = static_cast<std::int64_t>(std::floor(sigma * 3));
  if (radius <= 0) {
    return at::ones({1}, at::TensorOptions(device));
  }
  const at::Tensor position = at::arange(-radius, radius + 1, at::TensorOptions(device).dtype(at::kFloat));
  const at::Tensor taps = (position / sigma).square().neg().exp2();
  return taps / taps.sum();
}

at::Tensor fir(const at::Tensor& x, const at::Tensor& filter, const FirOptions& options) {
  at::Tensor y = insertZeros(x, options.y.up, options.x.up);
  const bool separable = filter.dim() == 1;
  // Equal padding all round is the convolution's own; anything else (or cropping) is a copy.
  const std::int64_t all = options.x.pad_before;
  const bool even =
      all >= 0 && options.x.pad_after == all && options.y.pad_before == all && options.y.pad_after == all;
  if (!even || separable) {
    y = at::constant_pad_nd(
        y, {options.x.pad_before, options.x.pad_after, options.y.pad_before, options.y.pad_after});
  }
  at::Tensor taps = filter;
  if (!options.correlate) {
    taps = separable ? taps.flip({0}) : taps.flip({0, 1});
  }
  if (separable) {
    const double gain = std::sqrt(options.gain);
    y = depthwise(depthwise(y, (taps * gain).unsqueeze(0), 0), (taps * gain).unsqueeze(1), 0);
  } else {
    y = depthwise(y, taps * options.gain, even ? all : 0);
  }
  if (options.x.down > 1 || options.y.down > 1) {
    y = y.slice(2, 0, at::nullopt, options.y.down).slice(3, 0, at::nullopt, options.x.down);
  }
  return y;
}

namespace {

// Padding that centres a filter of f taps when resampling by `factor`, plus what the caller adds.
FirOptions centred(std::int64_t taps, std::int64_t up, std::int64_t down) {
  FirOptions options;
  if (up > 1) {
    options.x = {up, 1, (taps + up - 1) / 2, (taps - up) / 2};
    options.gain = static_cast<double>(up * up);
  } else {
    options.x = {1, down, (taps - down + 1) / 2, (taps - down) / 2};
  }
  options.y = options.x;
  return options;
}

}  // namespace

at::Tensor upsample2(const at::Tensor& x, const at::Tensor& filter) {
  return fir(x, filter, centred(filter.size(-1), 2, 1));
}

at::Tensor downsample2(const at::Tensor& x, const at::Tensor& filter) {
  return fir(x, filter, centred(filter.size(-1), 1, 2));
}

at::Tensor blur(const at::Tensor& x, const at::Tensor& filter) {
  return fir(x, filter, centred(filter.size(-1), 1, 1));
}

at::Tensor resampledConv(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& filter,
                         Resampling resampling,
                         std::int64_t groups) {
  const std::int64_t kernel = weight.size(2);
  const std::int64_t taps = filter.defined() ? filter.size(-1) : 0;
  if (resampling == Resampling::None) {
    return conv(x, weight, kernel / 2, groups);
  }
  if (resampling == Resampling::Down2) {
    if (kernel == 1) {
      return conv(downsample2(x, filter), weight, 0, groups);
    }
    FirOptions options = centred(taps, 1, 2);  // the stride is the convolution's own
    options.x.down = 1;
    options.x.pad_before += kernel / 2;
    options.x.pad_after += kernel / 2;
    options.y = options.x;
    return conv(fir(x, filter, options), weight, 0, groups, 2);
  }
  if (kernel == 1) {
    return upsample2(conv(x, weight, 0, groups), filter);
  }
  // [O, I/g, k, k] -> [I, O/g, k, k], as the transposed convolution wants it.
  const auto s = weight.sizes();
  const at::Tensor transposed = weight.reshape({groups, s[0] / groups, s[1], kernel, kernel})
                                    .transpose(1, 2)
                                    .reshape({groups * s[1], s[0] / groups, kernel, kernel});
  const at::Tensor up = at::conv_transpose2d(x, transposed, {}, 2, 0, 0, groups);
  FirOptions options;
  options.gain = 4;
  options.x.pad_before = kernel / 2 + (taps + 1) / 2 - (kernel - 1);
  options.x.pad_after = kernel / 2 + (taps - 2) / 2 - (kernel - 2);
  options.y = options.x;
  return fir(up, filter, options);
}

at::Tensor resizeBilinear(const at::Tensor& x, std::int64_t height, std::int64_t width, bool antialias) {
  if (x.size(2) == height && x.size(3) == width) {
    return x;
  }
  return antialias ? at::_upsample_bilinear2d_aa(x, {height, width}, false)
                   : at::upsample_bilinear2d(x, {height, width}, false);
}

at::Tensor resizeArea(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return at::adaptive_avg_pool2d(x, {height, width});
}

}  // namespace panohead::nn
