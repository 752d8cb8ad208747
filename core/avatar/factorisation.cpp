#include "core/avatar/factorisation.h"

#include "core/base/camera.h"
#include "core/base/error.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace panohead {
namespace {

// Rows are unit vectors: the largest entry is made positive, the length that of the spread.
at::Tensor asSliders(const at::Tensor& rows, const at::Tensor& w) {
  const at::Tensor largest = rows.gather(1, rows.abs().argmax(1, true));
  const at::Tensor directions = rows * largest.sign();
  const at::Tensor spread = at::matmul(w - w.mean(0), directions.t()).std(0);
  return (directions * spread.unsqueeze(1)).contiguous();
}

// Weights of the style layers [out, w_dim], each with the layer of w that it reads: as the network runs them.
std::vector<std::pair<std::int64_t, at::Tensor>> styleWeights(const Generator& generator) {
  std::vector<std::pair<std::int64_t, at::Tensor>> weights;
  std::int64_t layer = 0;
  for (const nn::SynthesisBlock& block : generator.backbone().blocks) {
    if (block.convCount() == 2) {
      weights.emplace_back(layer++, block.conv0.affine.weight);
    }
    weights.emplace_back(layer++, block.conv1.affine.weight);
    weights.emplace_back(layer, block.torgb.affine.weight);  // shared with the next block's first convolution
  }
  return weights;
}

}  // namespace

at::Tensor factorise(
    const Generator& generator, int first, int last, int count, const at::Tensor& deviations) {
  const at::NoGradGuard no_grad;
  at::Tensor gram;
  for (const auto& [layer, weight] : styleWeights(generator)) {
    if (layer >= first && (last < 0 || layer < last)) {
      // Rows of equal length: a layer's gain must not decide.
      const at::Tensor rows = weight.to(at::kDouble);
      const at::Tensor unit = rows / rows.norm(2, {1}, true).clamp_min(1e-12);
      const at::Tensor part = at::matmul(unit.t(), unit);
      gram = gram.defined() ? gram + part : part;
    }
  }
  if (!gram.defined()) {
    throw OptionError("no layer of the model lies in this range", "choose a wider range of layers");
  }
  const at::Tensor vectors = std::get<1>(at::linalg_eigh(gram)).flip({1}).t();  // ascending otherwise
  const std::int64_t kept = std::min<std::int64_t>(count, vectors.size(0));
  return asSliders(vectors.slice(0, 0, kept).to(at::kFloat), deviations);
}

at::Tensor principalComponents(const at::Tensor& w, int count) {
  const at::NoGradGuard no_grad;
  const at::Tensor centred = (w - w.mean(0)).to(at::kDouble);
  const at::Tensor covariance = at::matmul(centred.t(), centred) / static_cast<double>(w.size(0) - 1);
  const at::Tensor vectors = std::get<1>(at::linalg_eigh(covariance)).flip({1}).t();
  const std::int64_t kept = std::min<std::int64_t>(count, vectors.size(0));
  return asSliders(vectors.slice(0, 0, kept).to(at::kFloat), w);
}

at::Tensor randomCodes(const Generator& generator, int count, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  at::Generator random = at::detail::createCPUGenerator(seed);
  const at::Tensor z = at::randn({count, generator.config().z_dim}, random, at::kFloat);
  const at::Tensor c = labelTensor(frontalLabel()).expand({count, -1});
  at::Tensor read = at::zeros({generator.config().w_dim});
  for (const auto& [layer, weight] : styleWeights(generator)) {
    read = read + weight.abs().sum(0);
  }
  return generator.map(z, c).select(1, 0) * (read > 0);
}

}  // namespace panohead
