#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/pickle_value.h"
#include "core/checkpoint/tensor_record.h"

#include <string_view>
#include <unordered_map>

namespace panohead {

/// Raw elements of one torch storage.
struct TorchStorage {
  DType dtype = DType::F32;
  std::span<const std::byte> bytes{};
};

/// What a persistent id ("storage", class, key, location, numel[, view]) says. The location (the
/// device that the data once lived on) is ignored.
struct TorchStorageId {
  DType dtype = DType::F32;
  std::string_view key;
  std::int64_t numel = 0;
  std::int64_t first = 0;       // of a view into the keyed storage (very old files), else 0
  std::int64_t view_numel = 0;  // numel where there is no view
};

/// Throws CheckpointError when the node is no persistent id of a storage or names an unknown type.
TorchStorageId readTorchStorageId(const FileBytes& file, const PickleDocument& document, PickleId node);

/// The part of `raw`, the elements stored under the id's key, that the id means.
TorchStorage selectStorage(const FileBytes& file, const TorchStorageId& id, std::span<const std::byte> raw);

/// A file in the format that torch.save wrote before it wrote zips; also found inside pickled
/// networks, one for every tensor.
struct TorchContainer {
  PickleDocument object;
  std::unordered_map<PickleId, TorchStorage> storages;  // by persistent node of `object`
};

bool isTorchContainer(std::span<const std::byte> bytes) noexcept;

/// Reads magic, version, system information, the object, the storage keys and locates the raw data,
/// which is not copied. Throws CheckpointError, also for big-endian data.
TorchContainer readTorchContainer(const FileBytes& file, std::span<const std::byte> bytes);

}  // namespace panohead
