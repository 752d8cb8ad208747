#include "core/base/error.h"
#include "core/dataset/dataset.h"
#include "core/generator/generator_copy.h"
#include "core/inversion/fit_work.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/tensor/stoppable_gradient.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace panohead {

namespace {

double angleBetween(double a, double b) { return std::abs(std::remainder(a - b, 360.0)); }

}  // namespace

std::unique_ptr<OtherViews> PhotoFit::State::viewsAround(const std::vector<double>& yaws,
                                                         bool weighted,
                                                         const DrawnHead& drawn,
                                                         const SynthesisSettings& s,
                                                         JobContext& context) const {
  const at::Tensor fitted = labels();
  std::vector<double> photo_yaws;
  for (std::int64_t i = 0; i < fitted.size(0); ++i) {
    photo_yaws.push_back(yawOf(labelOf(fitted[i])));
  }
  std::vector<at::Tensor> rows;
  std::vector<double> weights;
  for (std::size_t i = 0; i < yaws.size(); ++i) {
    const double yaw = photo_yaws.front() + yaws[i];
    constexpr double kPitches[] = {0, 10, -10};
    rows.push_back(
        shiftedLabel(orbitLabel({.yaw_degrees = yaw, .pitch_degrees = weighted ? kPitches[i % 3] : 0})));
    double nearest = 180;
    for (const double other : photo_yaws) {
      nearest = std::min(nearest, angleBetween(yaw, other));
    }
    // What a photo shows may change; from 90 degrees on nothing of it is seen.
    weights.push_back(std::min(1.0, 1 - std::cos(nearest * std::numbers::pi / 180)));
  }
  if (!weighted) {
    weights.clear();
  }
  return std::make_unique<OtherViews>(
      base, drawn, at::cat(rows, 0), std::move(weights), s, [&context] { context.checkpoint(); });
}

// From the pivot alone, so that a fit that is set back to any step of the stage holds the same views.
void PhotoFit::State::beginTuning(JobContext& context) {
  for (at::Tensor* t : {&latent, &layers, &cameras, &backgrounds}) {
    t->requires_grad_(false);
    t->mutable_grad().reset();
  }
  {
    const at::NoGradGuard no_grad;
    const SynthesisSettings s = settings(context);
    tuned.reset();
    const DrawnHead pivot = head(s);
    if (options.locality > 0) {
      std::vector<double> yaws;
      for (int i = 0; i < options.locality_views; ++i) {
        yaws.push_back(360.0 * (i + 0.5) / options.locality_views);
      }
      held = viewsAround(yaws, true, pivot, s, context);
    }
    gauge = viewsAround({-90, -45, 45, 90, 180}, false, pivot, s, context);
  }
  tuned = std::make_unique<Generator>(copyOf(base, device));
  NamedTensors parameters;
  for (const ParameterStore::Entry& entry : tuned->store().entries()) {
    if (entry.is_parameter) {
      parameters.emplace_back("G." + entry.name, entry.tensor);
    }
  }
  tuned->store().requireGrad(true);
  adam = std::make_unique<Adam>(std::move(parameters), kFitAdam);
  drift = 0;
}

FitMoment PhotoFit::State::tuningStep(JobContext& context) {
  SynthesisSettings s = settings(context);
  if (options.drift_limit > 0 && step > 0 && step % options.drift_every == 0) {
    const at::NoGradGuard no_grad;
    drift = gauge->drift(*tuned, head(s), s.run.checkpoint);
    if (drift > options.drift_limit) {
      stage = FitStage::Finished;
      return {stage, step, options.tuning_steps, {}, drift};
    }
  }
  adam->clearGradients();
  DrawnHead drawn;
  FitLoss loss = photoLosses(*tuned, headWs(), labels(), s, &drawn);
  if (held) {
    const std::int64_t view = viewOfStep(step, held->count());
    loss.add("locality", options.locality, held->loss(*tuned, drawn, view, s.run.checkpoint));
  }
  requireFinite(loss);
  askDuringGradient(loss.sum, s.run.checkpoint);
  loss.sum.backward();
  context.checkpoint();
  adam->step(options.tuning_rate);
  ++step;
  return finish(loss, options.tuning_steps);
}

Generator tunedGenerator(const Generator& generator, const FitResult& result) {
  Generator tuned = copyOf(generator, generator.store().entries().front().tensor.device());
  const at::NoGradGuard no_grad;
  for (const auto& [name, value] : result.tuned) {
    if (!tuned.store().has(name) || tuned.store().at(name).sizes() != value.sizes()) {
      throw CheckpointError(fmt::format("'{}' is no weight of this model", name),
                            "open it with its own model");
    }
    at::Tensor target = tuned.store().at(name);
    target.copy_(value);
  }
  return tuned;
}

}  // namespace panohead
