#include "core/training/trainer.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/tensor/prelude.h"
#include "core/training/gradient_exchange.h"
#include "core/training/moving_average.h"
#include "core/training/training_networks.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace panohead {

namespace {

constexpr const char* kPhaseNames[] = {"Gmain", "Greg", "Dmain", "Dreg"};

// Parameters of a network, without those of D's first `frozen` blocks.
NamedTensors trainable(const ParameterStore& store, const std::vector<std::string>& frozen = {}) {
  NamedTensors parameters;
  for (const ParameterStore::Entry& entry : store.entries()) {
    const bool skipped = std::any_of(frozen.begin(), frozen.end(), [&](const std::string& prefix) {
      return entry.name.starts_with(prefix);
    });
    if (entry.is_parameter && !skipped) {
      parameters.emplace_back(entry.name, entry.tensor);
    }
  }
  return parameters;
}

std::vector<std::string> frozenBlocks(std::int64_t resolution, int count) {
  std::vector<std::string> prefixes;
  for (int i = 0; i < count && resolution > 4; ++i, resolution /= 2) {
    prefixes.push_back(fmt::format("b{}.", resolution));
  }
  return prefixes;
}

void copyStore(const ParameterStore& from, ParameterStore& to) { averageInto(to, from, 0.0); }

std::vector<at::Tensor> gradientsOf(const NamedTensors& parameters) {
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters.size());
  for (const auto& [name, tensor] : parameters) {
    gradients.push_back(tensor.grad());
  }
  return gradients;
}

}  // namespace

at::Tensor labelTable(const Dataset& dataset) {
  const at::Tensor table = at::empty({static_cast<std::int64_t>(dataset.items().size()), 25}, at::kFloat);
  float* row = table.data_ptr<float>();
  for (const DatasetItem& item : dataset.items()) {
    const CameraLabel& label = dataset.entries()[item.entry].label;
    const CameraLabel used = item.mirrored ? mirrored(label) : label;
    row = std::copy(used.begin(), used.end(), row);
  }
  return table;
}

Trainer::Trainer(const TrainingOptions& options,
                 int resolution,
                 const at::Tensor& labels,
                 Communicator& communicator,
                 at::Device device)
    : options_(options),
      communicator_(communicator),
      device_(device),
      labels_(labels.to(device)),
      clock_(device) {
  options_.check(communicator.size());
  const auto seed = static_cast<std::uint64_t>(options_.seed);
  g_ = std::make_unique<Generator>(generatorConfig(options_, resolution), mixSeeds(seed, 1));
  g_ema_ = std::make_unique<Generator>(Generator::uninitialised(g_->config()));
  d_ = std::make_unique<Discriminator>(discriminatorConfig(options_, resolution), mixSeeds(seed, 2));
  copyStore(g_->store(), g_ema_->store());
  g_->store().moveTo(device);
  g_ema_->store().moveTo(device);
  d_->store().moveTo(device);

  const int density_interval = options_.density_reg > 0 ? options_.g_reg_interval : 0;
  const LazyRates g = lazyRates(options_.glr, options_.beta1, options_.beta2, density_interval);
  const LazyRates d = lazyRates(options_.dlr, options_.beta1, options_.beta2, options_.d_reg_interval);
  g_adam_ = std::make_unique<Adam>(trainable(g_->store()), AdamOptions{g.rate, g.beta1, g.beta2});
  d_adam_ = std::make_unique<Adam>(trainable(d_->store(), frozenBlocks(resolution, options_.freezed)),
                                   AdamOptions{d.rate, d.beta1, d.beta2});
  loss_ = std::make_unique<AdversarialLoss>(options_, *g_, *d_, labels_.std(0, false));
  choosePrecision();
}

// Half precision where the paper has it: super-resolution and the discriminator's highest resolutions; on
// CPUs bfloat16 reaches the backbone and the volume, too. Float32 on a CPU takes the quick path, which is
// exact.
void Trainer::choosePrecision() {
  const bool cpu = device_.is_cpu();
  at::ScalarType type = cpu ? at::kFloat : at::kHalf;
  if (options_.precision != "auto") {
    type = options_.precision == "bf16"   ? at::kBFloat16
           : options_.precision == "fp16" ? at::kHalf
                                          : at::kFloat;
  }
  if (cpu && type == at::kHalf) {
    throw OptionError("--precision fp16 needs a GPU", "on a CPU train in fp32 or bf16");
  }
  SynthesisSettings& settings = loss_->settings;
  settings.quick = cpu;
  settings.quick_render.decoder_dtype = type;
  settings.run.dtype = cpu ? type : at::kFloat;
  settings.sr_dtype = options_.num_fp16_res > 0 ? type : at::kFloat;
  loss_->run.dtype = type;
  loss_->run.resolutions = options_.num_fp16_res;
}

