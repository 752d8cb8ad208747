#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"
#include "core/training/warmup/directions.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace panohead {

namespace {

constexpr const char* kMetadata = "directions";

TensorRecord recordOf(const std::string& name, const at::Tensor& tensor) {
  TensorRecord record;
  record.name = name;
  record.dtype = DType::F32;
  record.shape = {tensor.numel()};
  record.stride = {1};
  record.storage = {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
  return record;
}

}  // namespace

void writeDirections(const std::filesystem::path& path, const std::vector<Direction>& directions) {
  nlohmann::json list = nlohmann::json::array();
  NetworkState network;
  std::vector<at::Tensor> alive;
  for (const Direction& direction : directions) {
    const DirectionSpec& spec = direction.spec;
    list.push_back({{"name", spec.name},
                    {"label", spec.label},
                    {"low", spec.low},
                    {"high", spec.high},
                    {"explained", direction.explained}});
    for (const auto& [suffix, tensor] :
         {std::pair{".delta", direction.delta}, std::pair{".estimate", direction.estimate}}) {
      alive.push_back(tensor.to(at::kFloat).contiguous());
      network.tensors.push_back(recordOf(spec.name + suffix, alive.back()));
    }
  }
  SafetensorsOptions options;
  options.metadata[kMetadata] = list.dump();
  SilentContext context;
  writeSafetensors(path, std::span(&network, 1), options, context);
}

std::vector<Direction> readDirections(const std::filesystem::path& path) {
  SilentContext context;
  const Checkpoint file = openCheckpoint(path, context);
  const auto text = file.metadata.find(kMetadata);
  const nlohmann::json list =
      text == file.metadata.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
  if (!list.is_array()) {
    throw CheckpointError(fmt::format("{} holds no directions", path.string()),
                          "directions are made with the model by the warm-up stage of train");
  }
  std::vector<Direction> directions;
  for (const nlohmann::json& item : list) {
    Direction direction;
    const auto member = [&](const char* key) {
      return item.is_object() && item.contains(key) && item[key].is_string() ? item[key].get<std::string>()
                                                                             : std::string();
    };
    direction.spec = {member("name"), member("label"), member("low"), member("high"), {}};
    if (item.is_object() && item.contains("explained") && item["explained"].is_number()) {
      direction.explained = item["explained"].get<double>();
    }
    for (const auto& [suffix, tensor] :
         {std::pair{".delta", &direction.delta}, std::pair{".estimate", &direction.estimate}}) {
      const TensorRecord* record = file.networks.front().find(direction.spec.name + suffix);
      if (record == nullptr || record->shape.size() != 1) {
        throw CheckpointError(
            fmt::format("{} has no vector '{}{}'", path.string(), direction.spec.name, suffix));
      }
      *tensor = toTensor(*record);
    }
    directions.push_back(std::move(direction));
  }
  return directions;
}

}  // namespace panohead
