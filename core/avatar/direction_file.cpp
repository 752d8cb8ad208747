#include "core/avatar/direction_file.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace panohead {
namespace {

constexpr const char* kMetadata = "directions";

std::string textOf(const nlohmann::json& item, const char* key, const std::string& otherwise = {}) {
  return item.is_object() && item.contains(key) && item[key].is_string() ? item[key].get<std::string>()
                                                                         : otherwise;
}

int numberOf(const nlohmann::json& item, const char* key, int otherwise) {
  return item.is_object() && item.contains(key) && item[key].is_number_integer() ? item[key].get<int>()
                                                                                 : otherwise;
}

std::vector<float> vectorOf(const TensorRecord& record) {
  const at::Tensor numbers = toTensor(record).contiguous();
  return {numbers.const_data_ptr<float>(), numbers.const_data_ptr<float>() + numbers.numel()};
}

}  // namespace

std::vector<DirectionPtr> readDirectionFile(const std::filesystem::path& path) {
  SilentContext context;
  const Checkpoint file = openCheckpoint(path, context);
  const auto text = file.metadata.find(kMetadata);
  const nlohmann::json list = text == file.metadata.end() ? nlohmann::json() : parseJsonQuietly(text->second);
  if (!list.is_array()) {
    throw CheckpointError(fmt::format("{} holds no directions", path.string()),
                          "choose a file that was saved by the Edit panel, or that came with a model");
  }
  std::vector<DirectionPtr> directions;
  for (const nlohmann::json& item : list) {
    auto direction = std::make_shared<LatentDirection>();
    direction->name = textOf(item, "name");
    direction->label = textOf(item, "label", direction->name);
    direction->low = textOf(item, "low");
    direction->high = textOf(item, "high");
    direction->first_layer = std::max(0, numberOf(item, "first_layer", 0));
    direction->last_layer = numberOf(item, "last_layer", -1);
    direction->explained = item.is_object() && item.contains("explained") && item["explained"].is_number()
                               ? item["explained"].get<double>()
                               : 0;
    const TensorRecord* delta = file.networks.front().find(direction->name + ".delta");
    if (delta == nullptr || delta->shape.size() != 1) {
      throw CheckpointError(fmt::format("{} has no vector '{}.delta'", path.string(), direction->name),
                            "make the file anew: with the model, or by Keep in the Edit panel");
    }
    direction->delta = vectorOf(*delta);
    const TensorRecord* estimate = file.networks.front().find(direction->name + ".estimate");
    if (estimate != nullptr && estimate->shape.size() == 1) {
      direction->estimate = vectorOf(*estimate);
    }
    directions.push_back(std::move(direction));
  }
  return directions;
}

void writeDirectionFile(const std::filesystem::path& path, const std::vector<DirectionPtr>& directions) {
  nlohmann::json list = nlohmann::json::array();
  NetworkState network;
  const auto add = [&network](const std::string& name, const std::vector<float>& numbers) {
    TensorRecord record;
    record.name = name;
    record.shape = {static_cast<std::int64_t>(numbers.size())};
    record.stride = {1};
    record.storage = std::as_bytes(std::span(numbers));
    network.tensors.push_back(std::move(record));
  };
  for (const DirectionPtr& direction : directions) {
    list.push_back({{"name", direction->name},
                    {"label", direction->label},
                    {"low", direction->low},
                    {"high", direction->high},
                    {"explained", direction->explained},
                    {"first_layer", direction->first_layer},
                    {"last_layer", direction->last_layer}});
    add(direction->name + ".delta", direction->delta);
    if (!direction->estimate.empty()) {
      add(direction->name + ".estimate", direction->estimate);
    }
  }
  SafetensorsOptions options;
  options.metadata[kMetadata] = jsonText(list);
  SilentContext context;
  writeSafetensors(path, std::span(&network, 1), options, context);
}

}  // namespace panohead
