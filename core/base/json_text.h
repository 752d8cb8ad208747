#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace panohead {

/// Levels of lists and objects inside each other that files of this program and of its relatives may have
/// (they have five). The library copies and prints by recursion: of 100 000 levels, the stack overflows.
inline constexpr int kMaxJsonDepth = 64;

/// Whether a text opens more than kMaxJsonDepth lists and objects inside each other, be it JSON or not.
bool isTooDeep(std::string_view text) noexcept;

// All JSON of files goes through these two. `Json` is nlohmann::json or nlohmann::ordered_json.

/// Throws nlohmann::json::exception when it is no JSON or nested more than kMaxJsonDepth levels deep.
template <typename Json = nlohmann::json>
Json parseJson(std::string_view text);

/// The same for lines that may be anything: then a value that is_discarded(), and of no type.
template <typename Json = nlohmann::json>
Json parseJsonQuietly(std::string_view text);

/// Always UTF-8, whatever bytes names and foreign texts have in them. @param indent spaces a level; -1: one
/// line
template <typename Json>
std::string jsonText(const Json& json, int indent = -1);

}  // namespace panohead
