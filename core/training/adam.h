#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

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
  using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

  Adam(NamedTensors parameters, const AdamOptions& options);

  const AdamOptions& options() const noexcept { return options_; }
  void setRate(double rate) noexcept { options_.rate = rate; }
  const NamedTensors& parameters() const noexcept { return parameters_; }

  /// One step along the parameters' gradients.
  void step();
  void clearGradients();

  /// "<parameter>.average", "<parameter>.square", "<parameter>.steps": handles, not copies.
  NamedTensors state() const;

 private:
  NamedTensors parameters_;
  AdamOptions options_;
  std::vector<at::Tensor> average_, square_, steps_;
};

}  // namespace panohead
