#pragma once

#include <ATen/core/Tensor.h>

namespace panohead::test {

/// Norm of the difference as a part of the reference's norm. 20 log10 of its inverse is the signal-to-noise
/// ratio in dB: 0.01 is 40 dB.
double relativeError(const at::Tensor& actual, const at::Tensor& reference);

/// Peak signal-to-noise ratio, dB; 200 when they are equal, not a number where one holds that.
/// @param peak largest value less the smallest that there may be
double psnr(const at::Tensor& actual, const at::Tensor& reference, double peak);
/// The same with the reference's own peak.
double psnr(const at::Tensor& actual, const at::Tensor& reference);

}  // namespace panohead::test
