#pragma once

#include "core/tensor/quick_type.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <string>

namespace panohead::test {

/// Runs `check(type)` with every type that quickType() can have on this processor, then goes back.
template <typename Check>
void inEveryQuickType(const Check& check) {
  const at::ScalarType before = quickType();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    if (setQuickType(type) == type) {
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, std::string(c10::toString(type)));
      check(type);
    }
  }
  setQuickType(before);
}

}  // namespace panohead::test
