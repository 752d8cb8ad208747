#pragma once

#include "core/export/mesh.h"
#include "core/jobs/job.h"

namespace panohead {

/// What an unwrapping made.
struct UnwrapStats {
  int charts = 0;
  double covered = 0;  // part of the picture that charts cover, [0, 1]
};

/// Gives a head texture coordinates. The sides of the head are unrolled from a cylinder around its upright
/// axis with the seam at the back, so that the face is in one piece in the middle; what looks up is a cap,
/// what looks down the bust's cut and the underside of the chin; what lies in folds, and what is hidden
/// behind something else seen from the axis, become pieces of their own, seen along the axis they face.
/// Charts do not overlap but for slivers; between them lie some pixels that may be filled. Vertices at chart
/// borders are doubled (the surface stays closed, its indices do not). Normals must be there.
/// @param side of the texture, pixels
/// Reports "unwrapping". Throws MeshError when not even the smallest scale fits, Cancelled.
UnwrapStats unwrapHead(Mesh& mesh, int side, JobContext& context);

}  // namespace panohead
