#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/inversion/fit_work.h"
#include "core/tensor/flush_denormals.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"

#include <nlohmann/json.hpp>

namespace panohead {

namespace {

constexpr int kStateVersion = 2;

/// What the numbers of a state are measured in: another fit must measure in the same.
nlohmann::json unitsOf(const FitOptions& options) {
  return {{"space", options.latent_space},
          {"camera_degrees", options.camera_degrees},
          {"camera_shift", options.camera_shift},
          {"camera_scale", options.camera_scale}};
}

struct SavedCounters {
  FitStage stage = FitStage::Latent;
  bool tuned = false;
  double drift = -1;
  std::int64_t step = 0;
};

/// Throws CheckpointError when the state is none, or of a fit of other photos or in other units.
SavedCounters readCounters(const std::string& text, const std::string& photos, const FitOptions& options) {
  const char* const no_state = "this is no state of a fit";
  const char* const hint = "begin anew";
  SavedCounters saved;
  std::string stage;
  try {
    const nlohmann::json counters = parseJson(text);
    if (counters.at("fit") != kStateVersion) {
      throw CheckpointError("this state of a fit was written by another version", hint);
    }
    if (counters.at("photos") != photos) {
      throw CheckpointError("this state belongs to a fit of other photos", hint);
    }
    const nlohmann::json units = unitsOf(options);
    for (const auto& [name, unit] : units.items()) {
      if (counters.at(name) != unit) {
        throw CheckpointError(
            "this state was made with another latent space or other deviations of the camera",
            "give them as before",
            name);
      }
    }
    stage = counters.at("stage").get<std::string>();
    saved.tuned = counters.at("tuned").get<bool>();
    saved.drift = counters.at("drift").get<double>();
    saved.step = counters.at("step").get<std::int64_t>();
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError(no_state, hint, error.what());
  }
  if (stage == fitStageName(FitStage::Tuning) || stage == fitStageName(FitStage::Finished)) {
    // More steps or a higher limit of drift may go on with a finished one: advance() decides.
    saved.stage = FitStage::Tuning;
  } else if (stage != fitStageName(FitStage::Latent) || saved.tuned) {
    throw CheckpointError(no_state, hint, "stage " + stage);
  }
  if (saved.step < 0) {
    throw CheckpointError(no_state, hint, "a step below 0");
  }
  return saved;
}

/// @param optimised those whose optimiser is in the state, too
/// Throws CheckpointError when a tensor is missing or of another size.
void checkSizes(const FitState& state, const NamedTensors& tensors, const NamedTensors& optimised) {
  const auto check = [&state](const std::string& name, at::IntArrayRef sizes) {
    if (state.data.at(name).sizes() != sizes) {
      throw CheckpointError("this state belongs to a fit with another model", "begin anew", name);
    }
  };
  for (const auto& [name, tensor] : tensors) {
    check(name, tensor.sizes());
  }
  for (const auto& [name, tensor] : optimised) {
    check("adam." + name + ".average", tensor.sizes());
    check("adam." + name + ".square", tensor.sizes());
    check("adam." + name + ".steps", {});
  }
}

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

bool sameUnits(const FitOptions& a, const FitOptions& b) { return unitsOf(a) == unitsOf(b); }

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
  const State& s = *state_;
  FitState copy;
  for (const auto& [name, tensor] : s.tensors()) {
    copy.data.tensors.emplace_back(name, tensor.detach().cpu().clone());
  }
  nlohmann::json counters = unitsOf(s.options);
  counters["fit"] = kStateVersion;
  counters["photos"] = s.photos_hash;
  counters["stage"] = fitStageName(s.stage);
  counters["tuned"] = s.tuned != nullptr;
  counters["drift"] = s.drift;
  counters["step"] = s.step;
  copy.data.text = counters.dump();
  return copy;
}

void PhotoFit::restore(const FitState& from, JobContext& context) {
  State& s = *state_;
  const NamedTensors pivot{
      {"latent", s.latent}, {"layers", s.layers}, {"cameras", s.cameras}, {"backgrounds", s.backgrounds}};
  // Everything is looked at first: a state that does not fit leaves the fit as it was.
  const SavedCounters saved = readCounters(from.data.text, s.photos_hash, s.options);
  checkSizes(from, pivot, saved.tuned ? NamedTensors{} : pivot);
  if (saved.tuned) {
    NamedTensors weights;
    for (const ParameterStore::Entry& entry : s.base.store().entries()) {
      if (entry.is_parameter) {
        weights.emplace_back("G." + entry.name, entry.tensor);
      }
    }
    checkSizes(from, weights, weights);
  }

  const at::NoGradGuard no_grad;
  const auto copyAll = [&from](const NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors) {
      at::Tensor target = tensor;
      target.copy_(from.data.at(name));
    }
  };
  copyAll(pivot);
  s.step = saved.step;
  s.stage = saved.stage;
  s.held.reset();
  s.gauge.reset();
  s.tuned.reset();
  if (saved.tuned) {
    const at::AutoGradMode grad(true);
    s.beginTuning(context);
  } else {
    s.adam = std::make_unique<Adam>(pivot, kFitAdam);
  }
  copyAll(s.tensors());
  s.drift = saved.drift;
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
  return s.drawing(settings).picture(labelTensor(camera).to(s.device), settings);
}

std::vector<Image> PhotoFit::fourViews(bool super_resolution, JobContext& context) const {
  const State& s = *state_;
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = s.settings(context);
  settings.super_resolution = super_resolution;
  const State::Drawing drawing = s.drawing(settings);
  std::vector<Image> images;
  for (const double yaw : {0.0, 45.0, 90.0, 180.0}) {
    images.push_back(drawing.picture(s.shiftedLabel(orbitLabel({.yaw_degrees = yaw})), settings));
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

}  // namespace panohead
