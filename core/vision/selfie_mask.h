#pragma once

#include "core/vision/network_pass.h"

namespace panohead {

/// Probability of a person, 32-bit float in 0..1, size of the picture. The whole picture is squeezed to the
/// network's square, whatever its shape, and the answer stretched back.
cv::Mat selfieMask(VisionNetworks& networks, const cv::Mat& rgb);

}  // namespace panohead
