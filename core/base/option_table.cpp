#include "core/base/option_table.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/printable_text.h"
#include "core/base/text_values.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kTrue{"true", "yes", "on", "1"};
constexpr std::array<std::string_view, 4> kFalse{"false", "no", "off", "0"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

bool parseBool(std::string_view text, const std::string& name) {
  const std::string word = lower(text);  // Python's users write True
  if (std::ranges::find(kTrue, word) != kTrue.end()) {
    return true;
  }
  if (std::ranges::find(kFalse, word) != kFalse.end()) {
    return false;
  }
  throw OptionError(fmt::format("{}: '{}' is neither true nor false", name, text), "give true or false");
}

template <typename Number>
void checkRange(Number value, const OptionLimits& limits) {
  const auto number = static_cast<double>(value);
  if (!(number >= limits.low && number <= limits.high)) {  // not a number is refused, too
    throw OptionError(fmt::format("{}: {} is out of range", limits.name, value),
                      fmt::format("give a number from {} to {}", limits.low, limits.high));
  }
}

std::int64_t whole(double value) { return static_cast<std::int64_t>(value); }

const char* kindOf(const OptionValue& value) {
  static constexpr std::array kNames{
      "true or false", "a whole number", "a whole number", "a number", "text", "a path"};
  return kNames[value.index()];
}

[[noreturn]] void throwKind(const OptionValue& value, const OptionValue& like, const std::string& name) {
  throw OptionError(fmt::format("{}: {} is not {}", name, optionText(value), kindOf(like)),
                    fmt::format("give {}", kindOf(like)));
}

Json toJson(const OptionValue& value) {
  return std::visit(
      [](const auto& v) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::filesystem::path>) {
          return v.string();
        } else {
          return v;
        }
      },
      value);
}

OptionValue fromJson(const std::string& name, const Json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    return json.get<double>();  // out of every range, and refused as such
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  if (json.is_number()) {
    return json.get<double>();
  }
  if (json.is_string()) {
    return json.get<std::string>();
  }
  // Named, not printed: it may be long.
  throw OptionError(
      fmt::format("{}: no option has a value of the kind '{}'", shortened(name, 100), json.type_name()),
      "options are numbers, texts, true or false");
}

}  // namespace

OptionValue parseOption(std::string_view text, const OptionValue& like, const OptionLimits& limits) {
  return std::visit(
      [&](const auto& v) -> OptionValue {
        using Value = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Value, bool>) {
          return parseBool(text, limits.name);
        } else if constexpr (std::is_integral_v<Value>) {
          return static_cast<Value>(parseInteger(text, whole(limits.low), whole(limits.high), limits.name));
        } else if constexpr (std::is_floating_point_v<Value>) {
          return parseNumber(text, limits.low, limits.high, limits.name);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          const OptionValue value = std::string(text);
          checkOption(value, limits);
          return value;
        } else {
          return std::filesystem::path(text);
        }
      },
      like);
}

void checkOption(const OptionValue& value, const OptionLimits& limits) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!limits.choices.empty() && std::ranges::find(limits.choices, *text) == limits.choices.end()) {
      std::string names;
      for (const char* choice : limits.choices) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", choice);
      }
      throw OptionError(fmt::format("{}: '{}' is none of its choices", limits.name, *text),
                        "choose one of " + names);
    }
  } else if (const auto* small = std::get_if<int>(&value)) {
    checkRange(*small, limits);
  } else if (const auto* large = std::get_if<std::int64_t>(&value)) {
    checkRange(*large, limits);
  } else if (const auto* number = std::get_if<double>(&value)) {
    checkRange(*number, limits);
  }
}

std::string optionText(const OptionValue& value) {
  return std::visit(
      [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::filesystem::path>) {
          return v.string();
        } else {
          return fmt::format("{}", v);
        }
      },
      value);
}

OptionValue convertOption(const OptionValue& value, const OptionValue& like, const std::string& name) {
  if (value.index() == like.index()) {
    return value;
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && std::holds_alternative<std::filesystem::path>(like)) {
    return std::filesystem::path(*text);
  }
  double number = 0;
  if (const auto* small = std::get_if<int>(&value)) {
    number = *small;
  } else if (const auto* large = std::get_if<std::int64_t>(&value)) {
    if (std::holds_alternative<int>(like) && std::in_range<int>(*large)) {
      return static_cast<int>(*large);
    }
    number = static_cast<double>(*large);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else {
    throwKind(value, like, name);
  }
  if (std::holds_alternative<double>(like)) {
    return number;
  }
  // 4.0 may stand for 4: other programs write all numbers so.
  constexpr double kExact = 9007199254740992.0;
  if (number != std::floor(number) || std::abs(number) > kExact) {
    throwKind(value, like, name);
  }
  if (std::holds_alternative<std::int64_t>(like)) {
    return static_cast<std::int64_t>(number);
  }
  if (std::holds_alternative<int>(like) && std::in_range<int>(static_cast<std::int64_t>(number))) {
    return static_cast<int>(number);
  }
  throwKind(value, like, name);
}

std::string optionsToJson(std::span<const NamedOptionValue> values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) {
    json[name] = toJson(value);
    if (json[name].is_string() && !isUtf8(json[name].get_ref<const std::string&>())) {
      throw OptionError(fmt::format("{}: the name is not valid text (UTF-8)", optionFlag(name)),
                        "rename the file or folder");
    }
  }
  return json.dump(2);
}

std::vector<NamedOptionValue> optionsFromJson(std::string_view text, std::string_view what) {
  const Json json = parseJsonQuietly<Json>(text);
  if (!json.is_object()) {
    throw OptionError(fmt::format("{} is not a JSON object", what),
                      "it may be damaged or of another program");
  }
  std::vector<NamedOptionValue> values;
  for (const auto& [name, value] : json.items()) {
    values.emplace_back(name, fromJson(name, value));
  }
  return values;
}

std::string optionFlag(std::string_view name) {
  std::string flag = fmt::format("--{}", name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

}  // namespace panohead
