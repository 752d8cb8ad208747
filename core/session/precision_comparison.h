#pragma once

#include "core/session/precision_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace panohead {

/// Differences of one quantity, view by view.
class Comparison {
 public:
  Comparison(std::string name, std::string unit, double peak) : peak_(peak) {
    quantity_.name = std::move(name);
    quantity_.unit = std::move(unit);
    quantity_.least_psnr = PrecisionReport::kMostDecibels;
  }

  void beginView(const OrbitView& view) {
    view_ = view;
    squares_ = 0;
    count_ = 0;
  }
  void add(double a, double b, int x, int y) {
    const double difference = std::abs(a - b);
    squares_ += difference * difference;
    ++count_;
    // What is not a number is worse than any, and the first such pixel stays.
    if (!std::isnan(quantity_.worst.difference) && !(difference <= quantity_.worst.difference)) {
      quantity_.worst = {difference, view_.yaw_degrees, view_.pitch_degrees, x, y};
    }
  }
  void endView() {
    all_squares_ += squares_;
    all_count_ += count_;
    quantity_.least_psnr = std::min(decibels(squares_, count_), quantity_.least_psnr);
  }

  PrecisionReport::Quantity result() const {
    PrecisionReport::Quantity quantity = quantity_;
    quantity.psnr = decibels(all_squares_, all_count_);
    return quantity;
  }

 private:
  double decibels(double squares, std::int64_t count) const {
    if (!(squares > 0)) {
      return std::isnan(squares) ? 0 : PrecisionReport::kMostDecibels;
    }
    const double psnr = 10 * std::log10(peak_ * peak_ * static_cast<double>(count) / squares);
    return std::min(psnr, PrecisionReport::kMostDecibels);
  }

  double peak_;
  PrecisionReport::Quantity quantity_;
  OrbitView view_;
  double squares_ = 0, all_squares_ = 0;
  std::int64_t count_ = 0, all_count_ = 0;
};

}  // namespace panohead