void Trainer::useSpecificationPath() {
  SynthesisSettings& settings = loss_->settings;
  settings.quick = false;
  settings.run.dtype = at::kFloat;
  settings.sr_dtype = at::kFloat;
  loss_->run.dtype = at::kFloat;
}

void Trainer::keepDrawing(KnownPeople people) {
  people.moveTo(device_);
  people_ = std::move(people);
}

bool Trainer::isDue(Phase phase) const {
  switch (phase) {
    case Phase::GeneratorDensity:
      return options_.density_reg > 0 && options_.g_reg_interval > 0 &&
             iteration_ % options_.g_reg_interval == 0;
    case Phase::DiscriminatorR1:
      return options_.d_reg_interval > 0 && iteration_ % options_.d_reg_interval == 0;
    default:
      return true;
  }
}

RealBatch Trainer::toDevice(const DataBatch& batch) const {
  const std::int64_t r = batch.resolution;
  // From pinned memory the copy is one more entry in the GPU's queue; from other memory the host would wait.
  const auto moved = [&](const at::Tensor& host) {
    return device_.is_cpu() ? host.clone() : host.pin_memory().to(device_, host.scalar_type(), true);
  };
  const auto bytes = [&](const std::vector<std::uint8_t>& data, std::int64_t channels) {
    return moved(
               at::from_blob(const_cast<std::uint8_t*>(data.data()), {batch.size, r, r, channels}, at::kByte))
        .permute({0, 3, 1, 2})
        .to(at::kFloat)
        .contiguous();
  };
  RealBatch real;
  real.image = bytes(batch.pictures, 3) / 127.5 - 1.0;
  if (!batch.masks.empty()) {
    real.mask = bytes(batch.masks, 1) / 255.0;
  }
  real.labels = moved(at::from_blob(const_cast<float*>(batch.labels.data()), {batch.size, 25}, at::kFloat));
  return real;
}

at::Tensor Trainer::drawLabels(const BatchRandom& random) const {
  const at::Tensor place = random.uniform({}) * static_cast<double>(labels_.size(0));
  return labels_.index_select(0, place.to(at::kLong).clamp_max(labels_.size(0) - 1));
}

void Trainer::accumulate(const LossTerm& term, double gain) {
  for (const auto& [name, values] : term.stats) {
    stats_.add(name, values);
  }
  for (const auto& [name, values] : term.shares) {
    stats_.addShare(name, values);
  }
  if (term.loss.requires_grad()) {
    (term.loss * gain).backward();
  }
}

void Trainer::run(Phase phase,
                  const RealBatch& real,
                  std::span<const DatasetItem> items,
                  const std::function<void()>& checkpoint) {
  const bool generator_learns = phase == Phase::GeneratorMain || phase == Phase::GeneratorDensity;
  Adam& adam = generator_learns ? *g_adam_ : *d_adam_;
  g_adam_->clearGradients();
  d_adam_->clearGradients();
  g_->store().requireGrad(false);
  d_->store().requireGrad(false);
  for (const auto& [name, tensor] : adam.parameters()) {
    tensor.requires_grad_(true);
  }

  const std::int64_t local = options_.batch / communicator_.size();
  const std::int64_t round = options_.batch_gpu > 0 ? std::min(options_.batch_gpu, local) : local;
  const double share = static_cast<double>(round) / static_cast<double>(local);
  const TrainingSchedule schedule = TrainingSchedule::at(options_, images());
  at::Tensor mean_w, mean_delta;
  for (std::int64_t first = 0; first < local; first += round) {
    if (checkpoint) {
      checkpoint();
    }
    const auto random = std::make_shared<BatchRandom>(static_cast<std::uint64_t>(options_.seed),
                                                      static_cast<std::uint64_t>(iteration_),
                                                      static_cast<std::uint64_t>(phase),
                                                      communicator_.rank() * local + first,
                                                      round,
                                                      device_,
                                                      draws_on_processor_);
    const auto part = [&](const at::Tensor& t) { return t.defined() ? t.narrow(0, first, round) : t; };
    const RealBatch real_part{part(real.image), part(real.mask), part(real.labels)};
    const auto latents = [&] { return loss_->drawLatents(drawLabels(*random), random); };
    switch (phase) {
      case Phase::GeneratorMain: {
        const LatentBatch batch = latents();
        accumulate(loss_->generatorMain(batch, loss_->drawSwaps(random), schedule, random), share);
        if (people_ && schedule.reconstruction > 0) {
          const auto [from, count] =
              std::pair(static_cast<std::size_t>(first), static_cast<std::size_t>(round));
          accumulate(
              loss_->reconstruction(people_->among(real_part, items.subspan(from, count)), batch, schedule),
              share * schedule.reconstruction);
        }
        break;
      }
      case Phase::GeneratorDensity: {
        const LatentBatch batch = latents();
        accumulate(loss_->generatorDensity(batch, loss_->drawSwaps(random), schedule, random),
                   share * options_.g_reg_interval);
        break;
      }
      case Phase::DiscriminatorMain: {
        const LatentBatch batch = latents();
        at::Tensor w, delta;
        const LossTerm fake =
            loss_->discriminatorFake(batch, loss_->drawSwaps(random), schedule, random, &w, &delta);
        accumulate(fake, share);
        const LossTerm true_one = loss_->discriminatorReal(real_part, schedule, random);
        accumulate(true_one, share);
        stats_.add("Loss/D/loss", fake.stats.at("Loss/D/fake") + true_one.stats.at("Loss/D/real"));
        mean_w = mean_w.defined() ? mean_w + w * share : w * share;
        mean_delta = mean_delta.defined() ? mean_delta + delta * share : delta * share;
        break;
      }
      case Phase::DiscriminatorR1:
        accumulate(loss_->discriminatorR1(real_part, schedule, random), share * options_.d_reg_interval);
        break;
      case Phase::End:
        break;
    }
  }
  averageGradients(gradientsOf(adam.parameters()), communicator_);
  if (mean_w.defined()) {
    const std::vector<at::Tensor> means{mean_w, mean_delta};
    averageGradients(means, communicator_);
    updateAverages(g_->store(), mean_w, mean_delta);
  }
  adam.step();
}

