#include "core/vision/mask_refinement.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

constexpr int kSide = 512;
constexpr int kRounds = 3;
constexpr double kLow = 0.1, kHigh = 0.9;  // of the network's probability

/// GrabCut's labels from the mask: what is far from the border is certain.
cv::Mat labelsOf(const cv::Mat& mask) {
  constexpr int kBand = kSide / 32 * 2 + 1;
  const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, {kBand, kBand});
  cv::Mat labels(mask.size(), CV_8U, cv::Scalar(cv::GC_PR_BGD));
  labels.setTo(cv::GC_PR_FGD, mask > 0.5);
  cv::Mat certain;
  cv::erode(mask > kHigh, certain, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  labels.setTo(cv::GC_FGD, certain);
  cv::dilate(mask > kLow, certain, kernel, {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  labels.setTo(cv::GC_BGD, certain == 0);
  return labels;
}

void paintStrokes(cv::Mat& labels, const std::vector<MaskStroke>& strokes, double scale) {
  constexpr int kShift = 4;  // OpenCV draws at sixteenths of a pixel
  const auto fixed = [scale](const std::array<double, 2>& p) {
    return cv::Point(static_cast<int>(std::lround(std::clamp(p[0] * scale, -1e6, 1e6) * (1 << kShift))),
                     static_cast<int>(std::lround(std::clamp(p[1] * scale, -1e6, 1e6) * (1 << kShift))));
  };
  for (const MaskStroke& stroke : strokes) {
    const cv::Scalar label(stroke.person ? cv::GC_FGD : cv::GC_BGD);
    const double radius = std::clamp(stroke.radius * scale, 0.5, 2.0 * kSide);
    for (std::size_t i = 0; i < stroke.points.size(); ++i) {
      const cv::Point p = fixed(stroke.points[i]);
      cv::circle(labels,
                 p,
                 static_cast<int>(std::lround(radius * (1 << kShift))),
                 label,
                 cv::FILLED,
                 cv::LINE_8,
                 kShift);
      if (i > 0) {
        const int width = std::max(1, static_cast<int>(std::lround(2 * radius)));
        cv::line(labels, fixed(stroke.points[i - 1]), p, label, width, cv::LINE_8, kShift);
      }
    }
  }
}

/// Needs certain pixels of both kinds, or it has nothing to learn from.
void cutGraph(const cv::Mat& rgb, cv::Mat& labels, JobContext& context) {
  if (cv::countNonZero(labels == cv::GC_FGD) == 0 || cv::countNonZero(labels == cv::GC_BGD) == 0) {
    return;
  }
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  cv::Mat background = cv::Mat::zeros(1, 65, CV_64F);
  cv::Mat foreground = cv::Mat::zeros(1, 65, CV_64F);
  cv::setRNGSeed(1);  // equal pictures, equal masks
  for (int round = 0; round < kRounds; ++round) {
    context.checkpoint();
    cv::grabCut(bgr, labels, {}, background, foreground, 1, round == 0 ? cv::GC_INIT_WITH_MASK : cv::GC_EVAL);
  }
}

}  // namespace

cv::Mat refineMask(const cv::Mat& rgb, const cv::Mat& mask, const MaskOptions& options, JobContext& context) {
  const double scale = static_cast<double>(kSide) / std::max(rgb.cols, rgb.rows);
  if (scale * std::min(rgb.cols, rgb.rows) < 1) {  // a line, no picture
    return mask;
  }
  cv::Mat small;
  cv::resize(rgb, small, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::Mat small_mask;
  cv::resize(mask, small_mask, small.size(), 0, 0, cv::INTER_LINEAR);
  cv::Mat labels = labelsOf(small_mask);
  paintStrokes(labels, options.strokes, scale);
  cutGraph(small, labels, context);
  cv::Mat hard;
  cv::Mat(((labels & 1) == 1)).convertTo(hard, CV_32F, 1.0 / 255);  // GC_FGD and GC_PR_FGD are the odd ones
  if (options.feather > 0) {
    cv::GaussianBlur(hard, hard, {}, options.feather);
  }
  cv::Mat result;
  cv::resize(hard, result, rgb.size(), 0, 0, cv::INTER_AREA);
  return result;
}

cv::Mat headEllipse(const cv::Size& size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_32F);
  cv::ellipse(mask,
              {size.width / 2, size.height / 2},
              {size.width * 36 / 100, size.height * 44 / 100},
              0,
              0,
              360,
              cv::Scalar(0.8),
              cv::FILLED);
  return mask;
}

double overlapOf(const cv::Mat& a, const cv::Mat& b) {
  const int all = cv::countNonZero((a > 0.5) | (b > 0.5));
  return all == 0 ? 1 : cv::countNonZero((a > 0.5) & (b > 0.5)) / static_cast<double>(all);
}

}  // namespace panohead
