#include "render/frame_pacer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace panohead::render {
namespace {

struct Step {
  double resolution;
  double samples;
  bool super_resolution;
};
// Fewer samples first: halving them is hardly seen, halving the resolution is. A raw picture is sharper
// than one that is super-resolved from very few rays.
constexpr Step kSteps[] = {{1, 1, true},
                           {1, 0.67, true},
                           {1, 0.5, true},
                           {0.75, 0.5, true},
                           {0.625, 0.5, true},
                           {0.5, 0.5, true},
                           {0.375, 0.5, true},
                           {1, 0.5, false},
                           {0.75, 0.5, false},
                           {0.625, 0.5, false},
                           {0.5, 0.5, false},
                           {0.5, 0.33, false},
                           {0.375, 0.33, false}};
constexpr Step kFirstStep{0.5, 0.5, false};  // before anything was measured
constexpr int kMinResolution = 16;
constexpr int kMinSamples = 6;
constexpr double kSmoothing = 0.5;
constexpr double kHeadroom = 0.8;  // a better step must fit into this part of the target, against flicker
constexpr double kUnknown = std::numeric_limits<double>::infinity();

int scaled(int value, double factor, int least) {
  return std::min(value, std::max(least, static_cast<int>(std::lround(value * factor))));
}

double smoothed(double before, double now) { return before + kSmoothing * (now - before); }

double sampleCount(const FrameQuality& quality) {
  return double(quality.neural_resolution) * quality.neural_resolution *
         (quality.coarse_samples + quality.fine_samples);
}

FrameQuality reduced(const FrameQuality& full, const Step& step) {
  return {scaled(full.neural_resolution, step.resolution, kMinResolution) / 4 * 4,
          scaled(full.coarse_samples, step.samples, kMinSamples),
          scaled(full.fine_samples, step.samples, kMinSamples),
          full.super_resolution && step.super_resolution};
}

}  // namespace

bool coarser(const FrameQuality& a, const FrameQuality& b) {
  const auto rank = [](const FrameQuality& quality) {
    return std::tuple(
        quality.super_resolution, quality.neural_resolution, quality.coarse_samples + quality.fine_samples);
  };
  return rank(a) < rank(b);
}

FramePacer::FramePacer(const FrameQuality& full, double target_ms) : target_ms_(target_ms), ladder_{full} {
  const FrameQuality first = reduced(full, kFirstStep);
  for (const Step& step : kSteps) {
    const FrameQuality quality = reduced(full, step);
    // Without super-resolution some steps come twice.
    if (full.super_resolution || coarser(quality, ladder_.back())) {
      ladder_.push_back(quality);
    }
  }
  const auto found = std::ranges::find(ladder_, first);
  step_ = static_cast<std::size_t>(found - ladder_.begin());
}

void FramePacer::measured(const Frame& frame) {
  const double samples = double(frame.neural_resolution) * frame.neural_resolution * frame.samples_per_ray;
  const double total = totalMilliseconds(frame.times);
  if (samples <= 0 || total <= 0) {
    return;
  }
  const auto stage = std::ranges::find(frame.times, "super-resolution", &StageTime::stage);
  const double super_resolution = stage != frame.times.end() ? stage->milliseconds : 0;
  if (stage != frame.times.end()) {
    super_resolution_ = smoothed(super_resolution_.value_or(super_resolution), super_resolution);
  } else if (frame.refined) {
    super_resolution_ = 0;
  }
  const double rest = total - super_resolution;
  double& known = measured_.try_emplace(samples, rest).first->second;
  known = smoothed(known, rest);
  chooseStep();
}

void FramePacer::chooseStep() {
  const auto fits = [&](std::size_t step) {
    return expected(ladder_[step]) <= (step < step_ ? kHeadroom : 1) * target_ms_;
  };
  std::size_t step = 0;
  while (step + 1 < ladder_.size() && !fits(step)) {
    ++step;
  }
  step_ = step;
}

double FramePacer::expected() const { return knows() ? expected(moving()) : kUnknown; }

double FramePacer::expected(const FrameQuality& quality) const {
  const Cost cost = fitCost();
  const double count = sampleCount(quality);
  const auto known = measured_.find(count);
  const double rest = known != measured_.end() ? known->second : cost.fixed + cost.per_sample * count;
  return rest + (quality.super_resolution ? super_resolution_.value_or(kUnknown) : 0);
}

FramePacer::Cost FramePacer::fitCost() const {
  const double n = static_cast<double>(measured_.size());
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [samples, ms] : measured_) {
    mean_x += samples / n;
    mean_y += ms / n;
  }
  double covariance = 0;
  double variance = 0;
  for (const auto& [samples, ms] : measured_) {
    covariance += (samples - mean_x) * (ms - mean_y);
    variance += (samples - mean_x) * (samples - mean_x);
  }
  // One measurement, or noise that would give a negative part: everything is taken to grow with the samples.
  const double slope = variance > 0 ? covariance / variance : 0;
  const double fixed = mean_y - slope * mean_x;
  if (slope <= 0 || fixed <= 0) {
    return {0, mean_y / mean_x};
  }
  return {fixed, slope};
}

bool previewIsBetter(const FramePacer& processor, const FramePacer& preview) {
  if (!processor.knows()) {
    return false;
  }
  const double preview_ms = preview.knows() ? preview.expected() : 0;
  const bool preview_fits = preview_ms <= preview.target();
  if (preview_fits != (processor.expected() <= processor.target())) {
    return preview_fits;
  }
  const bool quicker = preview_ms < processor.expected();
  if (!preview_fits) {
    return quicker;
  }
  FrameQuality drawn = processor.moving();
  drawn.super_resolution = drawn.super_resolution && processor.superResolves();
  const FrameQuality& offered = preview.knows() ? preview.moving() : preview.full();
  return coarser(drawn, offered) || (!coarser(offered, drawn) && quicker);
}

}  // namespace panohead::render
