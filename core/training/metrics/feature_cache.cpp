#include "core/training/metrics/feature_cache.h"

#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/checkpoint/safetensors.h"
#include "core/tensor/prelude.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>

namespace panohead {

namespace {

constexpr std::size_t kPixelSamples = 16;  // pictures whose pixels are part of the key

std::filesystem::path userCacheFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "panohead-studio" / "metrics";
  }
  const char* home = std::getenv("HOME");
  const std::filesystem::path base = home != nullptr && *home != 0 ? std::filesystem::path(home) / ".cache"
                                                                   : std::filesystem::temp_directory_path();
  return base / "panohead-studio" / "metrics";
}

void addText(Sha256& hash, const std::string& text) {
  hash.update(std::as_bytes(std::span(text)));
  hash.update(std::as_bytes(std::span("\n", 1)));
}

TensorRecord recordOf(const std::string& name, const at::Tensor& tensor) {
  TensorRecord record;
  record.name = name;
  record.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
  record.stride = contiguousStride(record.shape);
  record.storage = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
  return record;
}

}  // namespace

FeatureCache::FeatureCache(std::filesystem::path folder)
    : folder_(folder.empty() ? userCacheFolder() : std::move(folder)) {}

std::filesystem::path FeatureCache::file(const std::string& key) const {
  return folder_ / fmt::format("reals-{}.safetensors", key);
}

std::string FeatureCache::keyOf(const Dataset& dataset,
                                const std::vector<DatasetItem>& items,
                                const std::string& network) {
  Sha256 hash;
  addText(hash, network);
  addText(hash, fmt::format("{} {} {}", dataset.resolution(), dataset.hasMasks(), items.size()));
  for (const DatasetItem& item : items) {
    const DatasetEntry& entry = dataset.entries()[item.entry];
    addText(hash, fmt::format("{} {} {}", entry.picture, entry.mask, item.mirrored));
    hash.update(std::as_bytes(std::span(entry.label)));
  }
  const std::size_t step = std::max<std::size_t>(1, items.size() / kPixelSamples);
  for (std::size_t i = 0; i < items.size(); i += step) {
    try {
      const LoadedItem loaded = dataset.load(items[i]);
      hash.update(std::as_bytes(std::span(loaded.picture.pixels)));
      hash.update(std::as_bytes(std::span(loaded.mask.pixels)));
    } catch (const ImageError&) {
      addText(hash, "damaged");
    }
  }
  return hash.hex().substr(0, 32);
}

FeatureSet FeatureCache::load(const std::string& key, JobContext& context) const {
  std::error_code ignored;
  if (!std::filesystem::exists(file(key), ignored)) {
    return {};
  }
  try {
    const Checkpoint checkpoint = openCheckpoint(file(key), context);
    const NetworkState& network = checkpoint.network();
    const TensorRecord* features = network.find("features");
    const TensorRecord* yaw = network.find("yaw");
    if (features == nullptr || yaw == nullptr || features->shape.size() != 2 || yaw->shape.size() != 1 ||
        features->shape[0] != yaw->shape[0] || features->shape[0] == 0) {
      return {};
    }
    return {toTensor(*features), toTensor(*yaw), {}};
  } catch (const CheckpointError&) {
    return {};  // damaged: computed and written again
  }
}

void FeatureCache::save(const std::string& key, const FeatureSet& set, JobContext& context) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw SaveError(fmt::format("cannot make the folder '{}': {}", folder_.string(), error.message()),
                    "choose another with --cache");
  }
  const at::Tensor features = set.features.to(at::kFloat).contiguous();
  const at::Tensor yaw = set.yaw.to(at::kFloat).contiguous();
  NetworkState network;
  network.key = "features";
  network.class_name = "MetricFeatures";
  network.tensors = {recordOf("features", features), recordOf("yaw", yaw)};
  writeSafetensors(file(key), std::span(&network, 1), {}, context);
}

}  // namespace panohead
