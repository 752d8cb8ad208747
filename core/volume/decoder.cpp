#include "core/volume/decoder.h"

#include "core/tensor/prelude.h"

#include <cmath>

namespace panohead {

Decoder::Decoder(const Scope& scope, const DecoderOptions& o) : options(o) {
  hidden = nn::FullyConnected(scope / "net" / "0",
                              {.in = o.in, .out = o.hidden, .lr_multiplier = o.lr_multiplier});
  out = nn::FullyConnected(scope / "net" / "2",
                           {.in = o.hidden, .out = 1 + o.feature, .lr_multiplier = o.lr_multiplier});
}

PointSamples Decoder::operator()(const at::Tensor& grid_features) const {
  const std::int64_t batch = grid_features.size(0);
  const std::int64_t count = grid_features.size(2);
  const at::Tensor x = grid_features.mean(1).reshape({batch * count, options.in});
  const at::Tensor y = out(at::softplus(hidden(x))).view({batch, count, 1 + options.feature});
  PointSamples samples{y.slice(2, 0, 1), y.slice(2, 1)};
  switch (options.activation) {
    case DecoderActivation::None:
      break;
    case DecoderActivation::Sigmoid:
      samples.feature = at::sigmoid(samples.feature) * 1.002 - 0.001;  // mip-NeRF's widened sigmoid
      break;
    case DecoderActivation::LeakyRelu:
      samples.feature = at::leaky_relu(samples.feature, 0.2) * std::sqrt(2.0);
      break;
  }
  return samples;
}

}  // namespace panohead
