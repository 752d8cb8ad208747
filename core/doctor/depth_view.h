#pragma once

#include <vector>

namespace panohead::doctor {

/// What one camera sees of a head's shape. Row 0 at the top.
struct DepthView {
  int size = 0;              // pixels on a side
  std::vector<float> mask;   // [size^2] in [0, 1]
  std::vector<float> depth;  // [size^2] world units along the ray
};

/// Share of the head's pixels that lie in a pit: deeper by more than `kPit` than the lowest way out of it
/// over the surface (what stays behind when the surface is flooded from the picture's border). Where one sees
/// through the head is the deepest pit, and counts as the head's.
inline constexpr double kPit = 0.08;  // world units; a head is about 0.5 wide, an eye lies 0.02 deep
double pitShare(const DepthView& view);

/// What is seen beside the head: the sum of the mask more than `kBeside` of the picture's width away from the
/// largest piece of foreground (mask above a half), as a share of that piece.
inline constexpr double kBeside = 1.0 / 24;
double besideShare(const DepthView& view);

/// Mean width of the silhouette, in pixels, over the rows that show the skull of a head `height` rows high
/// from its top: the rows between 15 % and 80 % of it. 0: nothing is seen.
double skullWidth(const DepthView& view, int height);

/// The largest piece of foreground: 1 where it is. [size^2]
std::vector<unsigned char> mainPiece(const DepthView& view);

}  // namespace panohead::doctor
