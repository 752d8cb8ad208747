#pragma once

#include "core/session/studio.h"

#include <string>
#include <vector>

namespace panohead {

/// What is compared.
struct PrecisionOptions {
  int views = 24;             // around the head, from three heights; 1..1000
  int neural_resolution = 0;  // pixels, as ViewOptions
  void check() const;         // throws OptionError naming the field
};

/// How far frames of the fast path are from those of the specification, and how much sooner they are there.
struct PrecisionReport {
  /// Where the largest difference is.
  struct WorstPixel {
    double difference = 0;
    double yaw = 0, pitch = 0;  // degrees, of its view
    int x = 0, y = 0;
  };
  struct Quantity {
    std::string name;       // "picture", "raw picture", "depth", "mask"
    std::string unit;       // of the difference
    double psnr = 0;        // dB over all views, at most kMostDecibels
    double least_psnr = 0;  // of the view that is worst
    WorstPixel worst{};
  };
  /// Medians over the views, milliseconds.
  struct Stage {
    std::string name;
    double specification = 0;
    double fast = 0;
  };

  static constexpr double kMostDecibels = 99;  // of what is equal, too

  bool has_fast_path = true;  // false: both are the specification's frames
  std::string precision{};    // of the fast path's convolutions now: "bf16", "fp32"; "fp16" on GPUs
  int views = 0;
  int neural_resolution = 0;  // pixels
  int samples_per_ray = 0;
  std::vector<Quantity> quantities;
  std::vector<Stage> stages;  // of a picture, then the "whole frame"
};

/// Draws a head from all sides by both paths. Pictures are compared as bytes, so that 0.1 % of them rounded
/// the other way are 78 dB; depth where the specification's mask is over 0.5. Reports progress in views.
/// Throws OptionError, Cancelled, DeviceError.
PrecisionReport comparePrecision(const Head& head, const PrecisionOptions& options, JobContext& context);

}  // namespace panohead
