#pragma once

#include "core/checkpoint/weight_map.h"
#include "core/tensor/parameter_store.h"

#include <ATen/core/Tensor.h>

#include <vector>

namespace panohead {

/// A tensor of its own memory with a record's values, converted to float32 where `to_float` and the
/// record is of another floating type.
at::Tensor toTensor(const TensorRecord& record, bool to_float = true);

/// Writes a record's values into an existing tensor of the same shape.
void copyInto(const at::Tensor& target, const TensorRecord& record);

/// A record that points into a tensor's memory, for writing; exact, whatever the type. The tensor must
/// outlive it. Throws Error when it is not contiguous on the CPU, or of a type that files do not hold.
TensorRecord toRecord(std::string name, const at::Tensor& tensor);

/// Records that point into a store's memory, for writing. The store must outlive them.
std::vector<TensorRecord> toRecords(const ParameterStore& store);

/// Fills a store from a file's network. Every parameter and buffer must be there with its shape; derived
/// buffers (filters) may be missing, and what the network does not know is ignored; the result tells.
/// Throws CheckpointError that lists missing and mismatched names, or names a tensor that is not finite.
WeightMap loadParameters(ParameterStore& store, const NetworkState& network);

}  // namespace panohead
