#pragma once

#include <string_view>

namespace panohead::kernels {

/// Instruction sets that the hand-written CPU kernels are compiled for.
enum class SimdLevel {
  Portable,  // vectors of four floats, on any processor
  Avx2,      // with FMA
  Avx512,    // F, BW, DQ, VL
};

/// The best level that this processor has.
SimdLevel bestSimdLevel() noexcept;

/// The level in use: the best one, or the one that the environment variable PANOHEAD_SIMD names
/// (portable, avx2, avx512), lowered to what the processor has.
SimdLevel simdLevel() noexcept;

/// Chooses a level for the whole process (tests, comparisons); lowered to what the processor has.
/// Not while kernels run in other threads. @return the level now in use
SimdLevel setSimdLevel(SimdLevel level) noexcept;

std::string_view simdLevelName(SimdLevel level) noexcept;

}  // namespace panohead::kernels
