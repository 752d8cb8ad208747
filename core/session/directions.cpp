#include "core/session/directions.h"

#include "core/avatar/factorisation.h"
#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/checkpoint/safetensors.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <system_error>

namespace panohead {
namespace {

constexpr const char* kMetadata = "directions";
constexpr const char* kShippedName = "directions.safetensors";
constexpr int kRandomHeads = 4096;

std::string textOf(const nlohmann::json& item, const char* key, const std::string& otherwise = {}) {
  return item.is_object() && item.contains(key) && item[key].is_string() ? item[key].get<std::string>()
                                                                         : otherwise;
}

int numberOf(const nlohmann::json& item, const char* key, int otherwise) {
  return item.is_object() && item.contains(key) && item[key].is_number_integer() ? item[key].get<int>()
                                                                                 : otherwise;
}

}  // namespace

std::vector<DirectionPtr> readDirectionFile(const std::filesystem::path& path) {
  SilentContext context;
  const Checkpoint file = openCheckpoint(path, context);
  const auto text = file.metadata.find(kMetadata);
  const nlohmann::json list =
      text == file.metadata.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
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
    const TensorRecord* record = file.networks.front().find(direction->name + ".delta");
    if (record == nullptr || record->shape.size() != 1) {
      throw CheckpointError(fmt::format("{} has no vector '{}.delta'", path.string(), direction->name));
    }
    const at::Tensor delta = toTensor(*record).contiguous();
    direction->delta.assign(delta.const_data_ptr<float>(), delta.const_data_ptr<float>() + delta.numel());
    directions.push_back(std::move(direction));
  }
  return directions;
}

void writeDirectionFile(const std::filesystem::path& path, const std::vector<DirectionPtr>& directions) {
  nlohmann::json list = nlohmann::json::array();
  NetworkState network;
  for (const DirectionPtr& direction : directions) {
    list.push_back({{"name", direction->name},
                    {"label", direction->label},
                    {"low", direction->low},
                    {"high", direction->high},
                    {"first_layer", direction->first_layer},
                    {"last_layer", direction->last_layer}});
    TensorRecord record;
    record.name = direction->name + ".delta";
    record.shape = {static_cast<std::int64_t>(direction->delta.size())};
    record.stride = {1};
    record.storage = std::as_bytes(std::span(direction->delta));
    network.tensors.push_back(std::move(record));
  }
  SafetensorsOptions options;
  options.metadata[kMetadata] = list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  SilentContext context;
  writeSafetensors(path, std::span(&network, 1), options, context);
}

std::vector<DirectionPtr> shippedDirections(const Model& model) {
  const std::filesystem::path path = model.info.path.parent_path() / kShippedName;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return {};
  }
  std::vector<DirectionPtr> directions = readDirectionFile(path);
  std::erase_if(directions, [&](const DirectionPtr& direction) {
    return static_cast<int>(direction->delta.size()) != model.info.w_dim;
  });
  return directions;
}

std::vector<DirectionPtr> foundDirections(
    const Model& model, DirectionKind kind, LayerRange layers, int count, JobContext& context) {
  const at::NoGradGuard no_grad;
  context.report({"random heads", 0, 0, {}});
  const at::Tensor w = randomCodes(model.generator, kRandomHeads, 0);
  context.checkpoint();
  context.report({"directions", 0, 0, {}});
  const bool factors = kind == DirectionKind::Factors;
  const at::Tensor rows = factors ? factorise(model.generator, layers.first, layers.last, count, w)
                                  : principalComponents(w, count);
  std::vector<DirectionPtr> directions;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    auto direction = std::make_shared<LatentDirection>();
    const std::string range =
        layers.first == 0 && layers.last < 0
            ? std::string()
            : fmt::format("_{}_{}", layers.first, layers.last < 0 ? "end" : std::to_string(layers.last));
    direction->name = fmt::format("{}{}_{}", factors ? "factor" : "component", range, i + 1);
    direction->label = fmt::format("{} {}", factors ? "Factor" : "Component", i + 1);
    direction->first_layer = layers.first;
    direction->last_layer = layers.last;
    const float* row = rows[i].const_data_ptr<float>();
    direction->delta.assign(row, row + rows.size(1));
    directions.push_back(std::move(direction));
  }
  return directions;
}

std::string fileHash(const std::filesystem::path& path, JobContext& context) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw CheckpointError(fmt::format("'{}' cannot be read", path.string()),
                          "check that the file is there and readable");
  }
  Sha256 hash;
  std::vector<std::byte> block(1 << 20);
  while (file) {
    context.checkpoint();
    file.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(block.size()));
    hash.update(std::span(block.data(), static_cast<std::size_t>(file.gcount())));
  }
  return hash.hex();
}

}  // namespace panohead
