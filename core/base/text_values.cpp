#include "core/base/text_values.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace panohead {
namespace {

constexpr std::size_t kMaxSeeds = 100000;

struct NamedColour {
  std::string_view name;
  std::array<std::uint8_t, 3> value;
};

constexpr std::array<NamedColour, 10> kColours{{
    {"black", {0, 0, 0}},
    {"white", {255, 255, 255}},
    {"grey", {128, 128, 128}},
    {"gray", {128, 128, 128}},
    {"red", {255, 0, 0}},
    {"green", {0, 128, 0}},
    {"blue", {0, 0, 255}},
    {"yellow", {255, 255, 0}},
    {"cyan", {0, 255, 255}},
    {"magenta", {255, 0, 255}},
}};

/// The whole of `text` as a number, or nothing.
template <typename Number>
std::optional<Number> convert(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// The whole of `text` as a number in [low, high]. `kind` and `advice` are for the error.
template <typename Number>
Number inRange(std::string_view text,
               Number low,
               Number high,
               std::string_view option,
               const char* kind,
               const char* advice) {
  const auto value = convert<Number>(text);
  const bool finite = value && std::isfinite(static_cast<double>(*value));
  if (!finite || *value < low || *value > high) {
    throw OptionError(fmt::format("{}: '{}' is no {} from {} to {}", option, text, kind, low, high),
                      !finite        ? advice
                      : *value < low ? fmt::format("the smallest is {}", low)
                                     : fmt::format("the largest is {}", high));
  }
  return *value;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::int64_t parseInteger(std::string_view text,
                          std::int64_t low,
                          std::int64_t high,
                          std::string_view option) {
  return inRange(text, low, high, option, "whole number", "write it in digits alone");
}

double parseNumber(std::string_view text, double low, double high, std::string_view option) {
  return inRange(text, low, high, option, "number", "write it in digits, with a point for the fraction");
}

std::vector<double> parseNumbers(std::string_view text, double low, double high, std::string_view option) {
  std::vector<double> values;
  for (const std::string_view part : split(text)) {
    values.push_back(inRange(
        part, low, high, option, "number", "separate them by commas, with a point for the fraction: 0,22.5"));
  }
  return values;
}

std::vector<std::uint32_t> parseSeeds(std::string_view text, std::string_view option) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint32_t>::max();
  const auto refuse = [&](std::string_view part, std::string_view why) {
    throw OptionError(fmt::format("{}: '{}' {}", option, part, why),
                      "give whole numbers from 0 to 4294967295 and rising ranges: 0-3,7");
  };
  std::vector<std::uint32_t> seeds;
  for (const std::string_view part : split(text)) {
    const std::size_t dash = part.find('-');
    const auto first = convert<std::uint64_t>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : convert<std::uint64_t>(part.substr(dash + 1));
    if (!first || !last || *first > kLargest || *last > kLargest) {
      refuse(part, "is neither a seed nor a range of seeds");
    }
    if (*last < *first) {
      refuse(part, "runs backwards");
    }
    if (*last - *first >= kMaxSeeds - seeds.size()) {
      refuse(part, fmt::format("makes more than {} seeds", kMaxSeeds));
    }
    for (std::uint64_t seed = *first; seed <= *last; ++seed) {
      seeds.push_back(static_cast<std::uint32_t>(seed));
    }
  }
  return seeds;
}

std::optional<std::array<std::uint8_t, 3>> parseColour(std::string_view text) {
  for (const NamedColour& colour : kColours) {
    if (text == colour.name) {
      return colour.value;
    }
  }
  if (!text.starts_with('#') || (text.size() != 4 && text.size() != 7)) {
    return std::nullopt;
  }
  const std::size_t digits = text.size() == 4 ? 1 : 2;
  std::array<std::uint8_t, 3> value{};
  for (std::size_t i = 0; i < 3; ++i) {
    const char* first = text.data() + 1 + i * digits;
    const auto [end, error] = std::from_chars(first, first + digits, value[i], 16);
    if (error != std::errc() || end != first + digits) {
      return std::nullopt;
    }
    value[i] = static_cast<std::uint8_t>(digits == 1 ? value[i] * 17 : value[i]);
  }
  return value;
}

std::string colourNames() {
  std::string names;
  for (const NamedColour& colour : kColours) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", colour.name);
  }
  return names;
}

}  // namespace panohead
