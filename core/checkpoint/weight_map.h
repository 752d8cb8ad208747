#pragma once

#include "core/checkpoint/checkpoint.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// A tensor that a network wants from a file.
struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  bool is_parameter = true;  // false: buffer
};

/// Whether a network can do without the file's value because it knows the value itself or never uses
/// it: filters, and the label statistics that the training loop attaches.
bool isDispensable(const ExpectedTensor& tensor);

/// How the tensors of a file answer to those that a network expects, by name.
struct WeightMap {
  struct Match {
    std::size_t expected = 0;  // index into the expected tensors
    const TensorRecord* record = nullptr;
  };
  struct Mismatch {
    std::string name;
    std::string expected;  // "[512, 3, 3]"
    std::string found;     // the same, or "int64 [4]" when the type is the fault
  };

  std::vector<Match> matched;          // ready to load
  std::vector<std::string> missing;    // expected, indispensable, not in the file
  std::vector<std::string> tolerated;  // expected, dispensable, not in the file
  std::vector<std::string>
      unused;  // in the file, neither expected nor dispensable; plain attributes do not count
  std::vector<Mismatch> mismatched;  // in both, but of another shape or of integers

  /// Nothing missing and nothing mismatched: the network can be filled.
  bool complete() const noexcept { return missing.empty() && mismatched.empty(); }
  /// One line of counts, then at most `names` names per fault.
  std::string summary(std::size_t names = 8) const;
  /// Throws CheckpointError with the summary as detail unless complete. `what`: "G_ema of 'x.pkl'".
  void requireComplete(const std::string& what) const;
};

/// `network` must outlive the result.
WeightMap mapWeights(std::span<const ExpectedTensor> expected,
                     const NetworkState& network,
                     const std::function<bool(const ExpectedTensor&)>& dispensable = isDispensable);

}  // namespace panohead
