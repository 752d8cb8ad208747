#pragma once

#include "core/jobs/job.h"
#include "core/vision/face_mesh.h"

#include <vector>

namespace panohead {

/// Faces that the mesh believes (score over 0.5), the largest first: short range on the padded picture, then
/// full range, then both on the picture as it is; in large pictures with no or many wanted faces also full
/// range on overlapping parts, for small faces. With `most` = 1 it stops at the first that is believed.
/// Throws Cancelled.
std::vector<FaceMesh> findFaces(VisionNetworks& networks, const cv::Mat& rgb, int most, JobContext& context);

}  // namespace panohead
