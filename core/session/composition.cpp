#include "core/session/composition.h"

#include "core/session/frame_image.h"
#include "core/tensor/prelude.h"

namespace panohead {

Image composed(const BackgroundParts& behind, const HeadPicture& over_generated, const HeadPicture& cut_out) {
  if (behind.laid.empty()) {
    return toImage(over_generated.picture);
  }
  const double generated = behind.generatedWeight(), clear = behind.clearWeight();
  const at::Tensor& alpha = cut_out.alpha;
  const at::Tensor under = underTensor(behind.laid, alpha.size(2), alpha.size(3));
  if (behind.generated.empty() && !under.defined()) {
    return toImage(cut_out.picture, alpha);
  }
  // Colours with their alpha multiplied in, which is what may be summed.
  at::Tensor sum =
      cut_out.picture.clamp(-1, 1) * (behind.generated.empty() ? alpha : alpha * (1 - generated));
  if (under.defined()) {
    sum = sum + under * (1 - alpha);
  }
  if (!behind.generated.empty()) {
    sum = sum + over_generated.picture.clamp(-1, 1) * generated;
  }
  if (clear == 0) {
    return toImage(sum);
  }
  constexpr double kFaint = 1e-3;  // less than what a byte of alpha tells
  const at::Tensor seen = 1 - (1 - alpha) * clear;
  return toImage(sum / seen.clamp_min(kFaint), seen);
}

}  // namespace panohead
