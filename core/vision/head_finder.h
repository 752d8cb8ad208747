#pragma once

#include "core/jobs/job.h"
#include "core/vision/head_pose.h"

#include <optional>

namespace panohead {

/// Aligned square of a head without a face from the mask of the person: tries six sizes under the person's
/// top and keeps the one where headTurn settles best and the mask lies in the square as in aligned pictures.
/// About 0.5 s. Nothing where the mask is empty or no size fits. Throws Cancelled.
/// @param mask 32-bit float, size of the picture, 0..1
std::optional<PoseInRegion> findHead(VisionNetworks& networks,
                                     const cv::Mat& rgb,
                                     const cv::Mat& mask,
                                     JobContext& context);

}  // namespace panohead
