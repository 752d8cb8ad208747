#include "core/tensor/record_tensor.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <cstring>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace panohead {

namespace {

at::ScalarType scalarType(DType type) {
  switch (type) {
    case DType::F32: return at::kFloat;
    case DType::F64: return at::kDouble;
    case DType::F16: return at::kHalf;
    case DType::BF16: return at::kBFloat16;
    case DType::I64: return at::kLong;
    case DType::I32: return at::kInt;
    case DType::I16: return at::kShort;
    case DType::I8: return at::kChar;
    case DType::U8: return at::kByte;
    case DType::Bool: return at::kBool;
  }
  throw Error("unknown element type");
}

bool isContiguous(const TensorRecord& record) {
  std::int64_t expected = 1;
  for (std::size_t i = record.shape.size(); i-- > 0;) {
    if (record.shape[i] != 1 && record.stride[i] != expected) {
      return false;
    }
    expected *= record.shape[i];
  }
  return true;
}

}  // namespace

at::Tensor toTensor(const TensorRecord& record, bool to_float) {
  const at::ScalarType type = scalarType(record.dtype);
  const std::size_t item = itemSize(record.dtype);
  at::Tensor tensor;
  if (record.elementCount() == 0) {
    tensor = at::empty(record.shape, type);
  } else if (isContiguous(record)) {
    tensor = at::empty(record.shape, type);
    const std::size_t bytes = static_cast<std::size_t>(record.elementCount()) * item;
    std::memcpy(tensor.data_ptr(), record.storage.data() + static_cast<std::size_t>(record.offset) * item, bytes);
  } else {
    // File bytes may be unaligned: bring the storage into memory of its own, then view it.
    at::Tensor storage = at::empty({static_cast<std::int64_t>(record.storage.size() / item)}, type);
    std::memcpy(storage.data_ptr(), record.storage.data(), static_cast<std::size_t>(storage.numel()) * item);
    tensor = storage.as_strided(record.shape, record.stride, record.offset).contiguous();
  }
  return to_float && at::isFloatingType(type) ? tensor.to(at::kFloat) : tensor;
}

void copyInto(const at::Tensor& target, const TensorRecord& record) {
  const at::NoGradGuard no_grad;
  if (record.dtype == DType::F32 && target.scalar_type() == at::kFloat && target.is_contiguous() && isContiguous(record)) {
    std::memcpy(target.data_ptr(),
                record.storage.data() + static_cast<std::size_t>(record.offset) * sizeof(float),
                static_cast<std::size_t>(target.numel()) * sizeof(float));
    return;
  }
  target.copy_(toTensor(record));
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

void loadParameters(ParameterStore& store, const std::vector<TensorRecord>& records) {
  std::unordered_map<std::string_view, const TensorRecord*> by_name;
  for (const TensorRecord& record : records) {
    by_name.emplace(record.name, &record);
  }
  std::vector<std::string> problems;
  for (const ParameterStore::Entry& entry : store.entries()) {
    const auto found = by_name.find(entry.name);
    if (found == by_name.end()) {
      if (!entry.is_derived) {
        problems.push_back(fmt::format("{} is missing", entry.name));
      }
    } else if (entry.tensor.sizes() != at::IntArrayRef(found->second->shape)) {
      problems.push_back(fmt::format("{} is [{}], expected [{}]",
                                     entry.name,
                                     fmt::join(found->second->shape, ", "),
                                     fmt::join(entry.tensor.sizes(), ", ")));
    } else {
      copyInto(entry.tensor, *found->second);
    }
  }
  if (!problems.empty()) {
    const std::size_t shown = std::min<std::size_t>(problems.size(), 5);
    throw CheckpointError(
        fmt::format("{} of {} tensors do not fit the network: {}{}",
                    problems.size(),
                    store.entries().size(),
                    fmt::join(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(shown), "; "),
                    shown < problems.size() ? "; ..." : ""),
        "the file's configuration and its weights disagree: it may be damaged or of another kind",
        fmt::format("{}", fmt::join(problems, "\n")));
  }
}

}  // namespace panohead
