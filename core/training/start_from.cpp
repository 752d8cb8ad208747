#include "core/training/start_from.h"

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"
#include "core/training/moving_average.h"
#include "core/training/wake_camera.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace panohead {

namespace {

const NetworkState* findNetwork(const Checkpoint& checkpoint, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    for (const NetworkState& network : checkpoint.networks) {
      if (network.key == key) {
        return &network;
      }
    }
  }
  return nullptr;
}

// Networks live on the device, files on the host: filled there first.
void fill(ParameterStore& store, const NetworkState& network) {
  const at::NoGradGuard no_grad;
  const at::Device device = store.entries().front().tensor.device();
  store.moveTo(at::kCPU);
  loadParameters(store, network);
  store.moveTo(device);
}

std::string startFromRun(Trainer& trainer, const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  const TrainingState state = readTrainingState(file);
  const auto take = [&](const char* key, ParameterStore& store) {
    for (const ParameterStore::Entry& entry : store.entries()) {
      const at::Tensor& stored = state.at(fmt::format("{}.{}", key, entry.name));
      if (stored.sizes() != entry.tensor.sizes()) {
        throw CheckpointError(
            fmt::format("'{}' holds another '{}' than these options make", file.string(), entry.name),
            "give the network options of the run that it comes from");
      }
      entry.tensor.copy_(stored);
    }
  };
  take("G", trainer.generator().store());
  take("G_ema", trainer.average().store());
  take("D", trainer.discriminator().store());
  return "G, G_ema and D of the run's checkpoint";
}

}  // namespace

std::string startFrom(Trainer& trainer, const std::filesystem::path& file, JobContext& context) {
  if (isTrainingState(file)) {
    return startFromRun(trainer, file);
  }
  const Checkpoint checkpoint = openCheckpoint(file, context);
  const NetworkState* g = findNetwork(checkpoint, {"G", "G_ema", ""});
  const NetworkState* average = findNetwork(checkpoint, {"G_ema", "G", ""});
  if (g == nullptr) {
    throw CheckpointError(fmt::format("'{}' holds no generator to start from", file.string()),
                          "give a network snapshot of PanoHead or EG3D, or a checkpoint of another run");
  }
  const auto fillFrom = [&](ParameterStore& store, const NetworkState& network) {
    try {
      fill(store, network);
    } catch (const CheckpointError& error) {
      throw CheckpointError(fmt::format("'{}': {}", file.string(), error.what()),
                            "give the preset and the network options that it was made with (`panohead-studio "
                            "info` tells them), or start from another file",
                            error.detail());
    }
  };
  fillFrom(trainer.generator().store(), *g);
  fillFrom(trainer.average().store(), *average);
  std::string taken = fmt::format("G from {}, G_ema from {}", g->key, average->key);
  const std::vector<std::string> woken = wakeCamera(trainer.generator().store());
  wakeCamera(trainer.average().store());
  if (!woken.empty()) {
    taken += fmt::format(
        " ({} were zero and begin at random: the pictures are the same, and the camera's part "
        "can be learned)",
        fmt::join(woken, ", "));
  }
  const NetworkState* d = findNetwork(checkpoint, {"D"});
  if (d == nullptr) {
    return taken + "; the file has no D, which begins at random";
  }
  fillFrom(trainer.discriminator().store(), *d);
  return taken + ", D";
}

}  // namespace panohead
