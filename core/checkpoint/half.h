#pragma once

#include <cstdint>

namespace panohead {

inline constexpr float kMaxHalf = 65504.0F;

/// Nearest half-precision number (ties to even); beyond kMaxHalf infinity.
std::uint16_t halfFromFloat(float value) noexcept;

}  // namespace panohead
