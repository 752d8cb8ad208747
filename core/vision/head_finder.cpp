#include "core/vision/head_finder.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace panohead {
namespace {

// How the mask lies in aligned pictures: its first row, its share of the square; mean and spread.
constexpr double kTop = 0.014, kTopSpread = 0.03;
constexpr double kCover = 0.63, kCoverSpread = 0.08;
constexpr double kSettled = 0.02;
constexpr int kMaskSide = 256;  // of the small mask's longer side
constexpr int kInside = 64;     // of the mask in a square

/// The largest connected part of a mask, and where it is.
struct Person {
  cv::Mat mask;  // 0 or 1
  cv::Rect box;
};

std::optional<Person> largestPart(const cv::Mat& mask) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(mask > 0.5, labels, stats, centroids);
  if (count < 2) {
    return std::nullopt;
  }
  int best = 1;
  for (int i = 2; i < count; ++i) {
    best = stats.at<int>(i, cv::CC_STAT_AREA) > stats.at<int>(best, cv::CC_STAT_AREA) ? i : best;
  }
  Person person;
  person.mask = (labels == best) / 255;
  person.box = {stats.at<int>(best, cv::CC_STAT_LEFT),
                stats.at<int>(best, cv::CC_STAT_TOP),
                stats.at<int>(best, cv::CC_STAT_WIDTH),
                stats.at<int>(best, cv::CC_STAT_HEIGHT)};
  return person;
}

/// Median column of the person in the rows [top, top + rows).
double middleColumn(const Person& person, int rows) {
  std::vector<int> columns;
  const int end = std::min(person.box.y + rows, person.mask.rows);
  for (int y = person.box.y; y < end; ++y) {
    const auto* row = person.mask.ptr(y);
    for (int x = 0; x < person.mask.cols; ++x) {
      if (row[x] != 0) {
        columns.push_back(x);
      }
    }
  }
  std::ranges::sort(columns);
  const std::size_t half = columns.size() / 2;
  return columns.size() % 2 == 1 ? columns[half] : (columns[half - 1] + columns[half]) / 2.0;
}

double squared(double x) { return x * x; }

/// How unlike an aligned picture the mask lies in a square; nothing when it is not in it.
std::optional<double> misfitOf(const cv::Mat& person255, const Region& region) {
  const cv::Mat inside = cut(person255, region, kInside, Border::Repeated).picture > 127;
  for (int y = 0; y < kInside; ++y) {
    if (cv::countNonZero(inside.row(y)) > 3) {
      const double cover = cv::countNonZero(inside) / static_cast<double>(kInside * kInside);
      return squared((static_cast<double>(y) / kInside - kTop) / kTopSpread) +
             squared((cover - kCover) / kCoverSpread);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<PoseInRegion> findHead(VisionNetworks& networks,
                                     const cv::Mat& rgb,
                                     const cv::Mat& mask,
                                     JobContext& context) {
  const double shrink = static_cast<double>(kMaskSide) / std::max(mask.cols, mask.rows);
  if (shrink * std::min(mask.cols, mask.rows) < 1) {  // a line, no picture
    return std::nullopt;
  }
  cv::Mat small;
  cv::resize(mask, small, {}, shrink, shrink, cv::INTER_AREA);
  const double f = static_cast<double>(mask.cols) / small.cols;
  const std::optional<Person> person = largestPart(small);
  if (!person) {
    return std::nullopt;
  }
  const cv::Mat person255 = person->mask * 255;
  std::optional<PoseInRegion> best;
  double best_misfit = 0;
  for (const double part : {0.3, 0.42, 0.6, 0.85, 1.2, 1.6}) {
    const double side = part * std::max(person->box.width, person->box.height);
    const double column = middleColumn(*person, std::max(2, static_cast<int>(0.4 * side)));
    const Region start{{f * column, f * (person->box.y + 0.48 * side)}, f * side, 0};
    const PoseInRegion pose = headTurn(networks, rgb, start, context, 3);
    const std::optional<double> lies =
        misfitOf(person255, {pose.region.centre / f, pose.region.size / f, pose.region.angle});
    const double growth = pose.region.size / (f * side);
    if (!lies || growth <= 0.4 || growth >= 2.5) {
      continue;
    }
    const double misfit = squared(pose.change / kSettled) + *lies;
    if (!best || misfit < best_misfit) {
      best = pose;
      best_misfit = misfit;
    }
  }
  return best;
}

}  // namespace panohead
