#include "core/training/people_codes.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <span>
#include <string_view>

namespace panohead {

namespace {

constexpr const char* kPeople = "people";
constexpr const char* kW = "w";

std::vector<std::string> namesIn(const Checkpoint& file) {
  const auto text = file.metadata.find(kPeople);
  try {
    return parseJson(text == file.metadata.end() ? std::string_view() : text->second)
        .get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

}  // namespace

std::filesystem::path codesBeside(const std::filesystem::path& network) {
  constexpr std::string_view kNetwork = "network-snapshot-";
  std::string name = network.filename().string();
  if (name.starts_with(kNetwork)) {
    name.erase(0, kNetwork.size());
  }
  return network.parent_path() / std::filesystem::path("codes-" + name).replace_extension(".safetensors");
}

void writePeopleCodes(const std::filesystem::path& path, const PeopleCodes& codes) {
  const at::Tensor w = codes.w.detach().to(at::kCPU, at::kFloat).contiguous();
  NetworkState content;
  content.tensors.push_back(toRecord(kW, w));
  SilentContext context;
  writeSafetensors(path,
                   std::span(&content, 1),
                   {.metadata = {{kPeople, jsonText(nlohmann::json(codes.names))}}},
                   context);
}

PeopleCodes readPeopleCodes(const std::filesystem::path& path) {
  SilentContext context;
  const Checkpoint file = openCheckpoint(path, context);
  PeopleCodes codes{namesIn(file), {}};
  const TensorRecord* record = file.networks.size() == 1 ? file.networks.front().find(kW) : nullptr;
  if (codes.names.empty() || record == nullptr || record->shape.size() != 2 ||
      record->shape[0] != static_cast<std::int64_t>(codes.names.size())) {
    throw CheckpointError(fmt::format("'{}' holds no codes of people", path.string()),
                          "give the codes-<kimg>.safetensors of a warm-up's run folder");
  }
  codes.w = toTensor(*record);
  if (!at::isfinite(codes.w).all().item<bool>()) {
    throw CheckpointError(fmt::format("'{}' is damaged: a code is not a number", path.string()),
                          "copy it again from the warm-up's run folder");
  }
  return codes;
}

}  // namespace panohead
