#include "core/training/training_state.h"

#include "core/base/atomic_file.h"
#include "core/base/crc32c.h"
#include "core/base/error.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <set>

namespace panohead {
namespace {

constexpr const char* kKind = "panohead training state 1";
constexpr const char* kChecksum = "__checksum__";  // the last tensor: CRC-32C of all bytes before it

at::Tensor onHost(const at::Tensor& tensor) { return tensor.detach().cpu().contiguous(); }

std::vector<SafetensorsEntry> entriesOf(const std::filesystem::path& path, const TrainingState& state) {
  std::vector<SafetensorsEntry> entries;
  std::set<std::string> names{kChecksum, "__metadata__"};
  for (const auto& [name, tensor] : state.tensors) {
    if (!names.insert(name).second) {
      throw SaveError(fmt::format("cannot write '{}': the name '{}' is taken", path.string(), name));
    }
    const at::Tensor probe = at::empty({0}, tensor.scalar_type());
    entries.push_back({name, toRecord(name, probe).dtype, tensor.sizes().vec()});
  }
  entries.push_back({kChecksum, DType::U8, {sizeof(std::uint32_t)}});
  return entries;
}

bool hasKind(const SafetensorsContent& content) {
  const auto kind = content.metadata.find("kind");
  return kind != content.metadata.end() && kind->second == kKind;
}

// Whether the structure is that of a state; the checksum is not looked at.
SafetensorsContent readContent(const FileBytes& file) {
  SafetensorsContent content = readSafetensors(file);
  if (!hasKind(content) || content.tensors.empty() || content.tensors.back().name != kChecksum) {
    file.fail("it is no checkpoint of a training run");
  }
  return content;
}

}  // namespace

const at::Tensor& TrainingState::at(const std::string& name) const {
  for (const auto& [key, tensor] : tensors) {
    if (key == name) {
      return tensor;
    }
  }
  throw CheckpointError(fmt::format("the checkpoint has no '{}'", name),
                        "it may be of another version of the program");
}

void TrainingState::copyTo(const std::vector<std::pair<std::string, at::Tensor>>& tensors) const {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor& stored = at(name);
    if (stored.sizes() != tensor.sizes()) {
      throw CheckpointError(fmt::format("the checkpoint's '{}' has another shape than this run's", name),
                            "continue with the options and data that the run was begun with");
    }
    tensor.copy_(stored);
  }
}

std::vector<std::string> damagedTensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  std::vector<std::string> damaged;
  for (const auto& [name, tensor] : tensors) {
    if (!at::isfinite(tensor).all().item<bool>()) {
      damaged.push_back(name);
    }
  }
  return damaged;
}

void writeTrainingState(const std::filesystem::path& path, const TrainingState& state) {
  AtomicFile out(path);
  Crc32c crc;
  const auto write = [&](std::span<const std::byte> bytes) {
    crc.update(bytes);
    out.write(bytes);
  };
  const std::string header =
      safetensorsHeader(path, entriesOf(path, state), {{"kind", kKind}, {"state", state.text}});
  write(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : state.tensors) {
    const at::Tensor host = onHost(tensor);
    write({static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()});
  }
  const std::uint32_t checksum = crc.value();
  out.write(std::as_bytes(std::span(&checksum, 1)));
  out.commit();
}

TrainingState readTrainingState(const std::filesystem::path& path) {
  const MappedFile mapped(path);
  const FileBytes file{path.string(), mapped.bytes()};
  const SafetensorsContent content = readContent(file);
  const std::span<const std::byte> stored = content.tensors.back().storage;
  std::uint32_t checksum = 0;
  if (stored.size() != sizeof checksum) {
    file.fail("its checksum is damaged");
  }
  std::memcpy(&checksum, stored.data(), sizeof checksum);
  if (crc32c(file.bytes.first(file.bytes.size() - sizeof checksum)) != checksum) {
    file.fail("it is damaged: its checksum does not fit");
  }
  TrainingState state;
  const auto text = content.metadata.find("state");
  if (text == content.metadata.end()) {
    file.fail("its state is missing");
  }
  state.text = text->second;
  for (const TensorRecord& record : content.tensors) {
    if (record.name != kChecksum) {
      state.tensors.emplace_back(record.name, toTensor(record, false));
    }
  }
  return state;
}

bool isTrainingState(const std::filesystem::path& path) {
  try {
    const MappedFile mapped(path);
    return hasKind(readSafetensors({path.string(), mapped.bytes()}));
  } catch (const CheckpointError&) {
    return false;
  }
}

}  // namespace panohead
