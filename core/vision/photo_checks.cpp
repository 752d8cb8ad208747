#include "core/vision/photo_checks.h"

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

constexpr double kUnsettled = 0.05;  // squares; headTurn's last pass
constexpr double kEdgeNear = 0.03;   // part outside that deserves a word

/// Along one direction: what a further blur takes from the differences of neighbours, 1 = all.
double lossByBlur(const cv::Mat& grey, const cv::Size& window, const cv::Point& step) {
  cv::Mat blurred;
  cv::blur(grey, blurred, window);
  const cv::Rect first(0, 0, grey.cols - step.x, grey.rows - step.y);
  const cv::Rect second = first + step;
  const cv::Mat sharp = cv::abs(grey(second) - grey(first));
  const cv::Mat soft = cv::abs(blurred(second) - blurred(first));
  const double all = cv::sum(sharp)[0];
  const double lost = cv::sum(cv::max(sharp - soft, 0))[0];
  return all > 0 ? lost / all : 0;
}

const char* kByHand = "or place the square and set the yaw by hand";

}  // namespace

const char* titleOf(PhotoDefect defect) noexcept {
  switch (defect) {
    case PhotoDefect::NoFace:
      return "no face";
    case PhotoDefect::NoHead:
      return "no head";
    case PhotoDefect::TooSmall:
      return "too small";
    case PhotoDefect::Blurred:
      return "blurred";
    case PhotoDefect::CutOff:
      return "cut off";
  }
  return "defect";
}

double sharpnessOf(const cv::Mat& rgb, const Region& square) {
  constexpr int kSide = 256;
  constexpr int kWindow = 9;  // pixels
  cv::Mat grey;
  cv::cvtColor(cut(rgb, square, kSide, Border::Repeated).picture, grey, cv::COLOR_RGB2GRAY);
  grey(cv::Rect(kSide / 4, kSide / 4, kSide / 2, kSide / 2)).convertTo(grey, CV_32F);
  return std::min(lossByBlur(grey, {1, kWindow}, {0, 1}), lossByBlur(grey, {kWindow, 1}, {1, 0}));
}

double shareOutside(const cv::Mat& photo, const Region& square) {
  constexpr int kSide = 64;
  constexpr double kHeadWidth = 0.36, kHeadHeight = 0.44;  // half axes in sides
  const cv::Matx23d place = cut(cv::Mat::zeros(1, 1, CV_8U), square, kSide, Border::Zero).to_picture;
  int head = 0;
  int outside = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double u = ((x + 0.5) / kSide - 0.5) / kHeadWidth;
      const double v = ((y + 0.5) / kSide - 0.5) / kHeadHeight;
      if (u * u + v * v <= 1) {
        const cv::Vec2d p = place * cv::Vec3d(x + 0.5, y + 0.5, 1);
        ++head;
        outside += p[0] < 0 || p[1] < 0 || p[0] > photo.cols || p[1] > photo.rows ? 1 : 0;
      }
    }
  }
  return static_cast<double>(outside) / head;
}

void judge(FoundHead& head, const cv::Mat& rgb, const AlignmentOptions& options) {
  const Region square = regionOf(head.pose.square);
  head.sharpness = sharpnessOf(rgb, square);
  head.outside = shareOutside(rgb, square);
  const auto reject = [&](PhotoDefect defect, std::string reason, std::string remedy) {
    head.rejections.push_back({defect, std::move(reason), std::move(remedy)});
  };
  if (head.found_by == FoundBy::Nothing) {
    reject(PhotoDefect::NoHead,
           "neither a face nor a person was found",
           fmt::format("choose another photo, {}", kByHand));
    return;  // the rest would judge a square that means nothing
  }
  if (head.found_by == FoundBy::PersonOutline) {
    reject(
        PhotoDefect::NoFace,
        "no face was found; the square is a guess from the outline of the person",
        "look at the square and the yaw, and correct them by hand; of views from behind one in ten is wrong");
  }
  if (head.pose.square.side < options.smallest_side) {
    reject(PhotoDefect::TooSmall,
           fmt::format("the head is small: its square has {:.0f} pixels on a side, {:.0f} are wanted",
                       head.pose.square.side,
                       options.smallest_side),
           fmt::format("give a photo taken from nearer, {}", kByHand));
  } else if (head.sharpness < options.least_sharpness) {
    reject(PhotoDefect::Blurred,
           fmt::format("the photo is blurred (sharpness {:.2f}, {:.2f} is wanted)",
                       head.sharpness,
                       options.least_sharpness),
           fmt::format("give a sharper photo, {}", kByHand));
  }
  if (head.outside > options.most_outside) {
    reject(PhotoDefect::CutOff,
           fmt::format("{:.0f} % of the head lies beyond the edge of the photo", 100 * head.outside),
           fmt::format("give a photo with the whole head, {}", kByHand));
  } else if (head.outside > kEdgeNear) {
    head.warnings.push_back(
        fmt::format("{:.0f} % of the head lies beyond the edge of the photo; the edge is repeated there",
                    100 * head.outside));
  }
  if (head.change > kUnsettled) {
    head.warnings.push_back("square and yaw have not settled: look at both");
  }
}

}  // namespace panohead
