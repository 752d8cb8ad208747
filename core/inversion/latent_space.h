#pragma once

#include "core/generator/generator.h"
#include "core/jobs/job.h"

namespace panohead {

/// Where a model's own people lie: statistics of w of 10,000 of them, and coordinates to search in.
/// Whitened coordinates undo the last leaky ReLU of the mapping and divide by the deviations along the
/// principal axes (Zhu et al., "Improved StyleGAN Embedding", 2020): a step of one is one deviation in any
/// direction, and the squared length says how unusual a person is. Plain coordinates are w minus the mean.
class LatentSpace {
 public:
  /// z of the published script's seed, mapped at the frontal label.
  LatentSpace(const Generator& generator, bool whitened, JobContext& context);

  std::int64_t size() const noexcept { return mean_w_.size(0); }
  const at::Tensor& meanW() const noexcept { return mean_w_; }  // [w_dim]
  /// Of the z that were mapped. [1, z_dim]
  const at::Tensor& meanZ() const noexcept { return mean_z_; }
  /// Root of the mean squared distance of w from its mean.
  double deviation() const noexcept { return deviation_; }
  /// Mapped people. [10000, w_dim]
  const at::Tensor& people() const noexcept { return people_; }

  /// @param coordinates [..., size()]  @return [..., w_dim]
  at::Tensor toW(const at::Tensor& coordinates) const;
  at::Tensor fromW(const at::Tensor& w) const;

 private:
  at::Tensor people_, mean_w_, mean_z_;
  double deviation_ = 0;
  at::Tensor mean_;                 // where coordinates are 0, before the leaky ReLU when whitened
  at::Tensor axes_, inverse_axes_;  // [size, w_dim]; undefined: plain
};

}  // namespace panohead
