#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/printable_text.h"
#include "core/checkpoint/half.h"
#include "core/checkpoint/passport.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/safetensors_dtype.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

namespace panohead {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kChunkElements = std::int64_t{1} << 17;

// One tensor to be written: where it comes from and how it is stored.
struct OutputTensor {
  std::string name;
  const TensorRecord* record = nullptr;
  DType dtype = DType::F32;
};

// Visits the elements in row-major order, a chunk at a time.
template <typename Visit>
void forEachChunk(const TensorRecord& record, JobContext& context, Visit visit) {
  const std::int64_t total = record.elementCount();
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min(total, kChunkElements)) *
                               itemSize(record.dtype));
  for (std::int64_t first = 0; first < total; first += kChunkElements) {
    context.checkpoint();
    const std::int64_t count = std::min(kChunkElements, total - first);
    copyElements(record, first, count, chunk.data());
    visit(std::span(chunk).first(static_cast<std::size_t>(count) * itemSize(record.dtype)));
  }
}

float floatAt(std::span<const std::byte> bytes, std::size_t index) {
  float value = 0;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

bool fitsHalf(const TensorRecord& record, JobContext& context) {
  bool fits = true;
  forEachChunk(record, context, [&](std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
      fits = fits && !(std::abs(floatAt(bytes, i)) > kMaxHalf);
    }
  });
  return fits;
}

void writeTensor(AtomicFile& out, const OutputTensor& tensor, JobContext& context) {
  const bool to_half = tensor.dtype != tensor.record->dtype;
  std::vector<std::uint16_t> halves;
  forEachChunk(*tensor.record, context, [&](std::span<const std::byte> bytes) {
    if (to_half) {
      halves.resize(bytes.size() / sizeof(float));
      for (std::size_t i = 0; i < halves.size(); ++i) {
        halves[i] = halfFromFloat(floatAt(bytes, i));
      }
      bytes = std::as_bytes(std::span(halves));
    }
    out.write(bytes);
  });
}

[[noreturn]] void throwTooLong(const std::filesystem::path& path, const std::string& what, std::size_t most) {
  throw SaveError(
      fmt::format("cannot write '{}': {} would have more than {} bytes of text", path.string(), what, most),
      "The model says more about itself than files of this kind can.");
}

[[noreturn]] void throwBadName(const std::filesystem::path& path, const std::string& name) {
  throw SaveError(
      fmt::format(
          "cannot write '{}': the name '{}' does not fit the safetensors format", path.string(), name),
      "Rename it in the program that made the model.");
}

std::vector<OutputTensor> planTensors(const std::filesystem::path& path,
                                      std::span<const NetworkState> networks,
                                      bool half,
                                      JobContext& context) {
  std::vector<OutputTensor> plan;
  std::set<std::string> names;
  for (const NetworkState& network : networks) {
    if (networks.size() > 1 &&
        (network.key.empty() || network.key.find_first_of(",.") != std::string::npos)) {
      throwBadName(path, network.key);
    }
    for (const TensorRecord& record : network.tensors) {
      std::string name = networks.size() > 1 ? network.key + "." + record.name : record.name;
      if (name == "__metadata__" || !names.insert(name).second) {
        throwBadName(path, name);
      }
      const bool as_half = half && record.dtype == DType::F32 && fitsHalf(record, context);
      plan.push_back({std::move(name), &record, as_half ? DType::F16 : record.dtype});
    }
  }
  return plan;
}

std::map<std::string, std::string> metadataOf(std::span<const NetworkState> networks,
                                              const SafetensorsOptions& options) {
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : options.metadata) {
    if (!key.starts_with("config") && !key.starts_with("class_name") && !key.starts_with("network")) {
      metadata[key] = value;
    }
  }
  metadata["format"] = "pt";
  if (networks.size() == 1) {
    metadata["network"] = networks[0].key;
    metadata["class_name"] = networks[0].class_name;
    metadata["config"] = networks[0].config;
    return metadata;
  }
  std::string keys;
  for (const NetworkState& network : networks) {
    keys += (keys.empty() ? "" : ",") + network.key;
    metadata["class_name." + network.key] = network.class_name;
    metadata["config." + network.key] = network.config;
  }
  metadata["networks"] = keys;
  return metadata;
}

/// What the reader would refuse is not written.
void checkLengths(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, text] : metadata) {
    if ((key.starts_with("config") || key == "training_set") && text.size() > kMaxConfigBytes) {
      throwTooLong(path, "'" + key + "'", kMaxConfigBytes);
    }
  }
}

std::vector<SafetensorsEntry> entriesOf(const std::vector<OutputTensor>& plan) {
  std::vector<SafetensorsEntry> entries;
  for (const OutputTensor& tensor : plan) {
    entries.push_back({tensor.name, tensor.dtype, tensor.record->shape});
  }
  return entries;
}

}  // namespace

std::string safetensorsHeader(const std::filesystem::path& path,
                              std::span<const SafetensorsEntry> entries,
                              const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const SafetensorsEntry& entry : entries) {
    const auto count = static_cast<std::uint64_t>(checkedElementCount(entry.shape).value_or(0));
    const std::uint64_t end = offset + count * itemSize(entry.dtype);
    header[entry.name] = {{"dtype", kSafetensorsDTypes[static_cast<std::size_t>(entry.dtype)]},
                          {"shape", entry.shape},
                          {"data_offsets", {offset, end}}};
    offset = end;
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMaxHeaderBytes) {
      throwTooLong(path, "its header", kMaxHeaderBytes);
    }
    const std::uint64_t bytes = text.size();
    text.insert(0, reinterpret_cast<const char*>(&bytes), sizeof bytes);
    return text;
  } catch (const Json::exception& error) {  // a name that is not UTF-8
    throw SaveError(fmt::format("cannot write '{}': a name in the model is not valid text", path.string()),
                    "Rename it in the program that made the model.",
                    error.what());
  }
}

std::map<std::string, std::string> provenanceOf(const Checkpoint& source, JobContext& context) {
  std::map<std::string, std::string> metadata = source.metadata;
  metadata.erase("source");  // of what the source was made from
  if (const std::string name = source.path.filename().string(); isUtf8(name)) {
    metadata["source"] = name;  // others have no place in JSON: the hash says enough
  }
  metadata["source_sha256"] = hashOf(source, context);
  if (source.training_set != "{}") {
    metadata["training_set"] = source.training_set;
  }
  return metadata;
}

void writeSafetensors(const std::filesystem::path& path,
                      std::span<const NetworkState> networks,
                      const SafetensorsOptions& options,
                      JobContext& context) {
  AtomicFile out(path);  // first: an unwritable place is told before the work is done
  const std::vector<OutputTensor> plan = planTensors(path, networks, options.half, context);
  const std::map<std::string, std::string> metadata = metadataOf(networks, options);
  checkLengths(path, metadata);
  const std::string header = safetensorsHeader(path, entriesOf(plan), metadata);
  out.write(std::as_bytes(std::span(header)));
  for (std::size_t i = 0; i < plan.size(); ++i) {
    context.report(
        {"writing tensors", static_cast<std::int64_t>(i), static_cast<std::int64_t>(plan.size()), {}});
    writeTensor(out, plan[i], context);
  }
  out.commit();
}

}  // namespace panohead
