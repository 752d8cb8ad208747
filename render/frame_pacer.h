#pragma once

#include "core/base/frame.h"

#include <cstddef>
#include <map>
#include <vector>

namespace panohead::render {

/// What a frame costs: rays per side and samples along each.
struct FrameQuality {
  int neural_resolution = 64;  // pixels
  int coarse_samples = 48;     // per ray
  int fine_samples = 48;       // per ray
};

/// Sum of the stage times of a frame, in milliseconds.
double totalMilliseconds(const Frame& frame);

/// Chooses how coarse frames are while the camera moves, from what earlier frames took, so that they
/// come at a target rate. The cost of a frame is taken as a fixed part (super-resolution) and a part
/// that grows with the number of samples; quality is kept where the fixed part alone misses the rate and
/// losing it would win little.
class FramePacer {
 public:
  /// `full` is the quality at rest, which is never exceeded.
  explicit FramePacer(const FrameQuality& full, double target_ms = 66);

  /// Learns from a finished frame of any quality.
  void measured(const Frame& frame);

  const FrameQuality& full() const noexcept { return ladder_.front(); }
  const FrameQuality& moving() const noexcept { return ladder_[step_]; }

 private:
  struct Cost {
    double fixed = 0;       // ms
    double per_sample = 0;  // ms
  };
  Cost fitCost() const;

  double target_ms_;
  std::vector<FrameQuality> ladder_;   // best first
  std::size_t step_ = 0;               // what moving frames use
  std::map<double, double> measured_;  // samples in the frame -> smoothed milliseconds
};

}  // namespace panohead::render
