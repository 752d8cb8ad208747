#pragma once

#include "core/nn/fully_connected.h"

#include <vector>

namespace panohead::nn {

struct MappingOptions {
  std::int64_t z_dim = 512;  // 0: no latent, only the label (discriminators)
  std::int64_t c_dim = 25;   // 0: no label
  std::int64_t w_dim = 512;
  std::int64_t num_ws = 0;  // layers that w is repeated for; 0: no repetition, [N, w_dim]
  int num_layers = 8;
  double lr_multiplier = 0.01;
  bool last_layer_linear = false;  // the camera adjustment's last layer has no activation
  bool track_average = true;       // has the buffer w_avg
};

/// Pulls w towards the average: w_avg + psi * (w - w_avg) for the first `cutoff` layers.
struct Truncation {
  double psi = 1.0;
  std::int64_t cutoff = -1;  // negative: all layers
};

/// z and c to w (StyleGAN2; EG3D conditions it on the camera). Names: embed, fc0.., w_avg.
struct MappingNetwork {
  MappingNetwork() = default;
  MappingNetwork(const Scope& scope, const MappingOptions& options);

  /// @param z [N, z_dim], undefined when z_dim is 0
  /// @param c [N, c_dim], undefined when c_dim is 0
  /// @return [N, num_ws, w_dim], or [N, w_dim] when num_ws is 0
  at::Tensor operator()(const at::Tensor& z, const at::Tensor& c, const Truncation& truncation = {}) const;

  /// w before repetition and truncation, [N, w_dim]; training moves w_avg with it.
  at::Tensor code(const at::Tensor& z, const at::Tensor& c) const;
  at::Tensor broadcastAndTruncate(const at::Tensor& code, const Truncation& truncation) const;
  /// @param ws [N, num_ws, w_dim], or [N, w_dim] when num_ws is 0
  at::Tensor truncate(const at::Tensor& ws, const Truncation& truncation) const;

  MappingOptions options;
  FullyConnected embed;
  std::vector<FullyConnected> layers;
  at::Tensor w_avg;  // [w_dim]
};

}  // namespace panohead::nn
