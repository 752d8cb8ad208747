#include "core/inversion/fit_work.h"

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

at::Tensor leaf(at::IntArrayRef shape, at::Device device) {
  return at::zeros(shape, at::device(device).dtype(at::kFloat)).requires_grad_(true);
}

/// Refuses photos that cannot be fitted: what comes after takes seconds.
std::string fingerprint(const std::vector<FitPhoto>& photos) {
  checkPhotos(photos);
  Sha256 hash;
  for (const FitPhoto& photo : photos) {
    hash.update(std::as_bytes(std::span(photo.picture.pixels)));
    hash.update(std::as_bytes(std::span(photo.mask.pixels)));
    hash.update(std::as_bytes(std::span(photo.camera)));
  }
  return hash.hex();
}

}  // namespace

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
  const GeneratorConfig& config = base.config();
  if (discriminator != nullptr && discriminator->config().img_resolution != config.img_resolution) {
    discriminator = nullptr;  // of another model: judges pictures of another size
  }
  if (options.vgg > 0 && !options.vgg_file.empty()) {
    vgg = std::make_unique<VggDistance>(options.vgg_file, device, context);
  }
  const at::ScalarType type = settings(context).run.dtype;
  const double outside = options.background == "photo" ? 0.0 : options.background_weight;
  std::vector<at::Tensor> rows;
  photos.reserve(given.size());
  for (const FitPhoto& photo : given) {
    context.checkpoint();
    PhotoTarget target = photoTarget(photo, config.img_resolution, config.neural_resolution, outside);
    for (at::Tensor* t : {&target.image,
                          &target.image_raw,
                          &target.mask,
                          &target.mask_raw,
                          &target.weight,
                          &target.weight_raw}) {
      *t = t->defined() ? t->to(device) : *t;
    }
    photos.emplace_back(options, std::move(target), discriminator, vgg.get(), type);
    rows.push_back(shiftedLabel(photo.camera));
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
      kFitAdam);
  if (options.start == "samples") {
    chooseStart(context);
  }
  advance();
  if (stage == FitStage::Tuning) {
    beginTuning(context);
  }
}

/// The model's own camera shift at the mean z (SPEC, "Inversion"), added once. That of the people who were
/// mapped, not zeros: the mapping scales any z but zeros to the same length, however short it is.
at::Tensor PhotoFit::State::shiftedLabel(const CameraLabel& label) const {
  const at::NoGradGuard no_grad;
  const at::Tensor c = labelTensor(label).to(device);
  return base.adjustCamera(space.meanZ(), c);
}

SynthesisSettings PhotoFit::State::settings(JobContext& context) const {
  SynthesisSettings s = base.defaultSettings();
  s.quick = !options.exact && device.is_cpu();
  s.run.fused = false;
  s.run.dtype = options.precision == "bf16"              ? at::kBFloat16
                : options.precision == "auto" && s.quick ? quickType()
                                                         : at::kFloat;
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

PhotoFit::State::Drawing PhotoFit::State::drawing(const SynthesisSettings& s) const {
  const DrawnHead drawn = head(s);
  const PreparedHead prepared{{}, drawn.planes, drawn.background, drawn.last_w};
  std::unique_ptr<HeadRenderer> fast =
      s.quick ? passingRenderer(generator(), prepared, s.checkpoint) : nullptr;
  return {drawn.background, fast ? std::move(fast) : specificationRenderer(generator(), prepared)};
}

Image PhotoFit::State::Drawing::picture(const at::Tensor& label, const SynthesisSettings& s) const {
  return tensorImage(drawHead(*renderer, background, label, s).picture);
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

void PhotoFit::State::requireFinite(const FitLoss& loss) {
  if (!std::isfinite(loss.sum.item<double>())) {
    throw TrainingError("the fit's loss is no longer a number", "lower the rate of its stage");
  }
}

FitMoment PhotoFit::State::finish(const FitLoss& loss, std::int64_t steps) const {
  FitMoment moment{stage, step, steps, {{"loss", loss.sum.item<double>()}}, drift};
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

}  // namespace panohead
