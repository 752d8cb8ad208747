#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/dataset/dataset.h"
#include "core/inversion/camera_pose.h"
#include "core/inversion/fit.h"
#include "core/inversion/fit_losses.h"
#include "core/inversion/latent_space.h"
#include "core/inversion/other_views.h"
#include "core/tensor/batch_random.h"
#include "core/tensor/flush_denormals.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"
#include "core/training/adam.h"
#include "core/training/moving_average.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace panohead {

namespace {

constexpr AdamOptions kAdam{.beta1 = 0.9, .beta2 = 0.999};

/// The published ramps: up over the first twentieth, down as a cosine over the last quarter.
/// @param t in [0, 1)
double rateRamp(double t) {
  const double down = std::min(1.0, (1 - t) / 0.25);
  return (0.5 - 0.5 * std::cos(down * std::numbers::pi)) * std::min(1.0, t / 0.05);
}

/// Falls as a square to 0 at three quarters.
double noiseRamp(double t) { return std::pow(std::max(0.0, 1 - t / 0.75), 2); }

at::Tensor labelTensor(const CameraLabel& label) {
  return at::tensor(at::ArrayRef<float>(label.data(), label.size()), at::kFloat).unsqueeze(0);
}

CameraLabel labelOf(const at::Tensor& row) {
  const std::vector<float> numbers = toVector(row);
  CameraLabel label{};
  std::copy_n(numbers.begin(), label.size(), label.begin());
  return label;
}

at::Tensor leaf(at::IntArrayRef shape, at::Device device) {
  return at::zeros(shape, at::device(device).dtype(at::kFloat)).requires_grad_(true);
}

std::string fingerprint(const std::vector<FitPhoto>& photos) {
  Sha256 hash;
  for (const FitPhoto& photo : photos) {
    hash.update(std::as_bytes(std::span(photo.picture.pixels)));
    hash.update(std::as_bytes(std::span(photo.mask.pixels)));
    hash.update(std::as_bytes(std::span(photo.camera)));
  }
  return hash.hex();
}

double angleBetween(double a, double b) { return std::abs(std::remainder(a - b, 360.0)); }

}  // namespace

const char* fitStageName(FitStage stage) noexcept {
  switch (stage) {
    case FitStage::Latent:
      return "latent";
    case FitStage::Tuning:
      return "tuning";
    case FitStage::Finished:
      break;
  }
  return "finished";
}

struct PhotoFit::State {
  State(const Generator& generator,
        const Discriminator* discriminator,
        const std::vector<FitPhoto>& photos,
        const FitOptions& options,
        JobContext& context);

  // What is fitted, and how it is drawn.
  const Generator& generator() const { return tuned ? *tuned : base; }
  at::Tensor shiftedLabel(const CameraLabel& label) const;
  SynthesisSettings settings(JobContext& context) const;
  at::Tensor codes() const { return latent + layers; }  // [num_ws, k]
  at::Tensor ws(const at::Tensor& coordinates) const {
    return space.toW(coordinates).unsqueeze(0).expand({1, base.numWs(), -1});
  }
  at::Tensor headWs() const { return ws(codes()); }
  at::Tensor backgroundWs(std::int64_t photo) const;
  at::Tensor labels() const { return refinedLabels(start_labels, cameras, freedom); }
  DrawnHead head(const SynthesisSettings& settings) const;

  void chooseStart(JobContext& context);
  FitMoment latentStep(JobContext& context);
  FitMoment tuningStep(JobContext& context);
  void beginTuning(JobContext& context);
  void advance();
  FitLoss photoLosses(const Generator& drawn_by,
                      const at::Tensor& ws,
                      const at::Tensor& labels,
                      const SynthesisSettings& settings,
                      DrawnHead* shared) const;
  FitMoment finish(const FitLoss& loss, std::int64_t steps);
  std::unique_ptr<OtherViews> viewsAround(const std::vector<double>& yaws,
                                          bool weighted,
                                          const DrawnHead& head,
                                          const SynthesisSettings& settings,
                                          JobContext& context) const;
  NamedTensors tensors() const;

