#include "core/training/schedule.h"

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

// 0 at the start, 1 after `kimg` thousand pictures; 1 at once when kimg is 0.
double progressOf(double kimg, std::int64_t images) {
  return kimg > 0 ? std::min(static_cast<double>(images) / (kimg * 1e3), 1.0) : 1.0;
}

}  // namespace

TrainingSchedule TrainingSchedule::at(const TrainingOptions& o, std::int64_t images) {
  TrainingSchedule s;
  // A network that draws heads already needs no gentle start (as published).
  const bool continued = !o.resume.empty() && !o.resume_blur;
  const double blur_kimg = o.blur_fade_kimg * static_cast<double>(o.batch) / 32;
  s.blur_sigma = continued ? 0 : (1 - progressOf(blur_kimg, images)) * o.blur_init_sigma;
  const double swapped = continued ? 1 : progressOf(o.gpc_reg_fade_kimg, images);
  s.pose_swap_probability = o.gpc_reg_prob < 0 ? -1 : (1 - swapped) + swapped * o.gpc_reg_prob;
  s.background_swap_probability = std::max(o.bcg_reg_prob, 0.0);
  s.density_noise = 1 - progressOf(o.density_noise_fade_kimg, images);
  const double first = o.neural_rendering_resolution_initial;
  const double last = o.neural_rendering_resolution_final;
  s.neural_resolution = o.neural_rendering_resolution_initial;
  if (last > 0) {
    const double t = progressOf(o.neural_rendering_resolution_fade_kimg, images);
    s.neural_resolution = std::lround(first * (1 - t) + last * t);
  }
  s.reconstruction = o.reconstruction;
  if (o.reconstruction_fade_kimg > 0) {
    s.reconstruction *= 1 - progressOf(o.reconstruction_fade_kimg, images - firstImages(o));
  }
  return s;
}

double emaFactor(const TrainingOptions& o, std::int64_t images) {
  const double batch = static_cast<double>(o.batch);
  double half_life = (o.ema_kimg > 0 ? o.ema_kimg : batch * 10 / 32) * 1e3;
  if (o.ema_rampup > 0 && o.resume.empty()) {  // a network to start from is worth averaging with at once
    half_life = std::min(half_life, static_cast<double>(images) * o.ema_rampup);
  }
  return std::pow(0.5, batch / std::max(half_life, 1e-8));
}

LazyRates lazyRates(double rate, double beta1, double beta2, int interval) {
  if (interval <= 0) {
    return {rate, beta1, beta2};
  }
  const double ratio = static_cast<double>(interval) / (interval + 1);
  return {rate * ratio, std::pow(beta1, ratio), std::pow(beta2, ratio)};
}

}  // namespace panohead
