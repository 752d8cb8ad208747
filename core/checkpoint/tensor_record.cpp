#include "core/checkpoint/tensor_record.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace panohead {
namespace {

struct DTypeRow {
  const char* name;
  std::size_t bytes;
};
// In the order of DType.
constexpr std::array<DTypeRow, 10> kDTypes{{{"float32", 4},
                                            {"float64", 8},
                                            {"float16", 2},
                                            {"bfloat16", 2},
                                            {"int64", 8},
                                            {"int32", 4},
                                            {"int16", 2},
                                            {"int8", 1},
                                            {"uint8", 1},
                                            {"bool", 1}}};

// Strides of 0 let a few bytes stand for any number of elements; real files do not need many.
constexpr std::int64_t kMaxExpandedElements = std::int64_t{1} << 24;

}  // namespace

std::size_t itemSize(DType type) noexcept { return kDTypes[static_cast<std::size_t>(type)].bytes; }

const char* dtypeName(DType type) noexcept { return kDTypes[static_cast<std::size_t>(type)].name; }

std::int64_t TensorRecord::elementCount() const noexcept { return checkedElementCount(shape).value_or(0); }

std::size_t TensorRecord::byteCount() const noexcept {
  return static_cast<std::size_t>(elementCount()) * itemSize(dtype);
}

bool TensorRecord::isContiguous() const {
  const std::vector<std::int64_t> dense = contiguousStride(shape);
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] > 1 && stride[d] != dense[d]) {
      return false;
    }
  }
  return true;
}

std::optional<std::int64_t> checkedElementCount(std::span<const std::int64_t> shape) noexcept {
  const bool empty = std::ranges::find(shape, 0) != shape.end();
  std::int64_t count = empty ? 0 : 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) {
      return std::nullopt;
    }
  }
  return count;
}

std::vector<std::int64_t> contiguousStride(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> stride(shape.size());
  std::int64_t step = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    stride[d] = step;
    // Behind a zero size the step may be anything, but must not overflow.
    step = __builtin_mul_overflow(step, std::max<std::int64_t>(shape[d], 1), &step) ? 1 : step;
  }
  return stride;
}

std::optional<std::string> recordFault(const TensorRecord& record) {
  if (record.shape.size() != record.stride.size() || record.shape.size() > kMaxDimensions) {
    return fmt::format("{} sizes and {} strides", record.shape.size(), record.stride.size());
  }
  const auto numel = static_cast<std::int64_t>(record.storage.size() / itemSize(record.dtype));
  const std::optional<std::int64_t> count = checkedElementCount(record.shape);
  if (!count || record.offset < 0) {
    return fmt::format("shape {} with offset {}", shapeText(record.shape), record.offset);
  }
  if (*count == 0) {
    return std::nullopt;
  }
  std::int64_t last = record.offset;
  for (std::size_t d = 0; d < record.shape.size(); ++d) {
    std::int64_t reach = 0;
    if (record.stride[d] < 0 || __builtin_mul_overflow(record.shape[d] - 1, record.stride[d], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return fmt::format("shape {} with strides {}", shapeText(record.shape), shapeText(record.stride));
    }
  }
  if (last >= numel) {
    return fmt::format("element {} of a storage of {} elements", last, numel);
  }
  if (*count > std::max(numel, kMaxExpandedElements)) {
    return fmt::format("{} elements made from a storage of {}", *count, numel);
  }
  return std::nullopt;
}

void copyElements(const TensorRecord& record, std::int64_t first, std::int64_t count, std::byte* out) {
  const std::size_t bytes = itemSize(record.dtype);
  const std::size_t dimensions = record.shape.size();
  if (count == 0) {
    return;
  }
  if (record.isContiguous()) {
    std::memcpy(out,
                record.storage.data() + static_cast<std::size_t>(record.offset + first) * bytes,
                static_cast<std::size_t>(count) * bytes);
    return;
  }
  std::array<std::int64_t, kMaxDimensions> index{};
  std::int64_t element = record.offset;
  for (std::size_t d = dimensions; d-- > 0; first /= record.shape[d]) {
    index[d] = first % record.shape[d];
    element += index[d] * record.stride[d];
  }
  while (count > 0) {
    // One run along the last dimension, whole when it is dense.
    const std::int64_t left = dimensions ? record.shape[dimensions - 1] - index[dimensions - 1] : 1;
    const std::int64_t run = std::min(left, count);
    const std::int64_t step = dimensions ? record.stride[dimensions - 1] : 1;
    const std::byte* source = record.storage.data() + static_cast<std::size_t>(element) * bytes;
    if (step == 1) {
      std::memcpy(out, source, static_cast<std::size_t>(run) * bytes);
      out += static_cast<std::size_t>(run) * bytes;
    } else {
      for (std::int64_t i = 0; i < run; ++i, out += bytes) {
        std::memcpy(out, source + static_cast<std::size_t>(i * step) * bytes, bytes);
      }
    }
    count -= run;
    if (count == 0) {
      return;
    }
    element += run * step;
    index[dimensions - 1] += run;
    for (std::size_t d = dimensions - 1; index[d] == record.shape[d] && d > 0; --d) {
      element += record.stride[d - 1] - index[d] * record.stride[d];
      index[d] = 0;
      ++index[d - 1];
    }
  }
}

std::string shapeText(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

bool isBufferName(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> kBuffers{
      "resample_filter", "noise_const", "w_avg", "dataset_label_std"};
  const std::string_view leaf = name.substr(name.rfind('.') + 1);
  return std::ranges::find(kBuffers, leaf) != kBuffers.end() || isAttributeName(name);
}

bool isAttributeName(std::string_view name) noexcept {
  return name.substr(name.rfind('.') + 1) == "plane_axes";
}

}  // namespace panohead