  FitOptions options;
  const Generator& base;
  at::Device device;
  std::string photos_hash;
  std::unique_ptr<VggDistance> vgg;
  std::vector<PhotoLoss> photos;
  LatentSpace space;
  CameraFreedom freedom;
  at::Tensor start_labels;  // [P, 25]

  at::Tensor latent;       // [1, k]
  at::Tensor layers;       // [num_ws, k] added to it
  at::Tensor cameras;      // [P, 6]
  at::Tensor backgrounds;  // [P, k]
  std::unique_ptr<Adam> adam;
  std::unique_ptr<Generator> tuned;         // from the tuning stage on
  std::unique_ptr<OtherViews> held, gauge;  // from the tuning stage on
  FitStage stage = FitStage::Latent;
  std::int64_t step = 0;  // done in this stage
  double drift = -1;
};

PhotoFit::State::State(const Generator& generator,
                       const Discriminator* discriminator,
                       const std::vector<FitPhoto>& given,
                       const FitOptions& o,
                       JobContext& context)
    : options((o.check(), o)),
      base(generator),
      device(generator.store().entries().front().tensor.device()),
      photos_hash(fingerprint(given)),
      space(generator, o.latent_space == "whitened", context),
      freedom{o.camera_degrees, o.camera_shift, o.camera_scale} {
  if (given.empty()) {
    throw ImageError("there is no photo to fit", "give at least one");
  }
  const GeneratorConfig& config = base.config();
  if (discriminator != nullptr && discriminator->config().img_resolution != config.img_resolution) {
    discriminator = nullptr;  // of another model: judges pictures of another size
  }
  if (options.vgg > 0 && !options.vgg_file.empty()) {
    vgg = std::make_unique<VggDistance>(options.vgg_file, context);
  }
  const at::ScalarType type = settings(context).run.dtype;
  const double outside = options.background == "photo" ? 0.0 : options.background_weight;
  std::vector<at::Tensor> rows;
  photos.reserve(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    context.checkpoint();
    PhotoTarget target = photoTarget(given[i],
                                     config.img_resolution,
                                     config.neural_resolution,
                                     outside,
                                     given.size() == 1 ? "the photo" : fmt::format("photo {}", i + 1));
    for (at::Tensor* t : {&target.image,
                          &target.image_raw,
                          &target.mask,
                          &target.mask_raw,
                          &target.weight,
                          &target.weight_raw}) {
      *t = t->defined() ? t->to(device) : *t;
    }
    photos.emplace_back(options, std::move(target), discriminator, vgg.get(), type);
    rows.push_back(shiftedLabel(given[i].camera));
  }
  start_labels = at::cat(rows, 0);
  const auto count = static_cast<std::int64_t>(photos.size());
  latent = leaf({1, space.size()}, device);
  layers = leaf({base.numWs(), space.size()}, device);
  cameras = leaf({count, kCameraNumbers}, device);
  backgrounds = leaf({count, space.size()}, device);
  adam = std::make_unique<Adam>(
      NamedTensors{
          {"latent", latent}, {"layers", layers}, {"cameras", cameras}, {"backgrounds", backgrounds}},
      kAdam);
  if (options.start == "samples") {
    chooseStart(context);
  }
  advance();
  if (stage == FitStage::Tuning) {
    beginTuning(context);
  }
}

/// The model's own camera shift at the mean z (SPEC, "Inversion"), added once.
at::Tensor PhotoFit::State::shiftedLabel(const CameraLabel& label) const {
  const at::NoGradGuard no_grad;
  const at::Tensor c = labelTensor(label).to(device);
  return base.adjustCamera(at::zeros({1, base.config().z_dim}, c.options()), c);
}

SynthesisSettings PhotoFit::State::settings(JobContext& context) const {
  SynthesisSettings s = base.defaultSettings();
  s.quick = !options.exact && device.is_cpu();
  s.run.fused = false;
  const bool reduced = options.precision == "bf16" || (options.precision == "auto" && s.quick);
  s.run.dtype = reduced ? at::kBFloat16 : at::kFloat;
  s.run.checkpoint = [&context] { context.checkpoint(); };
  s.checkpoint = s.run.checkpoint;
  if (options.near > 0) {
    s.volume.ray_start = std::min(options.near, s.volume.ray_end - 0.1);
  }
  return s;
}

