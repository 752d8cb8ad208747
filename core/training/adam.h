#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct AdamOptions {
  double rate = 0.0025;
  double beta1 = 0.0;
  double beta2 = 0.99;
  double epsilon = 1e-8;
};

/// Adam (Kingma & Ba 2015) over named parameters, by LibTorch's fused kernel. Parameters without a gradient
/// are left alone, their step count too. The whole state is a list of named tensors, so that a run resumes
/// exactly.
class Adam {
 public:
  Adam(NamedTensors parameters, const AdamOptions& options);

  const AdamOptions& options() const noexcept { return options_; }
  const NamedTensors& parameters() const noexcept { return parameters_; }

  /// One step along the parameters' gradients, at the options' rate.
  void step() { step(options_.rate); }
  /// @param rate learning rate of this step  @param factors of it, one per parameter; empty: 1
  void step(double rate, const std::vector<double>& factors = {});
  void clearGradients();

  /// "<prefix><parameter>.average", ".square", ".steps": handles, not copies.
  NamedTensors state(const std::string& prefix) const;

 private:
  NamedTensors parameters_;
  AdamOptions options_;
  std::vector<at::Tensor> average_, square_, steps_;
};

}  // namespace panohead
