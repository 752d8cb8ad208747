#include "core/training/warmup/warmup.h"

#include "core/base/error.h"
#include "core/generator/generator_copy.h"
#include "core/tensor/prelude.h"
#include "core/training/gradient_exchange.h"
#include "core/training/warmup/reconstruction_loss.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <utility>

namespace panohead {

namespace {

// One well-mixed number from two (splitmix64, Steele et al. 2014).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t step) {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15U + step + 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

bool starts(const std::string& name, const char* prefix) { return name.starts_with(prefix); }

// The backbone's noise pictures that have a strength are learned.
bool isLearnedNoise(const ParameterStore& store, const ParameterStore::Entry& entry) {
  constexpr std::string_view kEnd = "noise_const";
  if (!starts(entry.name, "backbone.synthesis.") || !entry.name.ends_with(kEnd)) {
    return false;
  }
  const std::string strength = entry.name.substr(0, entry.name.size() - kEnd.size()) + "noise_strength";
  return store.at(strength).item<float>() != 0.0F;
}

bool isTrained(const ParameterStore& store, const ParameterStore::Entry& entry) {
  if (entry.name.ends_with("noise_strength")) {
    return false;
  }
  return (entry.is_parameter && (starts(entry.name, "backbone.synthesis.") ||
                                 starts(entry.name, "decoder.") || starts(entry.name, "superresolution."))) ||
         isLearnedNoise(store, entry);
}

// Of an error in [-2, 2].
double decibel(const at::Tensor& error) {
  return -10 * std::log10(error.detach().square().mean().item<double>() / 4 + 1e-12);
}

// Rays [n, views * p * p, C] as the patches [n * views, C, p, p] that they are of.
at::Tensor asImages(const at::Tensor& rays, const at::Tensor& patches) {
  const std::int64_t p = patches.size(2);
  return rays.reshape({patches.size(0), p * p, -1}).transpose(1, 2).reshape({patches.size(0), -1, p, p});
}

at::Tensor overBackground(const RenderedRays& rays, const at::Tensor& background) {
  const at::Tensor behind = at::constant_pad_nd(background, {0, 0, 0, 0, 0, rays.feature.size(2) - 3});
  return asImages(rays.feature, background) + (1.0 - asImages(rays.weight_sum, background)) * behind;
}

PersonCodesOptions codesOptions(const Generator& generator, const PictureBank& bank, const WarmupOptions& o) {
  const std::int64_t behind = generator.config().background ? o.background_dims : 0;
  return {.people = static_cast<std::int64_t>(bank.people().names.size()),
          .free_numbers = o.free_numbers,
          .head_dims = generator.config().w_dim - behind,
          .w_dim = generator.config().w_dim,
          .seed = o.seed};
}

}  // namespace

void WarmupOptions::check() const {
  const auto require = [](bool good, const char* name, const char* hint) {
    if (!good) {
      throw OptionError(fmt::format("the warm-up's option '{}' is out of range", name), hint);
    }
  };
  require(steps > 0, "steps", "at least one");
  require(heads > 0, "heads", "at least one person per step");
  require(patch.views > 0, "views", "at least one");
  require(patch.patch >= 8 && patch.patch <= patch.neural, "patch", "8 pixels up to the raw picture's size");
  require(samples >= 4, "samples", "at least 4 per pass");
  require(rate > 0 && rate_end >= 0 && rate_end <= rate, "rate", "positive, and not below rate_end");
  require(free_numbers > 0, "free_numbers", "at least one");
  require(texture_from < 0 || (texture_from >= refine_from && texture_from >= code_steps),
          "texture_from",
          "after everything else");
  require(held_out >= 0, "held_out", "not negative");
}

void WarmupOptions::checkPeople(std::int64_t people) const {
  if (people - held_out < heads) {
    throw DatasetError(
        fmt::format(
            "{} people with {} held out leave too few to train on, {} a step", people, held_out, heads),
        "hold out fewer people, or take fewer heads per step (--batch)");
  }
}

Warmup::Warmup(Generator& generator,
               PictureBank& bank,
               const AttributeTable* attributes,
               const WarmupOptions& options,
               Communicator& communicator)
    : generator_(generator),
      bank_(bank),
      options_(options),
      communicator_(communicator),
      painter_(generator, options.samples, options.quick),
      average_(copyOf(generator, at::kCPU)),
      codes_(codesOptions(generator, bank, options), attributes),
      average_codes_(codesOptions(generator, bank, options), attributes),
      trained_people_(static_cast<std::int64_t>(bank.people().names.size()) - options.held_out),
      order_(static_cast<std::size_t>(std::max<std::int64_t>(trained_people_, 1)), options.seed) {
  options_.check();
  options_.checkPeople(static_cast<std::int64_t>(bank.people().names.size()));
  if (options_.heads % communicator_.size() != 0) {
    throw OptionError(
        fmt::format("{} heads per step do not divide by {} ranks", options_.heads, communicator_.size()),
        "choose a multiple of the number of ranks");
  }
  for (PersonCodes* codes : {&codes_, &average_codes_}) {
    codes->centre(generator.store().at("backbone.mapping.w_avg"));
    codes->freeNumbers().narrow(0, trained_people_, options_.held_out).zero_();
  }
  for (const ParameterStore::Entry& entry : generator_.store().entries()) {
    if (isTrained(generator_.store(), entry)) {
      trained_.emplace_back("G." + entry.name, entry.tensor);
      averaged_.push_back(average_.store().at(entry.name));
      rate_factors_.push_back(entry.is_parameter
                                  ? (starts(entry.name, "superresolution.") ? options_.high_rate : 1.0)
                                  : options_.noise_rate);
    }
  }
  for (const ParameterStore::Entry& entry : codes_.store().entries()) {
    if (entry.is_parameter) {
      trained_.emplace_back("codes." + entry.name, entry.tensor);
      averaged_.push_back(average_codes_.store().at(entry.name));
      rate_factors_.push_back(1.0);
    }
  }
  adam_.emplace(trained_, AdamOptions{.beta1 = 0.9});
  row_adam_.emplace(codes_.freeNumbers(), AdamOptions{.beta1 = 0.8, .beta2 = 0.95});
  if (options_.texture_from >= 0) {
    texture_.emplace(TextureDiscriminatorOptions{.seed = options_.seed});
    NamedTensors parameters;
    for (const ParameterStore::Entry& entry : texture_->store().entries()) {
      parameters.emplace_back("texture." + entry.name, entry.tensor);
    }
    texture_adam_.emplace(parameters, AdamOptions{.beta1 = 0.0, .beta2 = 0.99});
  }
  step_ = at::zeros({}, at::kLong);
}

std::int64_t Warmup::stepsDone() const { return step_.item<std::int64_t>(); }

std::int64_t Warmup::exchangedBytes() const {
  std::size_t bytes = static_cast<std::size_t>(options_.heads * options_.free_numbers) * sizeof(float);
  for (const auto& [name, tensor] : trained_) {
    bytes += tensor.nbytes();
  }
  return static_cast<std::int64_t>(bytes);
}

Warmup::Phase Warmup::phase() const {
  const std::int64_t step = stepsDone();
  if (step < options_.code_steps) {
    return Phase::Codes;
  }
  if (options_.texture_from >= 0 && step >= options_.texture_from) {
    return Phase::Texture;
  }
  return options_.refine_from >= 0 && step >= options_.refine_from ? Phase::Refinement : Phase::Everything;
}

double Warmup::rateNow() const {
  const std::int64_t refined = options_.texture_from >= 0 ? options_.texture_from : options_.steps;
  const std::int64_t end = options_.refine_from >= 0 ? options_.refine_from : refined;
  // From `high` to `low` as half a cosine between two steps, after some steps of warming up.
  const auto cosine = [&](double high, double low, std::int64_t first, std::int64_t last, int warming) {
    const auto done = static_cast<double>(stepsDone() - first);
    const double part = std::min(done / static_cast<double>(std::max<std::int64_t>(last - first, 1)), 1.0);
    return (low + (high - low) * 0.5 * (1 + std::cos(std::numbers::pi * part))) *
           std::min(1.0, (done + 1) / warming);
  };
  switch (phase()) {
    case Phase::Codes:
      return cosine(options_.code_rate, options_.code_rate / 10, 0, options_.code_steps, 10);
    case Phase::Refinement:
      return cosine(options_.rate, options_.rate / 20, end, refined, 10);
    case Phase::Texture:
      return cosine(options_.rate, options_.rate_end, refined, options_.steps, 100);
    case Phase::Everything:
      break;
  }
  return cosine(options_.rate, options_.rate_end, options_.code_steps, end, 100);
}

void Warmup::startPhase() {
  const Phase now = phase();
  for (const auto& [name, tensor] : trained_) {
    const bool high = starts(name, "G.superresolution.");
    const bool codes = starts(name, "codes.");
    tensor.requires_grad_(now == Phase::Texture ? high
                                                : codes || (now == Phase::Everything &&
                                                            (!high || stepsDone() >= options_.high_from)));
  }
  if (stepsDone() == options_.refine_from || stepsDone() == options_.texture_from) {
    const at::NoGradGuard no_grad;  // the delivered weights are the averaged ones: go on from them
    for (std::size_t i = 0; i < trained_.size(); ++i) {
      trained_[i].second.copy_(averaged_[i]);
    }
  }
}

WarmupStats Warmup::step() {
  const auto step = static_cast<std::uint64_t>(stepsDone());
  startPhase();
  const bool texture = phase() == Phase::Texture;
  PatchOptions patch = options_.patch;
  std::int64_t count = options_.heads;
  if (texture) {  // only one view of everyone is super-resolved: more people in place of more views
    count *= std::exchange(patch.views, 1);
  }
  const auto heads = static_cast<std::uint64_t>(count);
  const std::int64_t mine = count / communicator_.size();
  const std::int64_t first = mine * communicator_.rank();
  std::vector<std::int64_t> everyone, people;
  std::vector<std::uint64_t> seeds;  // every person's patches and depths are the same whoever has them
  std::vector<at::Generator> jitter;
  for (std::uint64_t i = 0; i < heads; ++i) {
    everyone.push_back(static_cast<std::int64_t>(order_.at(step * heads + i)));
    if (static_cast<std::int64_t>(i) >= first && static_cast<std::int64_t>(i) < first + mine) {
      people.push_back(everyone.back());
      seeds.push_back(mixed(options_.seed, step * heads + i));
      if (options_.jitter) {
        jitter.push_back(at::detail::createCPUGenerator(seeds.back()));
      }
    }
  }
  const PatchBatch batch = makePatchBatch(bank_, people, seeds, patch);

  at::Tensor free = codes_.freeNumbers().index_select(0, batch.people);
  free.requires_grad_(!texture);
  WarmupStats stats;
  const at::Tensor total =
      texture ? textureStage(batch, free, jitter, stats) : loss(batch, free, jitter, stats);
  const auto value = total.item<double>();
  // On all ranks at once: who lost another would take it for dead, and save what has diverged.
  if (communicator_.maximum(std::isfinite(value) ? 0 : 1) > 0) {
    throw TrainingError(
        fmt::format("the loss of warm-up step {} is not a number", step),
        "lower --warmup-rate, then give the same command again: it goes on from the last checkpoint");
  }
  total.backward();
  stats["Loss/warmup/total"] = value;
  stats["Progress/warmup_rate"] = rateNow();

  at::Tensor free_gradient = at::zeros({count, options_.free_numbers});
  if (!texture) {
    free_gradient.narrow(0, first, mine).copy_(free.grad());
  }
  std::vector<at::Tensor> gradients{free_gradient};
  for (const auto& [name, tensor] : trained_) {
    if (tensor.requires_grad()) {
      if (!tensor.grad().defined()) {
        tensor.mutable_grad() = at::zeros_like(tensor);
      }
      gradients.push_back(tensor.grad());
    }
  }
  averageGradients(gradients, communicator_);
  whole_ = false;
  update(at::tensor(everyone, at::kLong), free_gradient);
  step_.add_(1);
  if (stepsDone() % 5 == 0) {
    moveAverage();
  }
  whole_ = true;
  return stats;
}

at::Tensor Warmup::loss(const PatchBatch& batch,
                        const at::Tensor& free,
                        const std::vector<at::Generator>& jitter,
                        WarmupStats& stats) {
  const std::int64_t n = batch.people.size(0);
  const at::Tensor w = codes_(batch.people, free);
  const RenderedRays rays = painter_.render(painter_.planes(w), batch.rays, jitter);
  const at::Tensor weight_sum = asImages(rays.weight_sum, batch.background);
  const at::Tensor feature = overBackground(rays, batch.background);
  const at::Tensor w_of_views = w.detach().repeat_interleave(options_.patch.views, 0);

  const at::Tensor error = painter_.raw(feature, w_of_views) - batch.raw;
  at::Tensor total = charbonnier(error, 0.03).mean() +
                     options_.mask_weight * charbonnier(weight_sum - batch.mask, 0.03).mean() +
                     options_.free_weight * free.square().mean() +
                     options_.detail_weight * detailLoss(error) +
                     options_.feature_weight * rays.feature.slice(2, 3).square().mean();
  stats["Loss/warmup/raw_psnr"] = decibel(error);

  if (stepsDone() < options_.high_from || phase() != Phase::Everything) {
    return total;
  }
  const at::Tensor first = at::arange(n) * options_.patch.views;
  return total + highLoss(batch, painter_.enlarge(feature.index_select(0, first), w), stats);
}

at::Tensor Warmup::highLoss(const PatchBatch& batch, const at::Tensor& picture, WarmupStats& stats) {
  const at::Tensor error = (picture - batch.large) * batch.counts;
  stats["Loss/warmup/psnr"] = decibel(error);
  return options_.high_weight * (charbonnier(error, 0.02).mean() + 0.5 * detailLoss(error));
}

// Heads stand still, super-resolution learns from what they give it.
at::Tensor Warmup::textureStage(const PatchBatch& batch,
                                const at::Tensor& free,
                                const std::vector<at::Generator>& jitter,
                                WarmupStats& stats) {
  at::Tensor w, feature;
  {
    const at::NoGradGuard no_grad;
    w = codes_(batch.people, free);
    feature = overBackground(painter_.render(painter_.planes(w), batch.rays, jitter), batch.background);
  }
  const at::Tensor picture = painter_.enlarge(feature, w);
  const std::int64_t rim = options_.patch.margin;
  const auto inner = [&](const at::Tensor& t) {
    return t.slice(2, rim, t.size(2) - rim).slice(3, rim, t.size(3) - rim);
  };
  return highLoss(batch, picture, stats) +
         options_.texture_weight * textureLoss(inner(picture), inner(batch.large), stats);
}

at::Tensor Warmup::textureLoss(const at::Tensor& fake, const at::Tensor& real, WarmupStats& stats) {
  // The discriminator's own step first, on the same pictures.
  texture_->store().requireGrad(true);
  const TextureDiscriminator::Losses own =
      texture_->losses(real, fake.detach(), (stepsDone() - options_.texture_from) % 8 == 0);
  own.total.backward();
  std::vector<at::Tensor> gradients;
  for (const auto& [name, tensor] : texture_adam_->parameters()) {
    gradients.push_back(tensor.grad());
  }
  averageGradients(gradients, communicator_);
  whole_ = false;  // until the rest of the step is done as well
  texture_adam_->step(options_.texture_rate);
  texture_adam_->clearGradients();
  texture_->store().requireGrad(false);
  const at::Tensor logits = (*texture_)(fake);
  stats["Loss/warmup/texture_D"] = own.total.item<double>();
  stats["Loss/scores/texture_real"] = own.score_real;
  stats["Loss/scores/texture_fake"] = own.score_fake;
  return at::softplus(-logits).mean();
}

void Warmup::update(const at::Tensor& people, const at::Tensor& free_gradient) {
  const double rate = rateNow();
  adam_->step(rate, rate_factors_);
  adam_->clearGradients();
  if (phase() == Phase::Texture) {
    return;
  }
  const double highest = phase() == Phase::Codes ? options_.code_rate : options_.rate;
  row_adam_->step(people, free_gradient, options_.free_rate * rate / highest);
}

void Warmup::moveAverage() {
  const at::NoGradGuard no_grad;
  const auto done = static_cast<double>(stepsDone());
  const double keep = std::min(std::pow(0.5, 5 / options_.average_steps), done / (done + 45));
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    averaged_[i].lerp_(trained_[i].second.detach(), 1 - keep);
  }
  average_codes_.freeNumbers().copy_(codes_.freeNumbers());
}