at::Tensor PhotoFit::State::backgroundWs(std::int64_t photo) const {
  if (options.background == "fit") {
    return ws(backgrounds.slice(0, photo, photo + 1));
  }
  return options.background == "photo" ? ws(at::zeros_like(backgrounds.slice(0, 0, 1))) : at::Tensor();
}

DrawnHead PhotoFit::State::head(const SynthesisSettings& s) const {
  return drawnHead(generator(), headWs(), backgroundWs(0), s);
}

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

FitLoss PhotoFit::State::photoLosses(const Generator& drawn_by,
                                     const at::Tensor& head_ws,
                                     const at::Tensor& photo_labels,
                                     const SynthesisSettings& s,
                                     DrawnHead* shared) const {
  FitLoss total;
  const double share = 1.0 / static_cast<double>(photos.size());
  DrawnHead drawn = drawnHead(drawn_by, head_ws, backgroundWs(0), s);
  if (shared != nullptr) {
    *shared = drawn;
  }
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (i > 0 && options.background == "fit") {
      drawn.background = drawn_by.background(backgroundWs(row), s.run);
    }
    const FitLoss loss = photos[i](
        drawn_by.draw(drawn.planes, drawn.background, drawn.last_w, photo_labels.slice(0, row, row + 1), s));
    for (const auto& [name, value] : loss.parts) {
      total.parts[name] = total.parts.contains(name) ? total.parts[name] + value * share : value * share;
    }
    total.sum = total.sum.defined() ? total.sum + loss.sum * share : loss.sum * share;
  }
  return total;
}

// Stages without steps are passed over.
void PhotoFit::State::advance() {
  if (stage == FitStage::Latent && step >= options.latent_steps) {
    stage = FitStage::Tuning;
    step = 0;
  }
  if (stage == FitStage::Tuning && step >= options.tuning_steps) {
    stage = FitStage::Finished;
  }
}

FitMoment PhotoFit::State::latentStep(JobContext& context) {
  const double t = static_cast<double>(step) / static_cast<double>(options.latent_steps);
  SynthesisSettings s = settings(context);
  s.super_resolution = t >= options.raw_share;
  const bool layered = options.per_layer && t >= 0.5;
  latent.requires_grad_(true);
  layers.requires_grad_(layered);
  cameras.requires_grad_(options.refine_camera);
  backgrounds.requires_grad_(options.background == "fit" && base.config().background);
  adam->clearGradients();

  at::Tensor head_ws = headWs();
  if (const double noise = options.latent_noise * space.deviation() * noiseRamp(t); noise > 0) {
    const BatchRandom random(
        static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(step), 0, 0, 1, device);
    head_ws = head_ws + random.normal({1, space.size()}) * noise;
  }
  FitLoss loss = photoLosses(base, head_ws, labels(), s, nullptr);
  loss.add("latent_prior", options.latent_prior, latent.square().mean());
  if (layered) {
    loss.add("per_layer_prior", options.per_layer_prior, layers.square().mean());
  }
  if (options.mean_distance > 0) {
    loss.add("mean_distance", options.mean_distance, (space.toW(latent) - space.meanW()).square().mean());
  }
  if (options.refine_camera) {
    loss.add("camera_prior", options.camera_prior, cameras.square().sum(1).mean());
  }
  if (backgrounds.requires_grad()) {
    loss.add("background_prior", options.latent_prior, backgrounds.square().mean());
  }
  if (loss.sum.requires_grad()) {
    loss.sum.backward();
  }
  context.checkpoint();
  const double camera_factor = options.camera_rate / options.latent_rate;
  adam->step(options.latent_rate * rateRamp(t), {1, 1, camera_factor, 1});
  ++step;
  return finish(loss, options.latent_steps);
}

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
  tuned = std::make_unique<Generator>(Generator::uninitialised(base.config()));
  tuned->store().moveTo(device);
  averageInto(tuned->store(), base.store(), 0.0);
  NamedTensors parameters;
  for (const ParameterStore::Entry& entry : tuned->store().entries()) {
    if (entry.is_parameter) {
      parameters.emplace_back("G." + entry.name, entry.tensor);
    }
  }
  tuned->store().requireGrad(true);
  adam = std::make_unique<Adam>(std::move(parameters), kAdam);
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
    // Views far apart follow each other.
    const std::int64_t view = (step * 5) % held->count();
    loss.add("locality", options.locality, held->loss(*tuned, drawn, view));
  }
  loss.sum.backward();
  context.checkpoint();
  adam->step(options.tuning_rate);
  ++step;
  return finish(loss, options.tuning_steps);
}

