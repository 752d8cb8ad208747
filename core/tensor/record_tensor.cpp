#include "core/tensor/record_tensor.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace panohead {

namespace {

constexpr std::array kTypes{std::pair{DType::F32, at::kFloat},
                            std::pair{DType::F64, at::kDouble},
                            std::pair{DType::F16, at::kHalf},
                            std::pair{DType::BF16, at::kBFloat16},
                            std::pair{DType::I64, at::kLong},
                            std::pair{DType::I32, at::kInt},
                            std::pair{DType::I16, at::kShort},
                            std::pair{DType::I8, at::kChar},
                            std::pair{DType::U8, at::kByte},
                            std::pair{DType::Bool, at::kBool}};

at::ScalarType scalarType(DType type) {
  for (const auto& [ours, torch] : kTypes) {
    if (ours == type) {
      return torch;
    }
  }
  throw Error("unknown element type");
}

}  // namespace

at::Tensor toTensor(const TensorRecord& record, bool to_float) {
  const at::ScalarType type = scalarType(record.dtype);
  const at::Tensor tensor = at::empty(record.shape, type);
  copyElements(record, 0, record.elementCount(), static_cast<std::byte*>(tensor.data_ptr()));
  return to_float && at::isFloatingType(type) ? tensor.to(at::kFloat) : tensor;
}

void copyInto(const at::Tensor& target, const TensorRecord& record) {
  const at::NoGradGuard no_grad;
  if (record.dtype == DType::F32 && target.scalar_type() == at::kFloat && target.is_contiguous()) {
    copyElements(record, 0, record.elementCount(), static_cast<std::byte*>(target.data_ptr()));
  } else {
    target.copy_(toTensor(record, false));  // converts while it copies
  }
}

TensorRecord toRecord(std::string name, const at::Tensor& tensor) {
  const auto* const type =
      std::ranges::find(kTypes, tensor.scalar_type(), [](const auto& pair) { return pair.second; });
  if (!tensor.is_contiguous() || !tensor.is_cpu() || type == kTypes.end()) {
    throw Error(fmt::format("tensor '{}' cannot be written as it is", name));
  }
  TensorRecord record;
  record.name = std::move(name);
  record.dtype = type->first;
  record.shape = tensor.sizes().vec();
  record.stride = contiguousStride(record.shape);
  record.storage = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
  return record;
}

std::vector<TensorRecord> toRecords(const ParameterStore& store) {
  std::vector<TensorRecord> records;
  for (const ParameterStore::Entry& entry : store.entries()) {
    if (!entry.tensor.is_contiguous() || entry.tensor.scalar_type() != at::kFloat) {
      throw Error(fmt::format("parameter '{}' is not a contiguous float32 tensor", entry.name));
    }
    TensorRecord record = toRecord(entry.name, entry.tensor);
    record.is_parameter = entry.is_parameter;
    records.push_back(std::move(record));
  }
  return records;
}

/// Not-a-number and infinity spread over every picture, which is then drawn without a complaint.
static bool isFinite(const at::Tensor& tensor) {
  if (tensor.numel() == 0) {
    return true;
  }
  const auto [least, most] = at::aminmax(tensor);  // both are not-a-number when any is
  return std::isfinite(least.item<float>()) && std::isfinite(most.item<float>());
}

WeightMap loadParameters(ParameterStore& store, const NetworkState& network) {
  std::vector<ExpectedTensor> expected;
  for (const ParameterStore::Entry& entry : store.entries()) {
    expected.push_back({entry.name, entry.tensor.sizes().vec(), entry.is_parameter});
  }
  WeightMap map = mapWeights(expected, network);
  map.requireComplete(network.key.empty() ? "the network" : network.key);
  for (const WeightMap::Match& match : map.matched) {
    const ParameterStore::Entry& entry = store.entries()[match.expected];
    copyInto(entry.tensor, *match.record);
    if (!isFinite(entry.tensor.detach())) {
      throw CheckpointError(
          fmt::format("the tensor '{}' of {} holds numbers that are infinite or none at all",
                      entry.name,
                      network.key.empty() ? "the network" : network.key),
          "The file is damaged, or the training that made it diverged: take an earlier snapshot.");
    }
  }
  return map;
}

}  // namespace panohead
