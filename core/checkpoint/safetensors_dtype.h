#pragma once

#include "core/checkpoint/tensor_record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace panohead {

/// Names of the element types in safetensors headers, in the order of DType.
inline constexpr std::array<std::string_view, 10> kSafetensorsDTypes{
    "F32", "F64", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"};

inline std::optional<DType> safetensorsDType(std::string_view name) {
  const auto* found = std::ranges::find(kSafetensorsDTypes, name);
  return found == kSafetensorsDTypes.end()
             ? std::nullopt
             : std::optional(static_cast<DType>(found - kSafetensorsDTypes.begin()));
}

}  // namespace panohead
