// Developer's driver of the warm-up stage: trains from a model file on the heads-256 zips, writes state and
// models into a folder. `train --warmup` does the same inside a run folder.
#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"
#include "core/training/metrics/measure.h"
#include "core/training/warmup/harder_surfaces.h"
#include "core/training/warmup/held_out.h"
#include "core/training/warmup/warmup_model.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <random>

namespace panohead {

namespace {

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i + 1 < argc; i += 2) {
      values_[argv[i] + 2] = argv[i + 1];
    }
  }
  std::string text(const std::string& name, const std::string& otherwise = {}) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  double number(const std::string& name, double otherwise) const {
    const std::string value = text(name);
    return value.empty() ? otherwise : std::stod(value);
  }

 private:
  std::map<std::string, std::string> values_;
};

constexpr std::int64_t kPictureMegabytes = 4096;

PeoplePictures openZips(const std::string& images, const std::string& masks) {
  DatasetOptions options;
  options.data = images;
  options.masks = masks;
  SilentContext context;
  return peopleOf(std::make_shared<const Dataset>(options, context));
}

TensorRecord recordOf(const std::string& name, const at::Tensor& tensor) {
  TensorRecord record;
  record.name = name;
  record.dtype = tensor.scalar_type() == at::kLong ? DType::I64 : DType::F32;
  record.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
  record.stride = contiguousStride(record.shape);
  record.storage = {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
  return record;
}

void save(const Warmup& warmup, const std::filesystem::path& path) {
  NetworkState network;
  std::vector<at::Tensor> keep;
  for (const auto& [name, tensor] : warmup.state()) {
    keep.push_back(tensor.contiguous());
    network.tensors.push_back(recordOf(name, keep.back()));
  }
  SilentContext context;
  writeSafetensors(path, std::span(&network, 1), {}, context);
}

bool restore(Warmup& warmup, const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    return false;
  }
  SilentContext context;
  const Checkpoint checkpoint = openCheckpoint(path, context);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : warmup.state()) {
    const TensorRecord* record = checkpoint.networks.front().find(name);
    if (record == nullptr) {
      fmt::print("not in the state: {}\n", name);
      continue;
    }
    tensor.copy_(toTensor(*record, false));
  }
  return true;
}

/// A copy of a model file whose surfaces are harder; all else stays as it is.
int harden(const Arguments& arguments) {
  SilentContext context;
  Checkpoint checkpoint = openCheckpoint(arguments.text("model"), context);
  NetworkState network = checkpoint.network();
  Generator generator = loadGenerator(network);
  const HarderSurfacesOptions options{.gain = arguments.number("gain", HarderSurfacesOptions{}.gain),
                                      .level = arguments.number("level", HarderSurfacesOptions{}.level)};
  hardenSurfaces(generator, options);
  for (TensorRecord& record : network.tensors) {
    if (record.name.starts_with("decoder.net.2.")) {
      record = recordOf(record.name, generator.store().at(record.name));
    }
  }
  SafetensorsOptions format{.half = true, .metadata = checkpoint.metadata};
  format.metadata["surfaces_hardened"] = fmt::format("{} about {}", options.gain, options.level);
  writeSafetensors(arguments.text("out"), std::span(&network, 1), format, context);
  return 0;
}

int measure(const Generator& generator, PictureBank& bank, Warmup* warmup, const Arguments& arguments) {
  HeldOutOptions options;
  options.quick = arguments.number("quick", 1) != 0;
  options.steps = static_cast<int>(arguments.number("fit_steps", options.steps));
  options.pull = arguments.number("pull", options.pull);
  const auto all = static_cast<std::int64_t>(bank.people().names.size());
  const std::int64_t head = generator.config().w_dim - 64;
  const at::Tensor middle = generator.store().at("backbone.mapping.w_avg").unsqueeze(0);
  const auto start = [&](std::int64_t person) {
    return warmup != nullptr ? warmup->averageCodes()(at::tensor({person}, at::kLong)) : middle;
  };
  const HeldOutResult r =
      measureHeldOut(generator,
                     bank,
                     chooseHeldOut(all, 50, static_cast<int>(arguments.number("people", 8))),
                     start,
                     head,
                     options);
  fmt::print(
      "{} held-out people: start {:.2f} dB, fitted {:.2f}, unseen {:.2f}; detail share {:.4f} of {:.4f} "
      "({:.3f})\n",
      r.people,
      r.start_psnr,
      r.fitted_psnr,
      r.unseen_psnr,
      r.detail_share,
      r.real_detail_share,
      r.detail_share / r.real_detail_share);
  // The same people in every model: what single heads of seeds would mix with how different they are.
  SilentContext context;
  const MetricsReport heads = measureHeads(generator,
                                           {},
                                           {"view_consistency", "mirrored_face"},
                                           nullptr,
                                           context,
                                           r.w.unsqueeze(1).expand({-1, generator.numWs(), -1}).contiguous());
  for (const MetricValue& value : heads.values) {
    fmt::print("{:32} {:.5f} +- {:.5f} {}\n", value.key, value.value, value.error, value.unit);
  }
  return 0;
}

