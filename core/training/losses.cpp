#include "core/training/losses.h"

#include "core/generator/quick_synthesis.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

at::Tensor blurred(const at::Tensor& picture, double sigma) {
  const at::Tensor filter = nn::gaussianFilter(sigma, picture.device());
  return filter.size(0) > 1 ? nn::blur(picture, filter) : picture;
}

at::Tensor squaredNorm(const at::Tensor& gradient) { return gradient.square().sum({1, 2, 3}); }

std::map<std::string, at::Tensor> scores(const char* which, const at::Tensor& logits) {
  return {{std::string("Loss/scores/") + which, logits.detach()},
          {std::string("Loss/signs/") + which, logits.detach().sign()}};
}

/// Scores of views from the front and from behind, which are learned at different speeds. The cameras that
/// stand before the head have a positive z (element 11 of the label, the last of its pose's third row).
std::map<std::string, at::Tensor> sidedScores(const char* which,
                                              const at::Tensor& logits,
                                              const at::Tensor& labels) {
  constexpr std::int64_t kCameraZ = 11;
  const at::Tensor front = labels.detach().select(1, kCameraZ).gt(0).unsqueeze(1).expand_as(logits);
  const at::Tensor all = logits.detach();
  return {{std::string("Scores/") + which + "_front", all.masked_fill(front.logical_not(), NAN)},
          {std::string("Scores/") + which + "_back", all.masked_fill(front, NAN)}};
}

}  // namespace

AdversarialLoss::AdversarialLoss(const TrainingOptions& options,
                                 const Generator& generator,
                                 const Discriminator& discriminator,
                                 at::Tensor label_deviation)
    : settings(generator.defaultSettings()),
      options_(options),
      generator_(generator),
      discriminator_(discriminator),
      label_deviation_(std::move(label_deviation)) {
  settings.run.noise = options.noise_mode == "const" ? NoiseMode::Const : NoiseMode::Random;
  settings.run.fused = false;  // cheaper to differentiate
  settings.volume.jitter = true;
}

LatentBatch AdversarialLoss::drawLatents(const at::Tensor& labels, const RandomPtr& random) const {
  LatentBatch latents;
  latents.z = random->normal({options_.z_dim});
  latents.labels = labels;
  if (options_.style_mixing_prob > 0) {
    latents.z_mix = random->normal({options_.z_dim});
  }
  return latents;
}

SwapChoices AdversarialLoss::drawSwaps(const RandomPtr& random) const {
  return {random->uniform({1}), random->uniform({1, 1})};
}

// Item i receives item i - 1 of its group, the first one the last.
at::Tensor AdversarialLoss::neighbours(const at::Tensor& batch) const {
  const std::int64_t group = std::min<std::int64_t>(options_.mbstd_group, batch.size(0));
  std::vector<std::int64_t> shape{batch.size(0) / group, group};
  const auto item_shape = batch.sizes().slice(1);
  shape.insert(shape.end(), item_shape.begin(), item_shape.end());
  return batch.reshape(shape).roll(1, 1).reshape_as(batch);
}

at::Tensor AdversarialLoss::mapLatents(const LatentBatch& latents,
                                       const SwapChoices& swaps,
                                       const TrainingSchedule& schedule,
                                       const RandomPtr& random,
                                       GeneratedBatch& result) const {
  if (schedule.pose_swap_probability < 0) {
    result.conditioning = at::zeros_like(latents.labels);
  } else {
    result.conditioning =
        at::where(swaps.pose < schedule.pose_swap_probability, neighbours(latents.labels), latents.labels);
  }
  at::Tensor ws = generator_.map(latents.z, result.conditioning);
  result.mean_w = ws.detach().select(1, 0).mean(0);
  if (latents.z_mix.defined()) {
    const std::int64_t layers = ws.size(1);
    const at::Tensor mixed = random->uniform({1}) < options_.style_mixing_prob;
    const at::Tensor first = random->uniform({1}) * static_cast<double>(layers - 1) + 1.0;
    const at::Tensor late = at::arange(layers, first.options()).unsqueeze(0) >= first.floor();
    const at::Tensor other = generator_.map(latents.z_mix, result.conditioning);
    ws = at::where(at::logical_and(mixed, late).unsqueeze(2), other, ws);
  }
  return ws;
}

