#include "core/checkpoint/checkpoint.h"

#include "core/base/error.h"
#include "core/base/printable_text.h"
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

/// Strides of 0 let a few bytes stand for any number of elements, in every tensor anew: real files repeat
/// little, however small they are.
void checkExpansion(const FileBytes& file, const Checkpoint& checkpoint) {
  constexpr std::uint64_t kSpare = std::uint64_t{1}
                                   << 25;  // elements: two of the largest that a tensor may expand to
  const std::uint64_t most = file.bytes.size() + kSpare;
  std::uint64_t elements = 0;
  for (const NetworkState& network : checkpoint.networks) {
    for (const TensorRecord& tensor : network.tensors) {
      elements += static_cast<std::uint64_t>(tensor.elementCount());
      if (elements > most) {  // before another is added: no sum overflows
        file.fail(fmt::format(
            "its tensors have more than {} elements in a file of {} bytes", most, file.bytes.size()));
      }
    }
  }
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
  throw CheckpointError(
      key.empty() ? fmt::format("'{}' holds no generator", path.string())
                  : fmt::format("'{}' holds no network named '{}'", path.string(), key),
      fmt::format("It holds: {}.", present.empty() ? "no network" : shortened(printable(present), 500)));
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
  checkExpansion(file, checkpoint);
  return checkpoint;
}

Checkpoint openCheckpoint(const std::filesystem::path& path, JobContext& context) {
  const auto mapping = std::make_shared<const MappedFile>(path);
  Checkpoint checkpoint = readCheckpoint({path.string(), mapping->bytes()}, context);
  checkpoint.backing.push_back(mapping);
  return checkpoint;
}

}  // namespace panohead
