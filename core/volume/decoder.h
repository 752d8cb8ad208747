#pragma once

#include "core/nn/fully_connected.h"
#include "core/volume/volume_options.h"

namespace panohead {

/// What the decoder says of a point.
struct PointSamples {
  at::Tensor density;  // [N, M, 1] raw; the ray marcher applies softplus(density - 1)
  at::Tensor feature;  // [N, M, F]
};

struct DecoderOptions {
  std::int64_t in = 32;
  std::int64_t hidden = 64;
  std::int64_t feature = 32;
  double lr_multiplier = 1.0;
  DecoderActivation activation = DecoderActivation::None;
};

/// Tri-grid feature to density and colour feature (EG3D, section 4.2). Names: net.0.*, net.2.*.
struct Decoder {
  Decoder() = default;
  Decoder(const Scope& scope, const DecoderOptions& options);

  /// @param grid_features [N, 3, M, in], averaged over the grids
  PointSamples operator()(const at::Tensor& grid_features) const;

  DecoderOptions options;
  nn::FullyConnected hidden, out;
};

}  // namespace panohead
