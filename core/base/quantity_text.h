#pragma once

#include <string>

namespace panohead {

/// "3 d 04 h", "5 h 12 min", "41 min", "12.3 s". @param decimals of the seconds
std::string durationText(double seconds, int decimals = 1);

/// "512 B", "2.1 MB", "1.3 GB"; powers of 1000.
std::string bytesText(double bytes);

}  // namespace panohead