GeneratedBatch AdversarialLoss::generate(const LatentBatch& latents,
                                         const SwapChoices& swaps,
                                         const TrainingSchedule& schedule,
                                         const RandomPtr& random) const {
  GeneratedBatch batch;
  batch.ws = mapLatents(latents, swaps, schedule, random, batch);
  // The camera is moved by the item's own label, whatever conditioned w.
  batch.delta = generator_.cameraDelta(latents.z, latents.labels);
  batch.camera = generator_.movedCamera(latents.labels, batch.delta);
  batch.ws_background = batch.ws;
  if (schedule.background_swap_probability > 0) {
    batch.ws_background =
        at::where(swaps.background < schedule.background_swap_probability, neighbours(batch.ws), batch.ws);
  }
  SynthesisSettings run = settings;
  run.neural_resolution = schedule.neural_resolution;
  run.volume.density_noise = schedule.density_noise;
  run.run.random = random;
  if (random) {
    run.quick_render.generators = random->items();
  }
  batch.pictures = generator_.synthesize(batch.ws, batch.camera, run, batch.ws_background);
  return batch;
}

DiscriminatorInput AdversarialLoss::madeInput(const SynthesisOutput& made,
                                              const TrainingSchedule& schedule) const {
  return {blurred(made.image, schedule.blur_sigma), made.image_raw, made.mask};
}

DiscriminatorInput AdversarialLoss::realInput(const RealBatch& real, const TrainingSchedule& schedule) const {
  const std::int64_t r = schedule.neural_resolution;
  DiscriminatorInput input;
  input.image = blurred(real.image, schedule.blur_sigma);
  input.image_raw = blurred(nn::resizeBilinear(real.image, r, r, true), schedule.blur_sigma);
  if (real.mask.defined()) {
    input.image_mask = nn::resizeBilinear(real.mask, r, r, true);
  }
  return input;
}

at::Tensor AdversarialLoss::judge(const DiscriminatorInput& input,
                                  const at::Tensor& labels,
                                  const RandomPtr& random) const {
  at::Tensor c = labels;
  if (options_.disc_c_noise > 0) {
    c = c + random->normal({c.size(1)}) * label_deviation_ * options_.disc_c_noise;
  }
  return discriminator_(input, c, run);
}

LossTerm AdversarialLoss::generatorMain(const LatentBatch& latents,
                                        const SwapChoices& swaps,
                                        const TrainingSchedule& schedule,
                                        const RandomPtr& random,
                                        LossTrace* trace) const {
  const GeneratedBatch batch = generate(latents, swaps, schedule, random);
  const DiscriminatorInput input = madeInput(batch.pictures, schedule);
  const at::Tensor logits = judge(input, latents.labels, random);
  const at::Tensor main = at::softplus(-logits);
  LossTerm term;
  term.stats = scores("fake", logits);
  term.stats["Loss/G/loss"] = main.detach();
  term.loss = main.mean();
  if (options_.camera_adjustment && options_.trans_reg > 0) {
    const std::int64_t group = std::min<std::int64_t>(options_.mbstd_group, batch.delta.size(0));
    const at::Tensor shift = batch.delta.reshape({-1, group, 3}).mean(1).square().sum(1) * options_.trans_reg;
    term.stats["Loss/G/trans_reg_loss"] = shift.detach();
    term.loss = term.loss + shift.mean();
  }
  if (trace != nullptr) {
    trace->generated = batch;
    trace->fake_input = input;
    trace->logits_fake = logits;
  }
  return term;
}

LossTerm AdversarialLoss::generatorDensity(const LatentBatch& latents,
                                           const SwapChoices& swaps,
                                           const TrainingSchedule& schedule,
                                           const RandomPtr& random) const {
  GeneratedBatch batch;
  SynthesisSettings run = settings;
  run.run.random = random;
  batch.ws = mapLatents(latents, swaps, schedule, random, batch);
  const at::Tensor planes =
      run.quick ? quickPlanes(generator_, batch.ws, run.run) : generator_.planes(batch.ws, run.run);
  const double side = generator_.config().volume.box_warp;
  // Density at random points of the cube [-1, 1]^3 and at their neighbours.
  const auto densities = [&](std::int64_t count, const auto& moved) {
    const at::Tensor first = random->uniform({count, 3}) * 2.0 - 1.0;
    const at::Tensor points = at::cat({first, moved(first)}, 1);
    const at::Tensor both = (run.quick ? quickQuery(generator_, planes, points, run.volume, run.quick_render)
                                       : generator_.volume(planes).query(points, run.volume))
                                .density;
    return std::pair(both.slice(1, 0, count), both.slice(1, count));
  };
  const auto difference = [&](double distance) {
    const auto [here, there] = densities(
        1000, [&](const at::Tensor& first) { return first + random->normal({1000, 3}) * distance; });
    return (here - there).abs().mean() * options_.density_reg;
  };
  LossTerm term;
  const bool l1 = options_.reg_type == "l1";
  term.loss = difference(l1 ? options_.density_reg_p_dist : side / 256);
  term.stats["Loss/G/TVloss"] = term.loss.detach();
  if (!l1 && options_.reg_type != "l1-alt") {
    // Density should not fall on the way from the front to the back: what is behind a surface is inside.
    const auto [front, behind] = densities(2000, [&](const at::Tensor& first) {
      return first + at::tensor({0.0, 0.0, -side / 256}, first.options());
    });
    const at::Tensor fall = (options_.reg_type == "monotonic-detach" ? front.detach() : front) - behind;
    const at::Tensor monotonic = at::relu(fall).mean() * 10.0;
    term.loss = term.loss + monotonic;
    term.stats["Loss/G/monotonic_loss"] = monotonic.detach();
  }
  return term;
}

