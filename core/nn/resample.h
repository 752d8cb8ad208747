#pragma once

#include "core/tensor/tensor_fwd.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace panohead::nn {

/// Outer product of (1, 3, 3, 1), normalised to sum 1 (StyleGAN2). [4, 4]
at::Tensor binomialFilter();

/// Normalised 1-D Gaussian of `2 * floor(3 sigma) + 1` taps for blurring what the discriminator sees,
/// computed on the device, so that nothing is copied there. [taps]
at::Tensor gaussianFilter(double sigma, at::Device device = at::kCPU);

/// Zeros inserted, then padding (negative = cropping), then the filter, then every down-th sample.
struct FirOptions {
  struct Axis {
    std::int64_t up = 1, down = 1;
    std::int64_t pad_before = 0, pad_after = 0;
  };
  Axis x{}, y{};
  double gain = 1.0;
  bool correlate = false;  // false: true convolution, the filter is flipped
};

/// Resamples every channel with one FIR filter.
/// @param x [N, C, H, W]
/// @param filter [fh, fw], or [f] for a separable filter
at::Tensor fir(const at::Tensor& x, const at::Tensor& filter, const FirOptions& options);

/// Twice the size; the filter's centre on the pixel centres. [N, C, 2H, 2W]
at::Tensor upsample2(const at::Tensor& x, const at::Tensor& filter);
/// Half the size. [N, C, H/2, W/2]
at::Tensor downsample2(const at::Tensor& x, const at::Tensor& filter);
/// Same size, zero padding; for odd filters.
at::Tensor blur(const at::Tensor& x, const at::Tensor& filter);

enum class Resampling { None, Up2, Down2 };

/// Convolution (odd kernel, "same" padding) with filtered resampling around it.
/// None and Down2 correlate, as LibTorch's conv2d does. Up2 is a transposed convolution with the
/// unflipped weight, followed by the filter.
/// @param weight [O, I / groups, k, k]
at::Tensor resampledConv(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& filter,
                         Resampling resampling,
                         std::int64_t groups = 1);

/// Bilinear resize to [height, width], align_corners false.
at::Tensor resizeBilinear(const at::Tensor& x, std::int64_t height, std::int64_t width, bool antialias);

/// Mean over the pixels that fall into each target pixel.
at::Tensor resizeArea(const at::Tensor& x, std::int64_t height, std::int64_t width);

}  // namespace panohead::nn
