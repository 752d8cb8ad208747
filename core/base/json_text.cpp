#include "core/base/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace panohead {
namespace {

/// Caught as what it replaces: the error of the library's own parser.
class DepthError final : public nlohmann::json::exception {
 public:
  DepthError() : exception(0, fmt::format("more than {} levels inside each other", kMaxJsonDepth).c_str()) {}
};

}  // namespace

bool isTooDeep(std::string_view text) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) {
        return true;
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

template <typename Json>
Json parseJson(std::string_view text) {
  if (isTooDeep(text)) {
    throw DepthError();
  }
  return Json::parse(text);
}

template <typename Json>
Json parseJsonQuietly(std::string_view text) {
  return isTooDeep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
}

template <typename Json>
std::string jsonText(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

template nlohmann::json parseJson(std::string_view);
template nlohmann::ordered_json parseJson(std::string_view);
template nlohmann::json parseJsonQuietly(std::string_view);
template nlohmann::ordered_json parseJsonQuietly(std::string_view);
template std::string jsonText(const nlohmann::json&, int);
template std::string jsonText(const nlohmann::ordered_json&, int);

}  // namespace panohead
