#pragma once

#include "core/kernels/simd_level.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace panohead::test {

/// Runs `check` at every instruction set that this processor has, then goes back to the one in use.
template <typename Check>
void atEverySimdLevel(const Check& check) {
  const kernels::SimdLevel before = kernels::simdLevel();
  for (const kernels::SimdLevel level :
       {kernels::SimdLevel::Portable, kernels::SimdLevel::Avx2, kernels::SimdLevel::Avx512}) {
    if (kernels::setSimdLevel(level) == level) {
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, std::string(kernels::simdLevelName(level)));
      check();
    }
  }
  kernels::setSimdLevel(before);
}

}  // namespace panohead::test
