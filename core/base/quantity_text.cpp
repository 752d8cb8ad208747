#include "core/base/quantity_text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace panohead {

std::string durationText(double seconds, int decimals) {
  if (seconds < 60) {
    return fmt::format("{:.{}f} s", seconds, decimals);
  }
  const auto minutes = static_cast<std::int64_t>(std::llround(seconds / 60));
  if (minutes < 60) {
    return fmt::format("{} min", minutes);
  }
  if (minutes < 24 * 60) {
    return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  }
  const auto hours = static_cast<std::int64_t>(std::llround(seconds / 3600));
  return fmt::format("{} d {:02} h", hours / 24, hours % 24);
}

std::string bytesText(double bytes) {
  constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 || bytes >= 99.5 ? fmt::format("{:.0f} {}", bytes, kUnits[unit])
                                    : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

}  // namespace panohead
