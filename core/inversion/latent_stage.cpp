#include "core/inversion/fit_work.h"
#include "core/tensor/batch_random.h"
#include "core/tensor/prelude.h"
#include "core/tensor/stoppable_gradient.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {

namespace {

/// The published ramps: up over the first twentieth, down as a cosine over the last quarter.
/// @param t in [0, 1)
double rateRamp(double t) {
  const double down = std::min(1.0, (1 - t) / 0.25);
  return (0.5 - 0.5 * std::cos(down * std::numbers::pi)) * std::min(1.0, t / 0.05);
}

/// Falls as a square to 0 at three quarters.
double noiseRamp(double t) { return std::pow(std::max(0.0, 1 - t / 0.75), 2); }

}  // namespace

void PhotoFit::State::chooseStart(JobContext& context) {
  const at::NoGradGuard no_grad;
  SynthesisSettings s = settings(context);
  s.super_resolution = false;
  const std::int64_t count = std::min<std::int64_t>(options.start_samples, space.people().size(0));
  double best = 0;
  at::Tensor chosen;
  for (std::int64_t i = 0; i < count; ++i) {
    context.report({"looking for a start", i, count, {}});
    const at::Tensor w = space.people().slice(0, i, i + 1);
    const FitLoss loss =
        photoLosses(base, w.unsqueeze(0).expand({1, base.numWs(), -1}), labels(), s, nullptr);
    const double value = loss.sum.item<double>();
    if (!chosen.defined() || value < best) {
      best = value;
      chosen = w;
    }
  }
  latent.copy_(space.fromW(chosen));
}

FitMoment PhotoFit::State::latentStep(JobContext& context) {
  const double t = static_cast<double>(step) / static_cast<double>(options.latent_steps);
  SynthesisSettings s = settings(context);
  s.super_resolution = t >= options.raw_share;
  const bool layered = options.per_layer && t >= options.per_layer_from;
  // Layers that are free from the first step need no common w: it would move all of them a second time.
  const bool common = !options.per_layer || options.per_layer_from > 0;
  latent.requires_grad_(common);
  layers.requires_grad_(layered);
  cameras.requires_grad_(options.refine_camera);
  backgrounds.requires_grad_(options.background == "fit" && base.config().background);
  adam->clearGradients();

  at::Tensor head_ws = headWs();
  if (const double noise = options.latent_noise * space.deviation() * noiseRamp(t); noise > 0) {
    const BatchRandom random(
        static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(step), 0, 0, 1, device);
    const std::int64_t rows = layered ? base.numWs() : 1;
    head_ws = head_ws + random.normal({rows, space.size()}) * noise;
  }
  FitLoss loss = photoLosses(base, head_ws, labels(), s, nullptr);
  loss.add("latent_prior", options.latent_prior, (common ? latent : codes()).square().mean());
  if (layered) {
    loss.add("per_layer_prior", options.per_layer_prior, layers.square().mean());
  }
  if (options.mean_distance > 0) {
    loss.add("mean_distance", options.mean_distance, (space.toW(codes()) - space.meanW()).square().mean());
  }
  if (options.refine_camera) {
    loss.add("camera_prior", options.camera_prior, cameras.square().sum(1).mean());
  }
  if (backgrounds.requires_grad()) {
    loss.add("background_prior", options.latent_prior, backgrounds.square().mean());
  }
  requireFinite(loss);
  if (loss.sum.requires_grad()) {
    askDuringGradient(loss.sum, s.run.checkpoint);
    loss.sum.backward();
  }
  context.checkpoint();
  const double camera_factor = options.camera_rate / options.latent_rate;
  adam->step(options.latent_rate * rateRamp(t), {1, 1, camera_factor, 1});
  ++step;
  return finish(loss, options.latent_steps);
}

}  // namespace panohead
