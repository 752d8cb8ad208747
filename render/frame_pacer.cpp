#include "render/frame_pacer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace panohead::render {
namespace {

struct Step {
  double resolution;
  double samples;
};
// Fewer samples first: halving them is hardly seen, halving the resolution is.
constexpr Step kSteps[] = {
    {1, 1}, {1, 0.67}, {1, 0.5}, {0.75, 0.5}, {0.625, 0.5}, {0.5, 0.5}, {0.375, 0.5}, {0.25, 0.5}};
constexpr std::size_t kFirstStep = 5;  // before anything was measured
constexpr int kMinResolution = 16;
constexpr int kMinSamples = 6;
constexpr double kSmoothing = 0.5;
constexpr double kHeadroom = 0.8;  // a better step must fit into this part of the budget, against flicker

int scaled(int value, double factor, int least) {
  return std::min(value, std::max(least, static_cast<int>(std::lround(value * factor))));
}

double sampleCount(const FrameQuality& quality) {
  return double(quality.neural_resolution) * quality.neural_resolution *
         (quality.coarse_samples + quality.fine_samples);
}

}  // namespace

double totalMilliseconds(const Frame& frame) {
  return std::accumulate(frame.times.begin(), frame.times.end(), 0.0, [](double sum, const StageTime& time) {
    return sum + time.milliseconds;
  });
}

FramePacer::FramePacer(const FrameQuality& full, double target_ms) : target_ms_(target_ms) {
  for (const Step& step : kSteps) {
    ladder_.push_back({scaled(full.neural_resolution, step.resolution, kMinResolution) / 4 * 4,
                       scaled(full.coarse_samples, step.samples, kMinSamples),
                       scaled(full.fine_samples, step.samples, kMinSamples)});
  }
  ladder_.front() = full;
  step_ = kFirstStep;
}

void FramePacer::measured(const Frame& frame) {
  const double samples = double(frame.neural_resolution) * frame.neural_resolution * frame.samples_per_ray;
  const double ms = totalMilliseconds(frame);
  if (samples <= 0 || ms <= 0) {
    return;
  }
  const auto [entry, is_new] = measured_.try_emplace(samples, ms);
  if (!is_new) {
    entry->second += kSmoothing * (ms - entry->second);
  }
  const Cost cost = fitCost();
  const double budget = std::max(target_ms_, 1.5 * cost.fixed);
  const auto fits = [&](std::size_t step) {
    const double count = sampleCount(ladder_[step]);
    const auto known = measured_.find(count);
    const double expected = known != measured_.end() ? known->second : cost.fixed + cost.per_sample * count;
    return expected <= (step < step_ ? kHeadroom * budget : budget);
  };
  std::size_t step = 0;
  while (step + 1 < ladder_.size() && !fits(step)) {
    ++step;
  }
  step_ = step;
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

}  // namespace panohead::render
