#pragma once

#include "core/vision/vision_networks.h"

#include <opencv2/core/mat.hpp>

#include <filesystem>

namespace panohead {

/// Mask by an ONNX network of the user's own: one input [1, 3, side, side], RGB in [0, 1]; its first output
/// with one channel is the probability. 32-bit float in 0..1, size of the picture. The file is read again
/// only when it, or another one, was written since.
/// @param side of its input; 0 = what the file says, 512 where it says nothing
/// Throws CheckpointError naming the file.
cv::Mat mattingMask(VisionNetworks& networks,
                    const std::filesystem::path& path,
                    int side,
                    const cv::Mat& rgb);

}  // namespace panohead
