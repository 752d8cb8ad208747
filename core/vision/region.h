#pragma once

#include "core/vision/aligned_square.h"

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace panohead {

/// A square in a picture, turned clockwise.
struct Region {
  cv::Point2d centre;  // pixels
  double size = 0;     // pixels
  double angle = 0;    // radians
};

Region regionOf(const AlignedSquare& square);
AlignedSquare squareOf(const Region& region);

/// The whole picture in the middle of a square of `pad` times its longer side.
Region wholeOf(const cv::Mat& picture, double pad = 1);

enum class Border { Zero, Repeated };

/// A region as a picture of side x side, and the way back.
struct Cut {
  cv::Mat picture;
  cv::Matx23d to_picture;  // corner-based coordinates of the crop -> of the picture

  cv::Point2d back(const cv::Point2d& p) const {
    const cv::Vec2d moved = to_picture * cv::Vec3d(p.x, p.y, 1);
    return {moved[0], moved[1]};
  }
};

/// Shrinks first when a pixel of the crop would skip pixels of the picture.
Cut cut(const cv::Mat& picture, const Region& region, int side, Border border);

}  // namespace panohead
