#pragma once

#include "core/avatar/compact_delta.h"
#include "core/tensor/parameter_store.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// The numbers of rows. [rows, columns] float32
at::Tensor unpack(const QuantisedRows& rows);

/// Quantises every row to its width: the scale is the one of several that loses least.
/// @param rows [rows, columns] float32  @param width bits of each row, 0..8
QuantisedRows quantise(const at::Tensor& rows, const std::vector<std::uint8_t>& width);

/// What a part adds to its parameter, in the parameter's shape.
at::Tensor unpack(const DeltaPart& part);

/// The parameters that weighted deltas change: base + sum of weight * delta, in the order of the store.
/// Throws CheckpointError when a delta names a parameter that the store lacks, or of another shape.
/// @param checkpoint may be empty; called between the parameters, may throw to cancel
std::vector<std::pair<std::string, at::Tensor>> tunedParameters(
    const ParameterStore& store,
    const std::vector<std::pair<const CompactDelta*, double>>& deltas,
    const std::function<void()>& checkpoint = {});

}  // namespace panohead
