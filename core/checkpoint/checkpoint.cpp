#include "core/checkpoint/checkpoint.h"

#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/torch_pickle.h"
#include "core/checkpoint/torch_storage.h"
#include "core/checkpoint/torch_zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace panohead {
namespace {

/// A header's length that fits into the file, then the header. Looked at before pickles: the length's first
/// byte may be the one that they begin with, but what they go on with would be the length of no file.
bool isSafetensors(std::string_view text) {
  if (text.size() <= 8 || text[8] != '{') {
    return false;
  }
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(text[i]);
  }
  return length <= text.size() - 8;
}

CheckpointFormat detectFormat(const FileBytes& file) {
  const std::string_view text = asText(file.bytes);
  if (isSafetensors(text)) {
    return CheckpointFormat::Safetensors;
  }
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) {
    return CheckpointFormat::TorchZip;
  }
  if (isTorchContainer(file.bytes)) {
    return CheckpointFormat::TorchLegacy;
  }
  if (text.starts_with('\x80')) {
    return CheckpointFormat::Pickle;
  }
  if ((text.size() > 8 && text[8] == '{') || file.name.ends_with(".safetensors")) {
    return CheckpointFormat::Safetensors;
  }
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  throw CheckpointError(
      fmt::format("'{}' is no model file", file.name),
      text.substr(first).starts_with('<')
          ? "It looks like a web page: the download needs a login or another address."
          : "Give a network snapshot (.pkl), a torch file (.pt, .pth) or a .safetensors model.",
      "at byte 0: expected a pickle of protocol 2 to 5, a zip archive or a safetensors header");
}

}  // namespace

const char* formatName(CheckpointFormat format) noexcept {
  switch (format) {
    case CheckpointFormat::Pickle:
      return "pickle";
    case CheckpointFormat::TorchZip:
      return "torch zip";
    case CheckpointFormat::TorchLegacy:
      return "torch (before zip)";
    case CheckpointFormat::Safetensors:
      return "safetensors";
  }
  return "";
}

const TensorRecord* NetworkState::find(const std::string& name) const noexcept {
  const auto found = std::ranges::find(tensors, name, &TensorRecord::name);
  return found == tensors.end() ? nullptr : &*found;
}

const NetworkState& Checkpoint::network(const std::string& key) const {
  const auto named = [&](const std::string& wanted) {
    return std::ranges::find(networks, wanted, &NetworkState::key);
  };
  for (const std::string& wanted : key.empty() ? std::vector<std::string>{"G_ema", "G"} : std::vector{key}) {
    if (const auto found = named(wanted); found != networks.end()) {
      return *found;
    }
  }
  if (key.empty() && networks.size() == 1) {
    return networks[0];
  }
  std::string present;
  for (const NetworkState& network : networks) {
    present += fmt::format(
        "{}{}", present.empty() ? "" : ", ", network.key.empty() ? "one without a name" : network.key);
  }
  throw CheckpointError(key.empty() ? fmt::format("'{}' holds no generator", path.string())
                                    : fmt::format("'{}' holds no network named '{}'", path.string(), key),
                        fmt::format("It holds: {}.", present.empty() ? "no network" : present));
}

Checkpoint readCheckpoint(const FileBytes& file, JobContext& context) {
  context.checkpoint();
  context.report({"reading " + std::filesystem::path(file.name).filename().string(), 0, 0, {}});
  Checkpoint checkpoint;
  checkpoint.path = file.name;
  checkpoint.bytes = file.bytes;
  checkpoint.format = detectFormat(file);
  switch (checkpoint.format) {
    case CheckpointFormat::Pickle:
      readPickleCheckpoint(file, context, checkpoint);
      break;
    case CheckpointFormat::TorchZip:
      readTorchZipCheckpoint(file, context, checkpoint);
      break;
    case CheckpointFormat::TorchLegacy:
      readLegacyTorchCheckpoint(file, context, checkpoint);
      break;
    case CheckpointFormat::Safetensors:
      readSafetensorsCheckpoint(file, checkpoint);
      break;
  }
  return checkpoint;
}

Checkpoint openCheckpoint(const std::filesystem::path& path, JobContext& context) {
  const auto mapping = std::make_shared<const MappedFile>(path);
  Checkpoint checkpoint = readCheckpoint({path.string(), mapping->bytes()}, context);
  checkpoint.backing.push_back(mapping);
  return checkpoint;
}

}  // namespace panohead
