#pragma once

#include "core/vision/photo_alignment.h"
#include "core/vision/region.h"

namespace panohead {

/// 0 blurred .. 1 sharp: how much the brightness of an aligned picture's middle changes when it is blurred
/// once more (Crete et al., "The blur effect", 2007, turned round; on 256 x 256 pixels).
double sharpnessOf(const cv::Mat& rgb, const Region& square);

/// 0..1: part of the head (the ellipse that heads fill in aligned pictures) beyond the photo.
double shareOutside(const cv::Mat& photo, const Region& square);

/// Measures a head and says why it should not be used as it is.
void judge(FoundHead& head, const cv::Mat& rgb, const AlignmentOptions& options);

}  // namespace panohead
