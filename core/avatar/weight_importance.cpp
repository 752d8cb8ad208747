#include "core/avatar/weight_importance.h"

#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"
#include "core/tensor/stoppable_gradient.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <string_view>

namespace panohead {
namespace {

constexpr std::int64_t kSamples = 768;  // places of a picture at most, of which inputs are kept

/// What a convolution reads at some places: columns in the order of its weight. [I * k * k, places]
at::Tensor patches(const at::Tensor& x,
                   const at::Tensor& style,
                   std::int64_t k,
                   const at::Generator& random) {
  const at::Tensor scaled = (x[0].to(at::kFloat) * style[0].view({-1, 1, 1})).detach();
  const std::int64_t height = scaled.size(1), width = scaled.size(2), reach = k / 2;
  const at::Tensor wide = at::constant_pad_nd(scaled, {reach, reach, reach, reach});
  const at::Tensor flat = wide.flatten(1);
  const std::int64_t places = height * width;
  const at::Tensor chosen =
      places <= kSamples ? at::arange(places) : at::randint(places, {kSamples}, random, at::kLong);
  const at::Tensor corner =
      at::floor_divide(chosen, width) * (width + 2 * reach) + at::remainder(chosen, width);
  std::vector<at::Tensor> taps;
  for (std::int64_t dy = 0; dy < k; ++dy) {
    for (std::int64_t dx = 0; dx < k; ++dx) {
      taps.push_back(flat.index_select(1, corner + dy * (width + 2 * reach) + dx));
    }
  }
  return at::stack(taps, 1).flatten(0, 1).contiguous();
}

/// What the affine layer of a style reads: its w, and a little of every direction, in which edits may move
/// it.
at::Tensor styleInputs(const at::Tensor& w) {
  constexpr double kElsewhere = 0.1;  // of the length of w
  const std::int64_t size = w.numel();
  const double length = w.norm().item<double>();
  return at::cat({w.view({-1, 1}), at::eye(size) * (kElsewhere * length / std::sqrt(size))}, 1);
}

}  // namespace

std::map<std::string, WeightImportance> measureImportance(const Generator& generator,
                                                          const std::vector<std::string>& names,
                                                          const at::Tensor& ws,
                                                          const at::Tensor& ws_background,
                                                          const std::vector<CameraLabel>& cameras,
                                                          JobContext& context) {
  std::vector<std::pair<std::string, at::Tensor>> leaves;
  for (const std::string& name : names) {
    leaves.emplace_back(name, generator.store().at(name).detach().clone().requires_grad_(true));
  }
  const Generator watched = generator.withParameters(leaves);
  at::Generator random = at::detail::createCPUGenerator(1);

  std::map<std::string, WeightImportance> found;
  std::map<const c10::TensorImpl*, std::string> owner;
  std::vector<at::Tensor> weights;
  for (const auto& [name, leaf] : leaves) {
    owner[leaf.unsafeGetTensorImpl()] = name;
    weights.push_back(leaf);
  }
  SynthesisSettings settings = watched.defaultSettings();
  settings.run.noise = NoiseMode::Const;
  settings.run.checkpoint = settings.checkpoint = [&context] { context.checkpoint(); };
  settings.run.dtype = quickType();
  settings.quick = true;
  settings.run.observe = [&](const at::Tensor& weight, const at::Tensor& x, const at::Tensor& style) {
    const auto name = owner.find(weight.unsafeGetTensorImpl());
    if (name != owner.end() && !found[name->second].inputs.defined()) {
      const at::NoGradGuard no_grad;
      found[name->second].inputs = patches(x, style, weight.size(3), random);
    }
  };
  for (const CameraLabel& camera : cameras) {
    context.checkpoint();
    const at::Tensor label = labelTensor(camera);
    const at::Tensor picture = watched.synthesize(ws, label, settings, ws_background).image;
    // Pictures are in [-1, 1]: half of them, and the mean over pixels and cameras.
    const double share = 0.25 / static_cast<double>(picture.numel()) / static_cast<double>(cameras.size());
    askDuringGradient(picture, settings.checkpoint);
    const at::Tensor direction = at::randn(picture.sizes(), random, at::kFloat);
    const std::vector<at::Tensor> gradients =
        torch::autograd::grad({picture}, weights, {direction}, false, false, true);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      context.checkpoint();
      if (gradients[i].defined()) {
        const at::Tensor energy = gradients[i].to(at::kFloat).flatten(1).square().sum(1) * share;
        at::Tensor& gain = found[leaves[i].first].row_gain;
        gain = gain.defined() ? gain + energy : energy;
      }
    }
  }
  const at::NoGradGuard no_grad;
  for (auto item = found.begin(); item != found.end();) {
    WeightImportance& importance = item->second;
    if (!importance.row_gain.defined()) {
      item = found.erase(item);
      continue;
    }
    const at::Tensor& weight = generator.store().at(item->first);
    const bool background = item->first.starts_with("bcg_synthesis") && ws_background.defined();
    if (!importance.inputs.defined()) {  // of a style: fully connected
      const at::Tensor w = (background ? ws_background : ws)[0].mean(0);
      importance.inputs = w.numel() == weight.size(1) ? styleInputs(w) : at::eye(weight[0].numel());
    }
    importance.row_gain = importance.row_gain / importance.inputs.square().sum().clamp_min(1e-30);
    ++item;
  }
  return found;
}

}  // namespace panohead
