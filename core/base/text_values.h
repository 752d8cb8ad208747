#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

// Values as people write them. `option` names the option in the OptionError that bad text throws.

/// A whole number in [low, high]: digits with an optional sign, nothing else.
std::int64_t parseInteger(std::string_view text,
                          std::int64_t low,
                          std::int64_t high,
                          std::string_view option);

/// A finite number in [low, high].
double parseNumber(std::string_view text, double low, double high, std::string_view option);

/// Comma-separated numbers in [low, high], at least one.
std::vector<double> parseNumbers(std::string_view text, double low, double high, std::string_view option);

/// "0-3,7" -> 0 1 2 3 7. Seeds lie in [0, 2^32 - 1], as numpy's; at most 100000 are taken.
std::vector<std::uint32_t> parseSeeds(std::string_view text, std::string_view option);

/// "#rrggbb", "#rgb" or one of colourNames(); nothing when it is neither.
std::optional<std::array<std::uint8_t, 3>> parseColour(std::string_view text);

/// The names that parseColour knows: "black, white, ...".
std::string colourNames();

}  // namespace panohead
