#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

// Small measures of pictures that several metrics share. Pictures [N, 3, H, W] in [-1, 1]; masks
// [N, 1, H, W] in [0, 1], or undefined for the whole picture.

/// Rec. 709 luma of the stored (gamma-encoded) values, in [0, 1]. [N, 1, H, W]
at::Tensor luminance(const at::Tensor& picture);

/// Normalised Gaussian blur that takes nothing from outside of the mask: blur(x * mask) / blur(mask).
/// @param sigma standard deviation in pixels  @param mask weights >= 0 of x's size, one channel
at::Tensor maskedBlur(const at::Tensor& x, const at::Tensor& mask, double sigma);

/// Smallest value within `radius` pixels in x and y; the picture's border counts as 0. [N, 1, H, W]
at::Tensor eroded(const at::Tensor& mask, std::int64_t radius);

/// Weighted normalised cross-correlation of two pictures of one channel, in [-1, 1]; 0 where either is
/// constant (deviation below 1e-4) or nothing is weighted. One number for the batch.
double normalisedCorrelation(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight);

/// Mean over the weighted pixels and all channels; NaN when nothing is weighted.
double weightedMean(const at::Tensor& x, const at::Tensor& weight);

/// How the energy of a picture's detail is spread over octaves.
struct BandEnergy {
  double finest = 0;      // share of the finest octave: below about 1 pixel of blur
  double fine = 0;        // share of the two finest octaves
  double finest_rms = 0;  // root mean square of the finest octave, luminance in [0, 1]
};

/// Sharpness: luminance is split into four octaves, differences of masked Gaussian blurs of 0, 1, 2, 4
/// and 8 pixels; `finest` is the mean square of the first over the sum of all four, inside the mask
/// (> 0.5). Independent of contrast and brightness and of everything outside of the mask. A batch counts
/// as one picture. NaN when the mask is empty or the picture constant.
BandEnergy bandEnergy(const at::Tensor& picture, const at::Tensor& mask = {});

}  // namespace panohead
