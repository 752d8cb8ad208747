#include "core/vision/region.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;
constexpr double kLargePicture = 4e6;  // pixels, from which on only what a region needs is shrunk

cv::Matx23d backTransform(const Region& region, int side) {
  const double s = std::sin(region.angle) * region.size / side;
  const double c = std::cos(region.angle) * region.size / side;
  return {c, -s, region.centre.x - (c - s) * side / 2, s, c, region.centre.y - (s + c) * side / 2};
}

/// The part of a large picture under a region, with a margin for the filters; the region moves along.
cv::Mat partUnder(const cv::Mat& picture, Region& region) {
  const double reach = region.size * std::numbers::sqrt2 / 2 + 8;
  const int x0 = std::clamp(static_cast<int>(region.centre.x - reach), 0, picture.cols - 1);
  const int y0 = std::clamp(static_cast<int>(region.centre.y - reach), 0, picture.rows - 1);
  const int x1 = std::clamp(static_cast<int>(region.centre.x + reach) + 1, x0 + 1, picture.cols);
  const int y1 = std::clamp(static_cast<int>(region.centre.y + reach) + 1, y0 + 1, picture.rows);
  region.centre -= cv::Point2d(x0, y0);
  return picture(cv::Rect(x0, y0, x1 - x0, y1 - y0));
}

}  // namespace

Region regionOf(const AlignedSquare& square) {
  return {{square.x, square.y}, square.side, square.roll_degrees / kDegrees};
}

AlignedSquare squareOf(const Region& region) {
  return {region.centre.x, region.centre.y, region.size, region.angle * kDegrees};
}

Region wholeOf(const cv::Mat& picture, double pad) {
  return {{picture.cols / 2.0, picture.rows / 2.0}, pad * std::max(picture.cols, picture.rows), 0};
}

Cut cut(const cv::Mat& picture, const Region& region, int side, Border border) {
  Cut result;
  result.to_picture = backTransform(region, side);
  cv::Mat source = picture;
  Region from = region;
  if (region.size > 2 * side) {
    if (static_cast<double>(picture.total()) > kLargePicture) {
      source = partUnder(picture, from);
    }
    const double f = std::max({2 * side / region.size, 1.0 / source.cols, 1.0 / source.rows});
    cv::Mat small;
    cv::resize(source, small, {}, f, f, cv::INTER_AREA);
    source = small;
    from = {from.centre * f, from.size * f, from.angle};
  }
  cv::Matx23d m = backTransform(from, side);  // warpAffine counts from the centres of pixels
  m(0, 2) += (m(0, 0) + m(0, 1)) / 2 - 0.5;
  m(1, 2) += (m(1, 0) + m(1, 1)) / 2 - 0.5;
  cv::warpAffine(source,
                 result.picture,
                 m,
                 {side, side},
                 cv::WARP_INVERSE_MAP | cv::INTER_LINEAR,
                 border == Border::Zero ? cv::BORDER_CONSTANT : cv::BORDER_REPLICATE);
  return result;
}

}  // namespace panohead