LossTerm AdversarialLoss::discriminatorFake(const LatentBatch& latents,
                                            const SwapChoices& swaps,
                                            const TrainingSchedule& schedule,
                                            const RandomPtr& random,
                                            at::Tensor* mean_w,
                                            at::Tensor* mean_delta,
                                            LossTrace* trace) const {
  GeneratedBatch batch;
  {
    const at::NoGradGuard no_grad;
    batch = generate(latents, swaps, schedule, random);
  }
  if (mean_w != nullptr) {
    *mean_w = batch.mean_w;
  }
  if (mean_delta != nullptr) {
    *mean_delta = batch.delta.mean(0);
  }
  const DiscriminatorInput input = madeInput(batch.pictures, schedule);
  const at::Tensor logits = judge(input, latents.labels, random);
  LossTerm term{at::softplus(logits).mean(), scores("fake", logits)};
  term.shares = sidedScores("fake", logits, latents.labels);
  term.stats["Loss/D/fake"] = at::softplus(logits).detach();
  if (trace != nullptr) {
    trace->generated = batch;
    trace->fake_input = input;
    trace->logits_fake = logits;
  }
  return term;
}

LossTerm AdversarialLoss::discriminatorReal(const RealBatch& real,
                                            const TrainingSchedule& schedule,
                                            const RandomPtr& random,
                                            LossTrace* trace) const {
  const DiscriminatorInput input = realInput(real, schedule);
  const at::Tensor logits = judge(input, real.labels, random);
  LossTerm term{at::softplus(-logits).mean(), scores("real", logits)};
  term.shares = sidedScores("real", logits, real.labels);
  term.stats["Loss/D/real"] = at::softplus(-logits).detach();
  if (trace != nullptr) {
    trace->real_input = input;
    trace->logits_real = logits;
  }
  return term;
}

LossTerm AdversarialLoss::discriminatorR1(const RealBatch& real,
                                          const TrainingSchedule& schedule,
                                          const RandomPtr& random,
                                          LossTrace* trace) const {
  DiscriminatorInput input = realInput(real, schedule);
  const auto leaf = [](const at::Tensor& t) { return t.detach().requires_grad_(true); };
  input.image = leaf(input.image);
  input.image_raw = leaf(input.image_raw);
  std::vector<at::Tensor> inputs{input.image, input.image_raw};
  const bool masked = input.image_mask.defined() && discriminator_.config().kind != DiscriminatorKind::Dual;
  if (masked) {
    input.image_mask = leaf(input.image_mask);
    inputs.push_back(input.image_mask);
  }
  const at::Tensor logits = judge(input, real.labels, random);
  const std::vector<at::Tensor> gradients = torch::autograd::grad({logits.sum()}, inputs, {}, true, true);
  const at::Tensor penalty = squaredNorm(gradients[0]) + squaredNorm(gradients[1]);
  at::Tensor regulariser = penalty * (options_.gamma / 2);
  LossTerm term;
  term.stats["Loss/r1_penalty"] = penalty.detach();
  at::Tensor penalty_mask;
  if (masked) {
    penalty_mask = squaredNorm(gradients[2]);
    regulariser = regulariser + penalty_mask * (options_.gamma_seg / 2);
    term.stats["Loss/r1_penalty_seg"] = penalty_mask.detach();
  }
  term.stats["Loss/D/reg"] = regulariser.detach();
  term.loss = regulariser.mean();
  if (trace != nullptr) {
    trace->real_input = input;
    trace->logits_real = logits;
    trace->r1_image = gradients[0];
    trace->r1_image_raw = gradients[1];
    trace->r1_mask = masked ? gradients[2] : at::Tensor();
    trace->r1_penalty = penalty;
    trace->r1_penalty_mask = penalty_mask;
  }
  return term;
}

}  // namespace panohead
