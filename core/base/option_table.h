#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace panohead {

/// The texts that an option may be: at most eight. A plain value, so that table rows are aggregates.
class OptionChoices {
 public:
  constexpr OptionChoices() = default;
  constexpr OptionChoices(std::initializer_list<const char*> texts) : size_(texts.size()) {
    std::copy(texts.begin(), texts.end(), texts_.begin());
  }
  constexpr const char* const* begin() const noexcept { return texts_.data(); }
  constexpr const char* const* end() const noexcept { return texts_.data() + size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr const char* operator[](std::size_t i) const noexcept { return texts_[i]; }

 private:
  std::array<const char*, 8> texts_{};
  std::size_t size_ = 0;
};

/// What a form, a command line and a file need to know of one option of an options struct.
template <typename Options>
struct OptionRow {
  using Member = std::variant<bool Options::*,
                              int Options::*,
                              std::int64_t Options::*,
                              double Options::*,
                              std::string Options::*,
                              std::filesystem::path Options::*>;
  const char*
      name;  // "back_repeat": key in files; "--back-repeat" on the command line (both spellings are taken)
  Member member;
  const char* help;          // one sentence with the unit
  const char* group;         // "Data", "Losses", ...
  double low = 0, high = 0;  // numbers: range
  OptionChoices choices{};   // texts: what may be chosen; empty: anything
  bool advanced = false;
  bool fixed = false;           // decides what the run is: cannot change once it has begun
  const char* alias = nullptr;  // another spelling that is taken
};

template <typename Options>
using OptionTable = std::vector<OptionRow<Options>>;

/// The value of one option, whatever its struct.
using OptionValue = std::variant<bool, int, std::int64_t, double, std::string, std::filesystem::path>;
using NamedOptionValue = std::pair<std::string, OptionValue>;

/// What a value must satisfy; `name` is how errors call the option.
struct OptionLimits {
  std::string name;
  double low = 0, high = 0;
  OptionChoices choices{};
};

/// Text as a person writes it ("0.7", "true", "1"), as a value of `like`'s type.
/// Throws OptionError naming the option and what may be given.
OptionValue parseOption(std::string_view text, const OptionValue& like, const OptionLimits& limits);
/// Throws OptionError when a number is out of range or a text is none of the choices.
void checkOption(const OptionValue& value, const OptionLimits& limits);
/// The shortest text that parseOption reads back as the same value.
std::string optionText(const OptionValue& value);
/// `value` as the type of `like`, where a file's whole number stands for a fraction or its text for a path.
/// Throws OptionError naming the option when the types do not fit.
OptionValue convertOption(const OptionValue& value, const OptionValue& like, const std::string& name);

/// An indented JSON object, in the given order. Throws OptionError when a text or path is not UTF-8.
std::string optionsToJson(std::span<const NamedOptionValue> values);
/// The members of a JSON object whose values are plain. Throws OptionError when it is something else;
/// `what` names the text for the error.
std::vector<NamedOptionValue> optionsFromJson(std::string_view text, std::string_view what);

template <typename Options>
OptionValue optionValue(const Options& options, const OptionRow<Options>& row) {
  return std::visit([&](auto member) { return OptionValue(options.*member); }, row.member);
}

template <typename Options>
OptionLimits optionLimits(const OptionRow<Options>& row, std::string name) {
  return {std::move(name), row.low, row.high, row.choices};
}

/// Sets a row's member; `name` is how errors call the option. Throws OptionError.
template <typename Options>
void setOption(Options& options,
               const OptionRow<Options>& row,
               const OptionValue& value,
               const std::string& name) {
  std::visit(
      [&](auto member) {
        using Value = std::remove_reference_t<decltype(options.*member)>;
        const OptionValue converted = convertOption(value, OptionValue(options.*member), name);
        checkOption(converted, optionLimits(row, name));
        options.*member = std::get<Value>(converted);
      },
      row.member);
}

/// The same from text as a person writes it.
template <typename Options>
void setOptionText(Options& options,
                   const OptionRow<Options>& row,
                   std::string_view text,
                   const std::string& name) {
  setOption(options, row, parseOption(text, optionValue(options, row), optionLimits(row, name)), name);
}

template <typename Options>
bool sameOption(const Options& a, const Options& b, const OptionRow<Options>& row) {
  return optionValue(a, row) == optionValue(b, row);
}

/// The row of a name or alias; null when there is none.
template <typename Options>
const OptionRow<Options>* findOption(const OptionTable<Options>& table, std::string_view name) {
  for (const OptionRow<Options>& row : table) {
    if (name == row.name || (row.alias != nullptr && name == row.alias)) {
      return &row;
    }
  }
  return nullptr;
}

/// "back_repeat" -> "--back-repeat".
std::string optionFlag(std::string_view name);

/// Throws OptionError naming the first option that is out of its range, by its spelling on the command line.
template <typename Options>
void checkOptions(const Options& options, const OptionTable<Options>& table) {
  for (const OptionRow<Options>& row : table) {
    checkOption(optionValue(options, row), optionLimits(row, optionFlag(row.name)));
  }
}

}  // namespace panohead