int run(const std::string& command, const Arguments& arguments) {
  SilentContext context;
  const Checkpoint checkpoint = openCheckpoint(arguments.text("model"), context);
  Generator generator = loadGenerator(checkpoint.network());
  PeoplePictures people = openZips(arguments.text("img"), arguments.text("seg"));
  std::optional<AttributeTable> attributes;
  if (const std::string path = arguments.text("attributes"); !path.empty()) {
    attributes = readAttributes(path, people.names);
    fmt::print("{} attributes of {} people\n", attributes->columns(), attributes->people);
  }
  WarmupOptions o;
  o.steps = static_cast<std::int64_t>(arguments.number("steps", 10000));
  o.code_steps = static_cast<std::int64_t>(arguments.number("code_steps", 0));
  o.refine_from = static_cast<std::int64_t>(arguments.number("refine_from", -1));
  o.high_from = static_cast<std::int64_t>(arguments.number("high_from", 0));
  o.texture_from = static_cast<std::int64_t>(arguments.number("texture_from", -1));
  o.heads = static_cast<std::int64_t>(arguments.number("heads", 2));
  o.patch.views = static_cast<int>(arguments.number("views", 2));
  o.patch.patch = static_cast<int>(arguments.number("patch", 32));
  o.samples = static_cast<int>(arguments.number("samples", 12));
  o.rate = arguments.number("rate", o.rate);
  o.code_rate = arguments.number("code_rate", o.code_rate);
  o.free_rate = arguments.number("free_rate", o.free_rate);
  o.texture_weight = arguments.number("texture_weight", o.texture_weight);
  o.quick = arguments.number("quick", 1) != 0;
  PictureBank bank(std::move(people), 64, kPictureMegabytes);
  if (command == "measure") {
    return measure(generator, bank, nullptr, arguments);
  }
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  Warmup warmup(generator, bank, attributes ? &*attributes : nullptr, o, *alone);
  const std::filesystem::path out = arguments.text("out");
  std::filesystem::create_directories(out);
  if (restore(warmup, out / "state.safetensors")) {
    fmt::print("resumed at step {}\n", warmup.stepsDone());
  }
  if (command == "measure-codes") {
    return measure(warmup.average(), bank, &warmup, arguments);
  }
  if (command == "finish") {
    const WarmupModel report = finishWarmup(warmup, attributes ? &*attributes : nullptr, {}, {});
    const MappingReport& m = report.mapping;
    fmt::print(
        "{} classes, {} noise dims hold {:.4f}; variance within {:.2f} between {:.2f}; class entry {}\n",
        m.classes,
        m.noise_dims,
        m.variance_kept,
        m.variance_within,
        m.variance_between,
        m.class_entry);
    for (const Direction& d : report.directions) {
      fmt::print(
          "{:20} explained {:.3f} length {:.3f}\n", d.spec.name, d.explained, d.delta.norm().item<double>());
    }
    writeModel(out / "model.safetensors",
               report.generator,
               bank.people().labels,
               {{"licence", "CC0-1.0"}, {"warmup_steps", std::to_string(warmup.stepsDone())}},
               context);
    writeDirectionFile(out / "directions.safetensors", latentDirections(report.directions));
    return 0;
  }
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  auto last = start, saved = start;
  const auto seconds = [](auto a, auto b) { return std::chrono::duration<double>(b - a).count(); };
  std::map<std::string, double> sums;
  std::int64_t count = 0;
  const auto until = static_cast<std::int64_t>(arguments.number("until", 1e9));
  const auto every = static_cast<std::int64_t>(arguments.number("log", 50));
  while (!warmup.finished() && warmup.stepsDone() < until) {
    for (const auto& [name, value] : warmup.step()) {
      sums[name] += value;
    }
    ++count;
    const auto now = Clock::now();
    if (warmup.stepsDone() % every == 0) {
      fmt::print("{} {:.1f} min {:.3f} s/step",
                 warmup.stepsDone(),
                 seconds(start, now) / 60,
                 seconds(last, now) / static_cast<double>(count));
      for (const auto& [name, value] : sums) {
        fmt::print(" {} {:.4g}", name.substr(name.rfind('/') + 1), value / static_cast<double>(count));
      }
      fmt::print("\n");
      std::fflush(stdout);
      sums.clear();
      count = 0;
      last = now;
    }
    if (seconds(saved, now) > 240) {
      save(warmup, out / "state.safetensors");
      saved = now;
    }
  }
  save(warmup, out / "state.safetensors");
  return 0;
}

}  // namespace
}  // namespace panohead

int main(int argc, char** argv) {
  try {
    if (argc < 2) {
      fmt::print(
          "warmup_run train|measure|measure-codes|finish --model F --img F --seg F --attributes F --out DIR "
          "...\nwarmup_run harden --model F --out F --gain 1.3 --level 20\n");
      return 2;
    }
    if (std::string_view(argv[1]) == "harden") {
      return panohead::harden(panohead::Arguments(argc, argv));
    }
    return panohead::run(argv[1], panohead::Arguments(argc, argv));
  } catch (const panohead::Error& error) {
    fmt::print(stderr, "{}\n{}\n{}\n", error.what(), error.hint(), error.detail());
    return 1;
  }
}
