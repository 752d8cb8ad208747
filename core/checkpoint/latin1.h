#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace panohead {

/// The bytes that protocol 2 pickles store as text: one byte per character of UTF-8 `text`. Nothing when
/// a character lies beyond U+00FF or the text is no UTF-8.
std::optional<std::vector<std::byte>> decodeLatin1(std::string_view text);

}  // namespace panohead
