#include "core/tensor/quick_type.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

TEST(QuickType, CanBeChosen) {
  const at::ScalarType before = quickType();
  EXPECT_EQ(setQuickType(at::kFloat), at::kFloat);
  EXPECT_EQ(quickType(), at::kFloat);
  const at::ScalarType best = setQuickType(at::kBFloat16);
  EXPECT_EQ(quickType(), best);
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512bf16")) {
    EXPECT_EQ(best, at::kFloat);
  }
#endif
  EXPECT_EQ(setQuickType(at::kHalf), best);  // what nothing computes in
  setQuickType(before);
}

}  // namespace
}  // namespace panohead
