#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// One rendered view of a head.
struct HeadView {
  at::Tensor label;    // [1, 25]
  at::Tensor depth;    // [1, 1, r, r] world units along the ray
  at::Tensor mask;     // [1, 1, r, r] in [0, 1]
  at::Tensor raw;      // [1, 3, r, r] in [-1, 1]
  at::Tensor picture;  // [1, 3, R, R] in [-1, 1]; undefined where no metric needs it
};

/// Where the surface that one view sees lies in another view.
struct Reprojection {
  at::Tensor grid;     // [1, r, r, 2] place in the other picture, -1..1 as grid_sampler takes it
  at::Tensor error;    // [1, 1, r, r] distance of the point from the other camera minus the depth there
  at::Tensor visible;  // bool [1, 1, r, r] pixels that count
};

inline constexpr double kSurfaceSlope = 0.05;  // world units: most that depth may vary over 3 x 3 pixels
inline constexpr double kOcclusion = 0.05;     // world units behind the other view's surface: hidden there
inline constexpr double kSolid = 0.9;          // mask of a pixel that is foreground

/// Takes every pixel's point, origin + depth * direction, to the other camera. A pixel counts when it is
/// foreground (mask > 0.9 here and around its place there), when depth is smooth around it in both views
/// (no edges, no grazing surfaces), when its place lies inside the other picture, and when the other
/// view's surface does not hide it (error < 0.05).
Reprojection reproject(const HeadView& from, const HeadView& to);

/// What the other picture shows at the reprojection's places. @param picture [1, C, H, W], of any size
/// @return [1, C, r, r], bicubic
at::Tensor warped(const at::Tensor& picture, const Reprojection& reprojection);

/// The reprojection for pictures of size x size pixels. `error` and `visible` are taken from the nearest
/// pixel.
Reprojection resized(const Reprojection& reprojection, std::int64_t size);

/// View consistency of two neighbouring views, both ways.
struct Consistency {
  double depth = 0;    // mean |error| in world units; each at most kConsistencyLimit
  double colour = 0;   // mean absolute difference of the raw pictures where |error| < 0.05, in [0, 1]
  double visible = 0;  // share of the foreground pixels that count
};
inline constexpr double kConsistencyLimit = 0.1;
Consistency viewConsistency(const HeadView& a, const HeadView& b);

/// Flicker between two frames of a slow orbit, at the size of the pictures.
struct Flicker {
  double warped = 0;  // mean absolute difference after warping, in [0, 1]
  double still = 0;   // the same without warping, on the same pixels
};
Flicker flickerBetween(const HeadView& previous, const HeadView& next);

}  // namespace panohead
