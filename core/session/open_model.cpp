#include "core/base/error.h"
#include "core/base/system_memory.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/pose_offset.h"
#include "core/generator/load_generator.h"
#include "core/session/device_check.h"
#include "core/session/model.h"
#include "core/session/model_device.h"
#include "core/session/other_kinds.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <optional>

namespace panohead {

namespace {

// Said before anything is allocated: the system's own way is to end the program.
void requireMemory(const std::filesystem::path& path, const NetworkState& network) {
  constexpr double kFrame = 0.3e9;  // bytes that drawing needs beside the weights, at least
  std::int64_t numbers = 0;
  for (const TensorRecord& tensor : network.tensors) {
    numbers += tensor.elementCount();
  }
  const double needed = static_cast<double>(numbers) * bytesOfWeight() + kFrame;
  const auto available = static_cast<double>(availableMemory());
  if (available > 0 && needed > available) {
    throw DeviceError(fmt::format("'{}' needs {:.1f} GB of memory, and {:.1f} GB are left",
                                  path.string(),
                                  needed / 1e9,
                                  available / 1e9),
                      "close other programs, or open it on a machine with more memory");
  }
}

DeviceError cannotUse(const std::string& reason) {
  return DeviceError("--device cuda: " + reason, "leave --device out, or choose --device cpu");
}

ModelPtr loadedModel(const std::filesystem::path& path,
                     DeviceChoice choice,
                     const DrawDevice& device,
                     JobContext& context) {
  const at::NoGradGuard no_grad;
  std::optional<Checkpoint> checkpoint = openCheckpoint(path, context);
  context.checkpoint();
  context.report({"loading weights", 0, 0, {}});
  const NetworkState& network = checkpoint->network();
  try {
    requireMemory(path, network);
    std::vector<std::string> unused;
    Generator generator = loadGenerator(network, &unused);
    const GeneratorConfig& config = generator.config();
    ModelInfo info{
        .name = path.stem() == "model" ? path.parent_path().filename().string() : path.stem().string(),
        .path = path,
        .network = network.key,
        .image_resolution = static_cast<int>(config.img_resolution),
        .neural_resolution = static_cast<int>(config.neural_resolution),
        .z_dim = static_cast<int>(config.z_dim),
        .w_dim = static_cast<int>(config.w_dim),
        .num_ws = static_cast<int>(generator.numWs()),
        .coarse_samples = config.volume.coarse_samples,
        .fine_samples = config.volume.fine_samples,
        .has_background = config.background,
        .has_camera_adjustment = config.camera_adjustment,
        .parameters = generator.store().parameterCount(),
        .pose_offset_pitch = poseOffsetPitch(*checkpoint, network),
        .unused_tensors = std::move(unused)};
    checkpoint.reset();  // its pages are not needed while weights are packed, which takes as many again
    auto chosen = std::make_shared<const ModelDevice>(choice, device, generator);
    return std::make_shared<const Model>(
        std::move(info), std::move(generator), [&context] { context.checkpoint(); }, std::move(chosen));
  } catch (const CheckpointError& error) {
    refuseOtherKinds(path);  // they hold no network that could be named
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.what()), error.hint(), error.detail());
  }
}

/// What a device says while it is tried is told once, at the end.
class TrialContext final : public JobContext {
 public:
  explicit TrialContext(JobContext& outer) : outer_(outer) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override { outer_.checkpoint(); }
  std::stop_token stopToken() const override { return outer_.stopToken(); }

 private:
  JobContext& outer_;
};

void tryDevice(const ModelPtr& model, const DrawDevice& device, JobContext& context) {
  context.report({"checking the GPU", 0, 0, {}});
  TrialContext trial(context);
  if (const std::string wrong = whyNotAsSpecified(model, trial); !wrong.empty()) {
    model->device->refuse(fmt::format("{} is not used: {}", device.name(), wrong));
  }
}

}  // namespace

ModelPtr openModel(const std::filesystem::path& path, JobContext& context, DeviceChoice device) {
  return openModelOn(path, device, cudaDevice(), context);
}

ModelPtr openModelOn(const std::filesystem::path& path,
                     DeviceChoice choice,
                     const DrawDevice& device,
                     JobContext& context) {
  const bool insists = choice == DeviceChoice::Cuda;
  if (const std::string reason = insists ? device.unavailable() : std::string(); !reason.empty()) {
    throw cannotUse(reason);  // before the file is read
  }
  const ModelPtr model = loadedModel(path, choice, device, context);
  if (model->device->draws()) {
    tryDevice(model, device, context);
  }
  const DrawnBy found = drawnBy(*model);
  if (insists && !found.gpu) {
    throw cannotUse(found.reason);
  }
  if (found.failed) {
    context.notice(found.reason + "; the processor draws");
  }
  return model;
}

}  // namespace panohead
