#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace panohead {

/// Front and back view of one head: raw pictures [1, 3, r, r] in [-1, 1] and masks [1, 1, r, r].
struct FrontAndBack {
  at::Tensor front, front_mask;
  at::Tensor back, back_mask;
};

/// How much a back view looks like the mirrored front view: normalised cross-correlation inside the
/// middle of the head (a disc of 0.3 picture widths, inside both masks eroded by r/16).
struct MirrorSimilarity {
  double detail = 0;     // of the luminance's band between r/128 and r/16 pixels of blur: eyes, nose, mouth
  double luminance = 0;  // of the luminance itself
};

/// @param front of the same or another head. The face that shines through a tri-plane head is mirrored in
/// the back view, as the silhouette is.
MirrorSimilarity mirrorSimilarity(const FrontAndBack& front, const FrontAndBack& back);

/// Mirrored-face score of some heads. `own`: similarity of each back to its own mirrored front; `others`:
/// its mean similarity to the fronts of all other heads (what heads have in common: shading, outline);
/// own - others is the score.
struct MirroredFace {
  std::vector<MirrorSimilarity> own, others;  // one for each head; `others` is empty for a single head
};
MirroredFace mirroredFace(const std::vector<FrontAndBack>& heads);

}  // namespace panohead
