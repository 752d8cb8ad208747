#include "core/checkpoint/half.h"

#include <bit>

namespace panohead {

std::uint16_t halfFromFloat(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) {
    return static_cast<std::uint16_t>(sign | 0x7e00U);  // not a number
  }
  if (magnitude >= 0x477ff000U) {
    return static_cast<std::uint16_t>(sign | 0x7c00U);  // rounds to 65536 or more
  }
  if (magnitude < 0x38800000U) {
    // Subnormal: adding 0.5 leaves the half's 10 bits, rounded, in the lowest bits of the sum.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(
        sign | (std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(0.5F)));
  }
  // Normal: rebias the exponent by 112, round the 13 dropped bits to even.
  const std::uint32_t odd = (magnitude >> 13U) & 1U;
  return static_cast<std::uint16_t>(sign | ((magnitude - (112U << 23U) + 0xfffU + odd) >> 13U));
}

}  // namespace panohead
