#pragma once

#include "core/base/frame.h"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace panohead::render {

/// What a frame costs: rays per side, samples along each, and whether the raw picture is super-resolved.
struct FrameQuality {
  int neural_resolution = 64;  // pixels
  int coarse_samples = 48;     // per ray
  int fine_samples = 48;       // per ray
  bool super_resolution = true;
  bool operator==(const FrameQuality&) const = default;
};

/// Whether `a` is seen to be coarser than `b`: first by super-resolution, then by rays, then by samples.
bool coarser(const FrameQuality& a, const FrameQuality& b);

/// Chooses how coarse frames are while the camera moves, from what earlier frames took, so that they
/// come at a target rate. The cost of a frame is taken as that of super-resolution, another fixed part,
/// and a part that grows with the number of samples. Super-resolution goes where no frame fits with it;
/// until a frame has shown what it costs, moving frames do without.
class FramePacer {
 public:
  /// `full` is the quality at rest, which is never exceeded: one without super-resolution gets none.
  explicit FramePacer(const FrameQuality& full, double target_ms = 40);

  /// Learns from a finished frame of any quality. A refined frame without the stage "super-resolution"
  /// shows that there is none in what is drawn.
  void measured(const Frame& frame);

  const FrameQuality& full() const noexcept { return ladder_.front(); }
  const FrameQuality& moving() const noexcept { return ladder_[step_]; }

  double target() const noexcept { return target_ms_; }
  /// Whether a frame has shown what frames cost.
  bool knows() const noexcept { return !measured_.empty(); }
  /// What a moving frame will take, in ms; infinite while that is not known.
  double expected() const;
  /// False where refined frames have shown that nothing is super-resolved.
  bool superResolves() const noexcept { return super_resolution_ != 0.0; }

 private:
  struct Cost {
    double fixed = 0;       // ms
    double per_sample = 0;  // ms
  };
  Cost fitCost() const;
  double expected(const FrameQuality& quality) const;
  void chooseStep();

  double target_ms_;
  std::vector<FrameQuality> ladder_;        // best first
  std::size_t step_ = 0;                    // what moving frames use
  std::map<double, double> measured_;       // samples in the frame -> smoothed ms without super-resolution
  std::optional<double> super_resolution_;  // smoothed ms
};

/// Whether moving frames are better drawn by the preview than by the processor: it keeps to its target where
/// the processor does not, or what the processor has time for is coarser. A preview that has drawn nothing
/// yet is given the chance to show what it can.
bool previewIsBetter(const FramePacer& processor, const FramePacer& preview);

}  // namespace panohead::render
