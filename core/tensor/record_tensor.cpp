#include "core/tensor/record_tensor.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

namespace panohead {

namespace {

at::ScalarType scalarType(DType type) {
  switch (type) {
    case DType::F32:
      return at::kFloat;
    case DType::F64:
      return at::kDouble;
    case DType::F16:
      return at::kHalf;
    case DType::BF16:
      return at::kBFloat16;
    case DType::I64:
      return at::kLong;
    case DType::I32:
      return at::kInt;
    case DType::I16:
      return at::kShort;
    case DType::I8:
      return at::kChar;
    case DType::U8:
      return at::kByte;
    case DType::Bool:
      return at::kBool;
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
    target.copy_(toTensor(record));
  }
}

std::vector<TensorRecord> toRecords(const ParameterStore& store) {
  std::vector<TensorRecord> records;
  for (const ParameterStore::Entry& entry : store.entries()) {
    if (!entry.tensor.is_contiguous() || entry.tensor.scalar_type() != at::kFloat) {
      throw Error(fmt::format("parameter '{}' is not a contiguous float32 tensor", entry.name));
    }
    TensorRecord record;
    record.name = entry.name;
    record.shape = entry.tensor.sizes().vec();
    record.stride = entry.tensor.strides().vec();
    record.storage = {static_cast<const std::byte*>(entry.tensor.const_data_ptr()),
                      static_cast<std::size_t>(entry.tensor.numel()) * sizeof(float)};
    record.is_parameter = entry.is_parameter;
    records.push_back(std::move(record));
  }
  return records;
}

WeightMap loadParameters(ParameterStore& store, const NetworkState& network) {
  std::vector<ExpectedTensor> expected;
  for (const ParameterStore::Entry& entry : store.entries()) {
    expected.push_back({entry.name, entry.tensor.sizes().vec(), entry.is_parameter});
  }
  WeightMap map = mapWeights(expected, network);
  map.requireComplete(network.key.empty() ? "the network" : network.key);
  for (const WeightMap::Match& match : map.matched) {
    copyInto(store.entries()[match.expected].tensor, *match.record);
  }
  return map;
}

}  // namespace panohead
