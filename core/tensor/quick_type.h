#pragma once

#include <c10/core/ScalarType.h>

namespace panohead {

/// The element type in which this processor convolves soonest where eight bits are enough: bfloat16 where it
/// has instructions for it and LibTorch's oneDNN uses them, else float32. (oneDNN refuses bfloat16 below
/// AVX-512 and imitates it, slower than float32, before AVX512_BF16.) The environment variable
/// PANOHEAD_PRECISION=fp32 chooses float32 for any program.
at::ScalarType quickType() noexcept;

/// Chooses for the whole process (tests, comparisons): float32, or whatever quickType() would be without a
/// choice. What has been packed keeps its type. @return the type now in use
at::ScalarType setQuickType(at::ScalarType type) noexcept;

}  // namespace panohead
