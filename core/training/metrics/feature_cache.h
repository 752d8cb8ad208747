#pragma once

#include "core/dataset/dataset.h"
#include "core/jobs/job.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// Feature vectors of some pictures with the yaw of each camera.
struct FeatureSet {
  at::Tensor features;       // [N, d] float32
  at::Tensor yaw;            // [N] float32, degrees
  at::Tensor probabilities;  // [N, classes], or undefined; not cached
};

/// Features of the real pictures in files, so that they are computed once. A key is the hash of all that
/// decides them: names and labels of the items, a sample of their pixels, the resolution, the network.
class FeatureCache {
 public:
  /// @param folder empty: $XDG_CACHE_HOME/panohead-studio/metrics, else ~/.cache/panohead-studio/metrics
  explicit FeatureCache(std::filesystem::path folder);

  /// @param network fingerprint of the feature network, with whatever else decides what it sees
  static std::string keyOf(const Dataset& dataset,
                           const std::vector<DatasetItem>& items,
                           const std::string& network);
  /// Features that are undefined when there are none under the key, or when their file is damaged.
  FeatureSet load(const std::string& key, JobContext& context) const;
  /// Throws SaveError, Cancelled.
  void save(const std::string& key, const FeatureSet& set, JobContext& context) const;

 private:
  std::filesystem::path file(const std::string& key) const;
  std::filesystem::path folder_;
};

}  // namespace panohead
