#include "core/training/metrics/background_swap.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/picture_measures.h"

namespace panohead {

BackgroundSwap backgroundSwap(const SwappedView& view) {
  constexpr double kDifferent = 0.05;  // of the range
  const auto unit = [](const at::Tensor& x) { return (x.clamp(-1, 1) + 1) * 0.5; };
  const at::Tensor mask =
      nn::resizeBilinear(view.mask, view.own.size(2), view.own.size(3), false).clamp(0, 1);
  const at::Tensor change = unit(view.own) - unit(view.other);
  const at::Tensor contrast = unit(view.own_background) - unit(view.other_background);
  const at::Tensor squared = contrast.square().sum(1, true);
  const at::Tensor alpha = (1 - (change * contrast).sum(1, true) / squared.clamp_min(1e-12)).clamp(0, 1);
  const at::Tensor known = squared / 3 > kDifferent * kDifferent;
  const at::Tensor inside = mask > 0.95;
  return {weightedMean((alpha - mask).square(), known),
          weightedMean(change.square(), inside),
          weightedMean(change.abs(), inside),
          weightedMean(change.abs(), mask < 0.05)};
}

}  // namespace panohead
