#pragma once

#include "core/nn/fully_connected.h"
#include "core/nn/resample.h"

#include <optional>

namespace panohead::nn {

struct ConvOptions {
  std::int64_t in = 0;   // channels
  std::int64_t out = 0;  // channels
  std::int64_t kernel = 3;
  bool bias = true;
  Activation activation = Activation::LeakyRelu;
  Resampling resampling = Resampling::None;
  std::optional<double> clamp{};
};

/// Equalised convolution. Names: weight [out, in, k, k], bias [out], resample_filter.
struct Conv {
  Conv() = default;
  Conv(const Scope& scope, const ConvOptions& options);
  /// In x's type: float32 as specified; bfloat16 and float16 channels-last with quick filters.
  /// @param gain extra factor on the activation and the clamp (residual branches: sqrt 0.5)
  at::Tensor operator()(const at::Tensor& x, double gain = 1.0) const;

  ConvOptions options;
  at::Tensor weight, bias, resample_filter;
};

struct DiscriminatorBlockOptions {
  std::int64_t in = 0;            // channels; 0: the first block, which has fromrgb
  std::int64_t tmp = 0;           // channels inside
  std::int64_t out = 0;           // channels of the result
  std::int64_t img_channels = 3;  // of the picture
  std::optional<double> clamp{};
};

/// Residual block that halves the size. Names: fromrgb (first), conv0, conv1, skip, resample_filter.
struct DiscriminatorBlock {
  DiscriminatorBlock() = default;
  DiscriminatorBlock(const Scope& scope, const DiscriminatorBlockOptions& options);
  /// @param x [N, in, R, R], or the picture [N, img_channels, R, R] for the first block
  /// @param dtype what the block works in; the result has this type
  at::Tensor operator()(const at::Tensor& x, at::ScalarType dtype = at::kFloat) const;

  DiscriminatorBlockOptions options;
  Conv fromrgb, conv0, conv1, skip;
};

/// Appends `channels` maps of the standard deviation over groups of the batch (Progressive GAN, section 3).
/// @param group group size; the whole batch when smaller; the batch must divide
/// @param consecutive groups are consecutive items; else, as published, items a group count apart
at::Tensor minibatchStandardDeviation(const at::Tensor& x,
                                      std::int64_t group,
                                      std::int64_t channels,
                                      bool consecutive = false);

struct EpilogueOptions {
  std::int64_t in = 0;        // channels at 4x4
  std::int64_t cmap_dim = 0;  // 0: no label; the output is one number
  std::int64_t mbstd_group = 4;
  std::int64_t mbstd_channels = 1;
  std::optional<double> clamp{};
};

/// 4x4 to a logit: standard deviation map, convolution, two fully connected layers, product with the
/// mapped label. Names: conv, fc, out.
struct DiscriminatorEpilogue {
  DiscriminatorEpilogue() = default;
  DiscriminatorEpilogue(const Scope& scope, const EpilogueOptions& options);
  /// @param x [N, in, 4, 4]  @param cmap [N, cmap_dim]  @return [N, 1]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& cmap, bool consecutive_groups = false) const;

  EpilogueOptions options;
  Conv conv;
  FullyConnected fc, out;
};

}  // namespace panohead::nn
