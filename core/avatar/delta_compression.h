#pragma once

#include "core/avatar/compact_delta.h"
#include "core/avatar/weight_importance.h"

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

struct DeltaCompressionOptions {
  std::size_t budget = 5'000'000;  // bytes at most
  double error = 0;    // mean square error of the pictures (of 0..1) that is small enough; 0: use the budget
  void check() const;  // throws OptionError naming the field
};

struct CompressedDelta {
  CompactDelta delta;
  double expected_error = 0;  // mean square error of the pictures in [0, 1], by the importance
};

/// Tuned weights minus a store's, made small: every matrix becomes a product of two thin ones (of the part of
/// the change that the inputs of the layer can see), a sparse one, or low-bit integers, with ranks, places
/// and bits chosen together over all matrices, so that the pictures change least for the bytes (bits go where
/// they help most: the one price of Shoham and Gersho 1988). Small parameters are kept as half floats.
class DeltaCompressor {
 public:
  /// @param tuned name and value; those equal to the store's are left out
  /// @param importance of every matrix; without one a matrix is taken to matter nowhere, and left out
  /// Throws Cancelled.
  DeltaCompressor(const ParameterStore& store,
                  const std::vector<std::pair<std::string, at::Tensor>>& tuned,
                  const std::map<std::string, WeightImportance>& importance,
                  JobContext& context);
  ~DeltaCompressor();
  DeltaCompressor(const DeltaCompressor&) = delete;
  DeltaCompressor& operator=(const DeltaCompressor&) = delete;

  /// May be called for several budgets. Throws OptionError when small parameters alone exceed it; Cancelled.
  CompressedDelta compress(const DeltaCompressionOptions& options, JobContext& context) const;

 private:
  struct Matrix;
  std::vector<Matrix> matrices_;
  std::vector<DeltaPart> small_;
};

}  // namespace panohead
