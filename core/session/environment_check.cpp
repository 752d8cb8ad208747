#include "core/session/environment_check.h"

#include "core/base/error.h"
#include "core/kernels/simd_level.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace panohead {
namespace {

void check(const char* variable, const std::vector<std::string_view>& known) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value != '\0' && std::ranges::find(known, value) == known.end()) {
    throw OptionError(fmt::format("{} in the environment is '{}', which means nothing", variable, value),
                      fmt::format("unset it, or set it to {}", fmt::join(known, ", ")));
  }
}

}  // namespace

void checkEnvironment() {
  using kernels::SimdLevel;
  check(
      "PANOHEAD_SIMD",
      {simdLevelName(SimdLevel::Portable), simdLevelName(SimdLevel::Avx2), simdLevelName(SimdLevel::Avx512)});
  check("PANOHEAD_PRECISION", {"fp32"});
}

}  // namespace panohead
