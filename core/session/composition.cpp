#include "core/session/composition.h"

#include "core/session/frame_image.h"
#include "core/tensor/prelude.h"

namespace panohead {

at::Tensor composed(const BackgroundParts& behind,
                    const HeadPicture& over_generated,
                    const HeadPicture& cut_out) {
  if (behind.laid.empty()) {
    return toBytes(over_generated.picture);
  }
  const double generated = behind.generatedWeight(), clear = behind.clearWeight();
  const at::Tensor& alpha = cut_out.alpha;
  at::Tensor under = underTensor(behind.laid, alpha.size(2), alpha.size(3));
  if (under.defined()) {
    under = under.to(alpha.device());
  }
  if (behind.generated.empty() && !under.defined()) {
    return toBytes(cut_out.picture, alpha);
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
    return toBytes(sum);
  }
  constexpr double kFaint = 1e-3;  // less than what a byte of alpha tells
  const at::Tensor seen = 1 - (1 - alpha) * clear;
  return toBytes(sum / seen.clamp_min(kFaint), seen);
}

}  // namespace panohead