FitMoment PhotoFit::State::finish(const FitLoss& loss, std::int64_t steps) {
  FitMoment moment{stage, step, steps, {{"loss", loss.sum.item<double>()}}, drift};
  if (!std::isfinite(moment.losses.front().value)) {
    throw TrainingError("the fit's loss is no longer a number", "lower the rate of its stage");
  }
  for (const auto& [name, value] : loss.parts) {
    moment.losses.push_back({name, value.item<double>()});
  }
  return moment;
}

NamedTensors PhotoFit::State::tensors() const {
  NamedTensors all{
      {"latent", latent}, {"layers", layers}, {"cameras", cameras}, {"backgrounds", backgrounds}};
  if (tuned) {
    for (const ParameterStore::Entry& entry : tuned->store().entries()) {
      if (entry.is_parameter) {
        all.emplace_back("G." + entry.name, entry.tensor);
      }
    }
  }
  const NamedTensors moments = adam->state("adam.");
  all.insert(all.end(), moments.begin(), moments.end());
  return all;
}

PhotoFit::PhotoFit(const Generator& generator,
                   const Discriminator* discriminator,
                   const std::vector<FitPhoto>& photos,
                   const FitOptions& options,
                   JobContext& context)
    : state_(std::make_unique<State>(generator, discriminator, photos, options, context)) {}

PhotoFit::~PhotoFit() = default;

bool PhotoFit::finished() const { return state_->stage == FitStage::Finished; }
FitStage PhotoFit::stage() const { return state_->stage; }

FitMoment PhotoFit::step(JobContext& context) {
  const FlushDenormals flush;
  State& s = *state_;
  if (finished()) {
    throw Error("the fit is finished");
  }
  if (s.stage == FitStage::Tuning && !s.tuned) {
    s.beginTuning(context);
  }
  const FitMoment moment = s.stage == FitStage::Latent ? s.latentStep(context) : s.tuningStep(context);
  s.advance();
  return moment;
}

FitState PhotoFit::state() const {
  FitState copy;
  for (const auto& [name, tensor] : state_->tensors()) {
    copy.data.tensors.emplace_back(name, tensor.detach().cpu().clone());
  }
  copy.data.text = nlohmann::json{
      {"fit", 1},
      {"photos", state_->photos_hash},
      {"stage", fitStageName(state_->stage)},
      {"tuned", state_->tuned != nullptr},
      {"drift", state_->drift},
      {"step",
       state_->step}}.dump();
  return copy;
}

void PhotoFit::restore(const FitState& from) {
  State& s = *state_;
  nlohmann::json counters;
  try {
    counters = nlohmann::json::parse(from.data.text);
    if (counters.at("fit") != 1 || counters.at("photos") != s.photos_hash) {
      throw CheckpointError("this state belongs to a fit of other photos", "begin anew");
    }
    const std::string stage = counters.at("stage");
    const bool tuned = counters.at("tuned");
    // Sizes first: a state that does not fit leaves everything as it was.
    const auto check = [&](const NamedTensors& tensors) {
      for (const auto& [name, tensor] : tensors) {
        if (from.data.at(name).sizes() != tensor.sizes()) {
          throw CheckpointError("this state belongs to a fit with another model", "begin anew");
        }
      }
    };
    const NamedTensors pivot{
        {"latent", s.latent}, {"layers", s.layers}, {"cameras", s.cameras}, {"backgrounds", s.backgrounds}};
    check(pivot);
    const at::NoGradGuard no_grad;
    const auto copyAll = [&](const NamedTensors& tensors) {
      for (const auto& [name, tensor] : tensors) {
        at::Tensor target = tensor;
        target.copy_(from.data.at(name));
      }
    };
    copyAll(pivot);
    s.step = counters.at("step");
    s.stage = stage == "latent"   ? FitStage::Latent
              : stage == "tuning" ? FitStage::Tuning
                                  : FitStage::Finished;
    s.held.reset();
    s.gauge.reset();
    s.tuned.reset();
    if (tuned) {
      SilentContext silent;
      const at::AutoGradMode grad(true);
      s.beginTuning(silent);
    } else {
      s.adam = std::make_unique<Adam>(pivot, kAdam);
    }
    copyAll(s.tensors());
    s.drift = counters.at("drift");
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError("this is no state of a fit", "begin anew", error.what());
  }
  s.advance();
}

