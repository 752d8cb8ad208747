#include "core/nn/mapping_network.h"

#include "core/tensor/prelude.h"

#include <fmt/format.h>

namespace panohead::nn {

namespace {

at::Tensor normaliseSecondMoment(const at::Tensor& x) {
  return x * (x.square().mean(1, true) + 1e-8).rsqrt();
}

}  // namespace

MappingNetwork::MappingNetwork(const Scope& scope, const MappingOptions& o) : options(o) {
  if (o.c_dim > 0) {
    embed = FullyConnected(scope / "embed", {.in = o.c_dim, .out = o.w_dim});
  }
  for (int i = 0; i < o.num_layers; ++i) {
    const std::int64_t first_in = o.z_dim + (o.c_dim > 0 ? o.w_dim : 0);
    const bool linear = o.last_layer_linear && i == o.num_layers - 1;
    layers.emplace_back(
        scope / fmt::format("fc{}", i),
        FullyConnectedOptions{.in = i == 0 ? first_in : o.w_dim,
                              .out = o.w_dim,
                              .activation = linear ? Activation::Linear : Activation::LeakyRelu,
                              .lr_multiplier = o.lr_multiplier});
  }
  if (o.track_average) {
    w_avg = scope.buffer("w_avg", {o.w_dim}, Init::constant(0));
  }
}

at::Tensor MappingNetwork::code(const at::Tensor& z, const at::Tensor& c) const {
  at::Tensor x;
  if (options.z_dim > 0) {
    x = normaliseSecondMoment(z.to(at::kFloat));
  }
  if (options.c_dim > 0) {
    const at::Tensor y = normaliseSecondMoment(embed(c.to(at::kFloat)));
    x = x.defined() ? at::cat({x, y}, 1) : y;
  }
  for (const FullyConnected& layer : layers) {
    x = layer(x);
  }
  return x;
}

at::Tensor MappingNetwork::broadcastAndTruncate(const at::Tensor& code, const Truncation& truncation) const {
  return truncate(options.num_ws > 0 ? code.unsqueeze(1).repeat({1, options.num_ws, 1}) : code, truncation);
}

at::Tensor MappingNetwork::truncate(const at::Tensor& w, const Truncation& truncation) const {
  if (truncation.psi == 1.0) {
    return w;
  }
  if (options.num_ws == 0 || truncation.cutoff < 0 || truncation.cutoff >= options.num_ws) {
    return at::lerp(w_avg.expand_as(w), w, truncation.psi);
  }
  const at::Tensor head = w.narrow(1, 0, truncation.cutoff);
  const at::Tensor tail = w.narrow(1, truncation.cutoff, options.num_ws - truncation.cutoff);
  return at::cat({at::lerp(w_avg.expand_as(head), head, truncation.psi), tail}, 1);
}

at::Tensor MappingNetwork::operator()(const at::Tensor& z,
                                      const at::Tensor& c,
                                      const Truncation& truncation) const {
  return broadcastAndTruncate(code(z, c), truncation);
}

}  // namespace panohead::nn