void Trainer::step(const DataBatch& batch, const std::function<void()>& checkpoint) {
  const std::int64_t local = options_.batch / communicator_.size();
  if (batch.size != local) {
    throw Error(fmt::format("a batch of {} pictures was given to a rank that takes {}", batch.size, local));
  }
  if (people_ && batch.items.size() != static_cast<std::size_t>(local)) {
    throw Error("a batch that does not tell its items was given to a trainer that keeps drawing people");
  }
  const RealBatch real = toDevice(batch);
  for (; next_phase_ < static_cast<int>(Phase::End); ++next_phase_) {
    if (isDue(static_cast<Phase>(next_phase_))) {
      clock_.start();
      run(static_cast<Phase>(next_phase_), real, batch.items, checkpoint);
      clock_.stop(fmt::format("Timing/{}", kPhaseNames[next_phase_]), stats_);
    }
  }
  next_phase_ = 0;
  averageInto(g_ema_->store(), g_->store(), emaFactor(options_, images()));
  ++iteration_;
}

NamedTensors Trainer::allTensors() const {
  NamedTensors tensors;
  const auto addStore = [&](const char* prefix, const ParameterStore& store) {
    for (const ParameterStore::Entry& entry : store.entries()) {
      tensors.emplace_back(fmt::format("{}.{}", prefix, entry.name), entry.tensor);
    }
  };
  addStore("G", g_->store());
  addStore("D", d_->store());
  addStore("G_ema", g_ema_->store());
  for (const auto& [prefix, adam] :
       {std::pair("G_adam.", g_adam_.get()), std::pair("D_adam.", d_adam_.get())}) {
    const NamedTensors state = adam->state(prefix);
    tensors.insert(tensors.end(), state.begin(), state.end());
  }
  return tensors;
}

TrainingState Trainer::state() const {
  const nlohmann::json counters{
      {"iteration", iteration_}, {"next_phase", next_phase_}, {"batch", options_.batch}};
  return {allTensors(), counters.dump()};
}

void Trainer::load(const TrainingState& state) {
  state.copyTo(allTensors());
  try {
    const nlohmann::json counters = parseJson(state.text);
    if (counters.at("batch").get<std::int64_t>() != options_.batch) {
      throw CheckpointError(
          fmt::format("the checkpoint was written with --batch {}", counters.at("batch").dump()),
          "continue with the same batch; the number of ranks may differ");
    }
    iteration_ = counters.at("iteration");
    next_phase_ = counters.at("next_phase");
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError("the checkpoint's counters cannot be read", {}, error.what());
  }
}

void Trainer::shareFromFirstRank() {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : allTensors()) {
    tensors.push_back(tensor);
  }
  const at::Tensor counters =
      at::tensor({static_cast<double>(iteration_), static_cast<double>(next_phase_)}, at::kDouble);
  tensors.push_back(counters);
  broadcastParameters(tensors, communicator_);
  iteration_ = static_cast<std::int64_t>(counters[0].item<double>());
  next_phase_ = static_cast<int>(counters[1].item<double>());
}

std::int64_t Trainer::exchangedBytes() const {
  const auto bytes = [](const Adam& adam) {
    std::int64_t sum = 0;
    for (const auto& [name, tensor] : adam.parameters()) {
      sum += tensor.numel() * static_cast<std::int64_t>(sizeof(float));
    }
    return sum;
  };
  return bytes(*g_adam_) + bytes(*d_adam_);
}

}  // namespace panohead