FitResult PhotoFit::result() const {
  const State& s = *state_;
  const at::NoGradGuard no_grad;
  FitResult result;
  result.ws = s.headWs().contiguous().clone();
  if (const at::Tensor background = s.backgroundWs(0);
      s.options.background == "fit" && s.base.config().background) {
    result.ws_background = background.contiguous().clone();
  }
  result.cameras = cameras();
  if (s.tuned) {
    for (const ParameterStore::Entry& entry : s.tuned->store().entries()) {
      if (entry.is_parameter && !at::equal(entry.tensor, s.base.store().at(entry.name))) {
        result.tuned.emplace_back(entry.name, entry.tensor.detach().clone());
      }
    }
  }
  return result;
}

std::vector<CameraLabel> PhotoFit::cameras() const {
  const at::NoGradGuard no_grad;
  const at::Tensor rows = state_->labels();
  std::vector<CameraLabel> cameras;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    cameras.push_back(labelOf(rows[i]));
  }
  return cameras;
}

Image PhotoFit::draw(const CameraLabel& camera, bool super_resolution, JobContext& context) const {
  const State& s = *state_;
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = s.settings(context);
  settings.super_resolution = super_resolution;
  const DrawnHead head = s.head(settings);
  const SynthesisOutput drawn = s.generator().draw(
      head.planes, head.background, head.last_w, labelTensor(camera).to(s.device), settings);
  return tensorImage(super_resolution ? drawn.image : drawn.image_raw);
}

std::vector<Image> PhotoFit::fourViews(bool super_resolution, JobContext& context) const {
  const State& s = *state_;
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = s.settings(context);
  settings.super_resolution = super_resolution;
  const DrawnHead head = s.head(settings);
  std::vector<Image> images;
  for (const double yaw : {0.0, 45.0, 90.0, 180.0}) {
    const SynthesisOutput drawn = s.generator().draw(head.planes,
                                                     head.background,
                                                     head.last_w,
                                                     s.shiftedLabel(orbitLabel({.yaw_degrees = yaw})),
                                                     settings);
    images.push_back(tensorImage(super_resolution ? drawn.image : drawn.image_raw));
  }
  return images;
}

double PhotoFit::sideDrift(JobContext& context) const {
  const State& s = *state_;
  if (!s.tuned) {
    return 0;
  }
  const at::NoGradGuard no_grad;
  const SynthesisSettings settings = s.settings(context);
  return s.gauge->drift(*s.tuned, s.head(settings), settings.run.checkpoint);
}

FitResult fitPhotos(const Generator& generator,
                    const Discriminator* discriminator,
                    const std::vector<FitPhoto>& photos,
                    const FitOptions& options,
                    JobContext& context,
                    FitWatcher* watcher) {
  PhotoFit fit(generator, discriminator, photos, options, context);
  while (!fit.finished()) {
    const FitMoment moment = fit.step(context);
    context.report({fitStageName(moment.stage), moment.step, moment.steps, moment.losses});
    if (watcher != nullptr) {
      watcher->stepped(fit, moment);
    }
    context.checkpoint();
  }
  return fit.result();
}

Generator tunedGenerator(const Generator& generator, const FitResult& result) {
  Generator tuned = Generator::uninitialised(generator.config());
  tuned.store().moveTo(generator.store().entries().front().tensor.device());
  averageInto(tuned.store(), generator.store(), 0.0);
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
