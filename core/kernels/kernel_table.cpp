#include "core/kernels/kernel_table.h"

#include "core/kernels/simd_level.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace panohead::kernels {

extern const KernelTable kPortableKernels;
#ifdef PANOHEAD_X86_KERNELS
extern const KernelTable kAvx2Kernels;
extern const KernelTable kAvx512Kernels;
#endif

namespace {

struct Level {
  SimdLevel level;
  std::string_view name;
  const KernelTable* table;
};

constexpr std::array kLevels = {Level{SimdLevel::Portable, "portable", &kPortableKernels},
#ifdef PANOHEAD_X86_KERNELS
                                Level{SimdLevel::Avx2, "avx2", &kAvx2Kernels},
                                Level{SimdLevel::Avx512, "avx512", &kAvx512Kernels}
#else
                                Level{SimdLevel::Avx2, "avx2", nullptr},
                                Level{SimdLevel::Avx512, "avx512", nullptr}
#endif
};

const Level& row(SimdLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

SimdLevel startLevel() noexcept {
  const char* wish = std::getenv("PANOHEAD_SIMD");
  for (const Level& level : kLevels) {
    if (wish != nullptr && level.name == wish) {
      return std::min(level.level, bestSimdLevel());
    }
  }
  return bestSimdLevel();
}

SimdLevel& current() noexcept {
  static SimdLevel level = startLevel();
  return level;
}

}  // namespace

SimdLevel bestSimdLevel() noexcept {
#ifdef PANOHEAD_X86_KERNELS
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return SimdLevel::Avx512;
  }
  if (avx2) {
    return SimdLevel::Avx2;
  }
#endif
  return SimdLevel::Portable;
}

SimdLevel simdLevel() noexcept { return current(); }

SimdLevel setSimdLevel(SimdLevel level) noexcept { return current() = std::min(level, bestSimdLevel()); }

std::string_view simdLevelName(SimdLevel level) noexcept { return row(level).name; }

const KernelTable& kernels() noexcept { return *row(current()).table; }

}  // namespace panohead::kernels
