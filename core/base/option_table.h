#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace panohead {

/// What a form, a command line and a file need to know of one option of an options struct.
template <typename Options>
struct OptionRow {
  using Member = std::variant<bool Options::*,
                              int Options::*,
                              std::int64_t Options::*,
                              double Options::*,
                              std::string Options::*,
                              std::filesystem::path Options::*>;
  const char* name;   // "back_repeat": key in files; "--back-repeat" on the command line (both spellings are taken)
  Member member;
  const char* help;   // one sentence with the unit
  const char* group;  // "Data", "Losses", ...
  double low = 0, high = 0;             // numbers: range
  std::vector<const char*> choices{};   // texts: what may be chosen; empty: anything
  bool advanced = false;
};

template <typename Options>
using OptionTable = std::vector<OptionRow<Options>>;

}  // namespace panohead