NamedTensors Warmup::state() const {
  NamedTensors state{{"step", step_}};
  for (const ParameterStore::Entry& entry : generator_.store().entries()) {
    state.emplace_back("G." + entry.name, entry.tensor.detach());
  }
  for (const ParameterStore::Entry& entry : average_.store().entries()) {
    state.emplace_back("G_ema." + entry.name, entry.tensor.detach());
  }
  for (const ParameterStore::Entry& entry : codes_.store().entries()) {
    state.emplace_back("codes." + entry.name, entry.tensor.detach());
  }
  for (const ParameterStore::Entry& entry : average_codes_.store().entries()) {
    state.emplace_back("codes_ema." + entry.name, entry.tensor.detach());
  }
  const auto append = [&](const NamedTensors& more) { state.insert(state.end(), more.begin(), more.end()); };
  append(adam_->state("adam."));
  append(row_adam_->state("rows."));
  if (texture_) {
    for (const ParameterStore::Entry& entry : texture_->store().entries()) {
      state.emplace_back("texture." + entry.name, entry.tensor.detach());
    }
    append(texture_adam_->state("texture_adam."));
  }
  return state;
}

void prepareForWarmup(Generator& generator, std::int64_t background_dims) {
  const at::NoGradGuard no_grad;
  const GeneratorConfig& config = generator.config();
  const std::int64_t head = config.w_dim - (config.background ? background_dims : 0);
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    const at::Tensor& tensor = entry.tensor;
    const std::string& name = entry.name;
    if (name.ends_with("affine.weight") && config.background) {
      if (starts(name, "bcg_synthesis.")) {
        tensor.narrow(1, 0, head).zero_();
      } else {
        tensor.narrow(1, head, config.w_dim - head).zero_();
      }
    }
    if (starts(name, "backbone.synthesis.")) {
      if (name.ends_with("noise_strength")) {
        tensor.fill_(1);
      } else if (name.ends_with("noise_const")) {
        tensor.zero_();
      } else if (name.ends_with("affine.weight")) {
        tensor.mul_(0.2);
      } else if (name.ends_with("torgb.weight")) {
        tensor.mul_(name.find(fmt::format(".b{}.", config.triplane_size)) != std::string::npos ? 0.05 : 0.5);
      }
    } else if (starts(name, "superresolution.") && name.ends_with("torgb.weight")) {
      tensor.mul_(0.1);
    }
  }
  if (config.camera_adjustment) {
    // The camera stays where the label says. Only the last factor is zero: more of them would have no
    // gradient.
    const int last = config.camera_adjustment_layers - 1;
    generator.store().at(fmt::format("t_mapping.fc{}.weight", last)).zero_();
    generator.store().at(fmt::format("t_mapping.fc{}.bias", last)).zero_();
  }
  generator.store().at("decoder.net.2.weight").select(0, 0).mul_(6);  // surfaces form sooner
  if (config.torgb_raw) {
    generator.store().at("torgb.affine.weight").zero_();
    const at::Tensor& weight = generator.store().at("torgb.weight");
    weight.zero_();
    for (std::int64_t i = 0; i < 3; ++i) {
      weight[i][i].fill_(std::sqrt(static_cast<double>(weight.size(1))));
    }
  }
}

}  // namespace panohead
