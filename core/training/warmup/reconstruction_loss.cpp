#include "core/training/warmup/reconstruction_loss.h"

#include "core/tensor/prelude.h"

namespace panohead {

at::Tensor charbonnier(const at::Tensor& x, double e) { return (x.square() + e * e).sqrt() - e; }

at::Tensor detailLoss(const at::Tensor& error) {
  at::Tensor total;
  at::Tensor e = error;
  for (int scale = 0; scale < 3; ++scale) {
    const at::Tensor rows = (e.slice(2, 1) - e.slice(2, 0, -1)).abs().mean();
    const at::Tensor columns = (e.slice(3, 1) - e.slice(3, 0, -1)).abs().mean();
    total = total.defined() ? total + rows + columns : rows + columns;
    if (scale < 2) {
      e = at::avg_pool2d(e, 2);
    }
  }
  return total;
}

}  // namespace panohead
