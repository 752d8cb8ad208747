#pragma once

#include "core/training/communicator.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace panohead {

/// What became of the values of one name since the last collection.
struct ScalarMoments {
  double count = 0;
  double sum = 0;
  double sum_squares = 0;

  void add(double value) noexcept;
  double mean() const noexcept;       // 0 without values
  double deviation() const noexcept;  // population standard deviation; 0 without values
};

/// By their names in stats.jsonl: "Loss/G/loss", "Progress/kimg", ...
using StatsSnapshot = std::map<std::string, ScalarMoments>;

/// Means by name, as TrainingListener takes them.
std::map<std::string, double> meansOf(const StatsSnapshot& snapshot);

/// Collects named numbers over a tick. Adding a tensor does not wait for its device: moments are summed
/// where the tensor lies and fetched once, by take().
class StatsCollector {
 public:
  void add(const std::string& name, double value);
  /// All elements of a tensor of any shape and floating type.
  void add(const std::string& name, const at::Tensor& values);
  /// The elements that are numbers; NaN stands for one that is not meant.
  void addShare(const std::string& name, const at::Tensor& values);
  /// Whether everything that was added under names that begin with `prefix` since the last take() was
  /// numbers. Waits for the device.
  bool isSound(std::string_view prefix) const;
  /// Moments over all ranks since the last call; starts anew. Collective: every rank must have added
  /// the same names.
  StatsSnapshot take(Communicator& communicator);

 private:
  struct Entry {
    ScalarMoments host;
    at::Tensor device;  // [3] float64: count, sum, sum of squares; undefined when nothing was added
  };
  void addMoments(const std::string& name, const at::Tensor& counted, const at::Tensor& numbers);
  std::map<std::string, Entry> entries_;
};

}  // namespace panohead
