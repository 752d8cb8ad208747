#pragma once

#include "core/base/camera.h"
#include "core/generator/generator.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace panohead {

/// A generator being drawn at one w: what its cameras share.
struct DrawnHead {
  at::Tensor planes;      // packed where the settings are quick
  at::Tensor background;  // undefined: none
  at::Tensor last_w;      // [1, w_dim]
};
DrawnHead drawnHead(const Generator& generator,
                    const at::Tensor& ws,
                    const at::Tensor& ws_background,
                    const SynthesisSettings& settings);

/// Views of a head as a generator drew it before it was tuned: what holds them (the locality of Roich et al.
/// 2021, in cameras instead of latents), and the gauge of how far they have moved. Raw pictures, without
/// super-resolution.
class OtherViews {
 public:
  /// @param labels [K, 25]  @param weights of the views in loss(); empty: 1
  /// @param checkpoint called before each view; may throw to cancel
  OtherViews(const Generator& generator,
             const DrawnHead& head,
             const at::Tensor& labels,
             std::vector<double> weights,
             const SynthesisSettings& settings,
             const std::function<void()>& checkpoint);

  std::int64_t count() const noexcept { return labels_.size(0); }
  /// How much a view of the head differs from before: colours and weight sum. Differentiable. Scalar
  at::Tensor loss(const Generator& generator,
                  const DrawnHead& head,
                  std::int64_t view,
                  const std::function<void()>& checkpoint) const;
  /// Mean change over all views of the colours of where the head was or is, of 0..1.
  double drift(const Generator& generator,
               const DrawnHead& head,
               const std::function<void()>& checkpoint) const;

 private:
  SynthesisOutput draw(const Generator& generator,
                       const DrawnHead& head,
                       std::int64_t view,
                       const std::function<void()>& checkpoint) const;

  at::Tensor labels_;
  std::vector<double> weights_;
  SynthesisSettings settings_;  // without a checkpoint: each call brings its own, which may end with it
  std::vector<SynthesisOutput> before_;
};

/// The view that a step looks at: each of them once in `count` steps, views far apart after each other.
std::int64_t viewOfStep(std::int64_t step, std::int64_t count);

}  // namespace panohead
