#include "core/session/avatar_session.h"

#include "core/avatar/avatar_file.h"
#include "core/avatar/weight_delta.h"
#include "core/base/error.h"
#include "core/base/system_memory.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/passport.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead {
namespace {

constexpr std::size_t kKept = 2;  // tuned models that no head holds

// Said before anything is allocated, as openModel() does.
void requireMemory(const std::vector<std::pair<std::string, at::Tensor>>& tuned) {
  double needed = 0;
  for (const auto& [name, tensor] : tuned) {
    needed += static_cast<double>(tensor.numel()) * bytesOfWeight();
  }
  const auto available = static_cast<double>(availableMemory());
  if (available > 0 && needed > available) {
    throw DeviceError(fmt::format("an avatar needs {:.1f} GB of memory for its tuned weights, and {:.1f} GB "
                                  "are left",
                                  needed / 1e9,
                                  available / 1e9),
                      "close other programs");
  }
}

ModelPtr tuned(const Model& model, const std::vector<AvatarShare>& avatars, JobContext& context) {
  std::vector<std::pair<const CompactDelta*, double>> deltas;
  std::vector<std::pair<std::string, at::Tensor>> shapes;  // the model's own, for their sizes
  for (const auto& [avatar, weight] : avatars) {
    deltas.emplace_back(&avatar->delta, weight);
    for (const DeltaPart& part : avatar->delta.parts) {
      if (model.generator.store().has(part.name) &&
          std::ranges::find(shapes, part.name, &std::pair<std::string, at::Tensor>::first) == shapes.end()) {
        shapes.emplace_back(part.name, model.generator.store().at(part.name));
      }
    }
  }
  requireMemory(shapes);
  const auto checkpoint = [&context] { context.checkpoint(); };
  checkpoint();
  Generator generator =
      model.generator.withParameters(tunedParameters(model.generator.store(), deltas, checkpoint));
  checkpoint();
  std::shared_ptr<const ModelDevice> device = model.device->with(generator, context);
  return std::make_shared<const Model>(model.info, std::move(generator), checkpoint, std::move(device));
}

}  // namespace

std::string modelSha256(const Model& model, JobContext& context) {
  const std::lock_guard lock(model.memory->mutex);
  if (model.memory->sha256.empty() && !model.info.path.empty()) {
    model.memory->sha256 = hashOf(openCheckpoint(model.info.path, context), context);
  }
  return model.memory->sha256;
}

ModelPtr tunedModel(const ModelPtr& model, const std::vector<AvatarShare>& avatars, JobContext& context) {
  if (avatars.empty()) {
    return model;
  }
  const std::string sha256 = modelSha256(*model, context);
  for (const AvatarShare& share : avatars) {
    requireModelOf(*share.avatar, model->info.name, sha256);
  }
  std::vector<AvatarShare> changing = avatars;
  std::erase_if(changing,
                [](const AvatarShare& share) { return share.avatar->delta.empty() || share.weight == 0; });
  if (changing.empty()) {
    return model;
  }
  const auto find = [&](Model::Memory& memory) -> ModelPtr {
    const auto found = std::ranges::find(memory.tuned, changing, &Model::Memory::Tuned::avatars);
    if (found == memory.tuned.end()) {
      return nullptr;
    }
    memory.tuned.splice(memory.tuned.begin(), memory.tuned, found);
    return found->networks;
  };
  Model::Memory& memory = *model->memory;
  {
    const std::lock_guard lock(memory.mutex);
    if (ModelPtr kept = find(memory)) {
      return kept;
    }
  }
  ModelPtr made = tuned(*model, changing, context);
  const std::lock_guard lock(memory.mutex);
  memory.tuned.push_front({std::move(changing), made});
  memory.tuned.resize(std::min(memory.tuned.size(), kKept));
  return made;
}

}  // namespace panohead
