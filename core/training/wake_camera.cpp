#include "core/training/wake_camera.h"

#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace panohead {

namespace {

using Factors = std::vector<std::pair<std::string, at::Tensor>>;

// From the camera on, as far as a zero is a zero for the camera alone.
Factors backboneFactors(const ParameterStore& store) {
  const std::string embed = "backbone.mapping.embed.weight";
  const std::string first = "backbone.mapping.fc0.weight";
  if (!store.has(embed)) {
    return {};
  }
  const std::int64_t camera = store.at(embed).size(0);
  const at::Tensor& weight = store.at(first);
  return {{embed, store.at(embed)}, {first, weight.narrow(1, weight.size(1) - camera, camera)}};
}

Factors adjustmentFactors(const ParameterStore& store) {
  Factors factors;
  const auto take = [&](const std::string& name) {
    const bool there = store.has(name);
    if (there) {
      factors.emplace_back(name, store.at(name));
    }
    return there;
  };
  take("t_mapping.embed.weight");
  for (int layer = 0; take(fmt::format("t_mapping.fc{}.weight", layer)); ++layer) {
  }
  return factors;
}

// Every factor has a seed of its own, whichever of them are filled.
void wake(const Factors& factors, std::uint64_t seed, std::vector<std::string>& woken) {
  bool zero_behind = false;
  for (auto factor = factors.rbegin(); factor != factors.rend(); ++factor) {
    const auto& [name, weight] = *factor;
    ++seed;
    if (weight.any().item<bool>()) {
      continue;
    }
    if (zero_behind) {
      at::Generator random = at::detail::createCPUGenerator(seed);
      weight.copy_(at::randn(weight.sizes(), random, at::kFloat));
      woken.push_back(name);
    }
    zero_behind = true;
  }
}

}  // namespace

std::vector<std::string> wakeCamera(const ParameterStore& generator) {
  const at::NoGradGuard no_grad;
  std::vector<std::string> woken;
  wake(backboneFactors(generator), 100, woken);
  wake(adjustmentFactors(generator), 200, woken);
  return woken;
}

}  // namespace panohead
