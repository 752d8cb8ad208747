#pragma once

#include "core/jobs/job.h"
#include "core/vision/person_mask.h"

#include <opencv2/core/mat.hpp>

namespace panohead {

/// GrabCut at 512 pixels: certain where the network is certain and the border is far and where a stroke says
/// so, open elsewhere. Masks are 32-bit float in 0..1. The result is feathered and has the picture's size.
/// Throws Cancelled (between rounds of about 0.1 s).
cv::Mat refineMask(const cv::Mat& rgb, const cv::Mat& mask, const MaskOptions& options, JobContext& context);

/// Where a head is in aligned pictures, to begin with when nobody was found.
cv::Mat headEllipse(const cv::Size& size);

/// Intersection over union of two masks at 0.5; 1 when both are empty.
double overlapOf(const cv::Mat& a, const cv::Mat& b);

}  // namespace panohead
