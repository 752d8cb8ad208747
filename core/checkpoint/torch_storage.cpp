#include "core/checkpoint/torch_storage.h"

#include "core/base/error.h"
#include "core/checkpoint/pickle_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace panohead {
namespace {

struct StorageClass {
  std::string_view name;
  DType dtype;
};
constexpr std::array<StorageClass, 10> kStorageClasses{{{"FloatStorage", DType::F32},
                                                        {"DoubleStorage", DType::F64},
                                                        {"HalfStorage", DType::F16},
                                                        {"BFloat16Storage", DType::BF16},
                                                        {"LongStorage", DType::I64},
                                                        {"IntStorage", DType::I32},
                                                        {"ShortStorage", DType::I16},
                                                        {"CharStorage", DType::I8},
                                                        {"ByteStorage", DType::U8},
                                                        {"BoolStorage", DType::Bool}}};

// Pickle of the integer 0x1950a86a20f9469cfc6c, with which every container begins.
constexpr std::array<unsigned char, 15> kMagic{
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::size_t kMaxKeyLength = 256;
constexpr std::int64_t kVersion = 1001;

std::optional<std::int64_t> integer(const PickleDocument& document, PickleId id) {
  const PickleNode& node = document[id];
  return node.kind == PickleKind::Int ? std::optional(node.number) : std::nullopt;
}

void readPreamble(const FileBytes& file, ByteReader& reader) {
  if (!isTorchContainer(reader.rest())) {
    reader.fail("the magic number of a torch container");
  }
  reader.take(kMagic.size(), "the magic number");
  const PickleDocument version = readPickle(reader);
  if (integer(version, version.root) != kVersion) {
    reader.fail(fmt::format("version {} of the torch container", kVersion));
  }
  const PickleDocument system = readPickle(reader);
  const auto little_endian = system.lookup(system.root, "little_endian");
  if (!little_endian || system[*little_endian].kind != PickleKind::Bool) {
    reader.fail("the byte order of the torch container");
  }
  if (system[*little_endian].number == 0) {
    throw CheckpointError(fmt::format("'{}' holds big-endian numbers", file.name),
                          "Load and save it once with torch on an ordinary (little-endian) machine.");
  }
}

}  // namespace

TorchStorageId readTorchStorageId(const FileBytes& file, const PickleDocument& document, PickleId node) {
  const auto fields = document[node].kind == PickleKind::Persistent
                          ? document.sequence(document[node].arguments)
                          : std::nullopt;
  if (!fields || fields->size() < 5 || !document.isString((*fields)[0], "storage") ||
      document[(*fields)[1]].kind != PickleKind::Global ||
      document[(*fields)[2]].kind != PickleKind::String ||
      document[(*fields)[2]].text.size() > kMaxKeyLength) {
    file.fail("a torch storage has no valid description");
  }
  const std::string_view name = document.string(document[(*fields)[1]].items[1]);
  const auto* known = std::ranges::find(kStorageClasses, name, &StorageClass::name);
  if (known == kStorageClasses.end()) {
    file.fail(fmt::format("a torch storage has the unknown type '{}'", name));
  }
  const std::optional<std::int64_t> numel = integer(document, (*fields)[4]);
  if (!numel || *numel < 0) {
    file.fail("a torch storage has no valid element count");
  }
  TorchStorageId id{known->dtype, document.string((*fields)[2]), *numel, 0, *numel};
  if (fields->size() > 5 && document[(*fields)[5]].kind != PickleKind::None) {
    const auto view = document.sequence((*fields)[5]);
    const auto first = view && view->size() == 3 ? integer(document, (*view)[1]) : std::nullopt;
    const auto count = first ? integer(document, (*view)[2]) : std::nullopt;
    if (!count || *first < 0 || *count < 0 || *first > id.numel || *count > id.numel - *first) {
      file.fail("a view of a torch storage lies outside of it");
    }
    id.first = *first;
    id.view_numel = *count;
  }
  return id;
}

TorchStorage selectStorage(const FileBytes& file, const TorchStorageId& id, std::span<const std::byte> raw) {
  const std::size_t bytes = itemSize(id.dtype);
  if (raw.size() % bytes != 0 || raw.size() / bytes != static_cast<std::uint64_t>(id.numel)) {
    file.failAt(
        raw.data(),
        fmt::format("{} elements of {}, but {} bytes are stored", id.numel, dtypeName(id.dtype), raw.size()));
  }
  return {id.dtype,
          raw.subspan(static_cast<std::size_t>(id.first) * bytes,
                      static_cast<std::size_t>(id.view_numel) * bytes)};
}

bool isTorchContainer(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= kMagic.size() && std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

TorchContainer readTorchContainer(const FileBytes& file, std::span<const std::byte> bytes) {
  ByteReader reader(file, bytes);
  readPreamble(file, reader);
  TorchContainer container{readPickle(reader), {}};
  const PickleDocument& object = container.object;

  std::unordered_map<std::string_view, TorchStorageId> ids;  // only their types matter here
  for (PickleId node = 0; node < object.nodes.size(); ++node) {
    if (object[node].kind == PickleKind::Persistent) {
      const TorchStorageId id = readTorchStorageId(file, object, node);
      ids.try_emplace(id.key, id);
    }
  }
  const PickleDocument keys = readPickle(reader);
  const auto key_list = keys.sequence(keys.root);
  if (!key_list) {
    reader.fail("the list of storage keys");
  }
  std::unordered_map<std::string_view, std::span<const std::byte>> raw;
  for (const PickleId key : *key_list) {
    const auto id = ids.find(keys.string(key));
    if (id == ids.end() || raw.contains(id->first)) {
      reader.fail("only keys of storages, each once");
    }
    const auto count = reader.number<std::uint64_t>("an element count");
    if (count != static_cast<std::uint64_t>(id->second.numel) || count > reader.rest().size()) {
      reader.fail(fmt::format("a storage of {} elements, but it has {}", id->second.numel, count));
    }
    raw[id->first] = reader.take(count * itemSize(id->second.dtype), "a storage");
  }
  for (PickleId node = 0; node < object.nodes.size(); ++node) {
    if (object[node].kind == PickleKind::Persistent) {
      const TorchStorageId id = readTorchStorageId(file, object, node);
      const auto data = raw.find(id.key);
      if (data == raw.end()) {
        reader.fail("the data of every storage");
      }
      container.storages[node] = selectStorage(file, id, data->second);
    }
  }
  return container;
}

}  // namespace panohead
