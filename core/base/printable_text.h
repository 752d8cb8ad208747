#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace panohead {

/// Text of a file as a terminal may be given it: control characters, which terminals obey, become '?'.
/// @param lines whether line breaks stay
std::string printable(std::string text, bool lines = false);

/// Whether it is UTF-8, as names of files need not be.
bool isUtf8(std::string_view text) noexcept;

/// The text, or so many of its first bytes that it has no more than `most`, with three dots behind; no
/// character is cut (UTF-8).
std::string shortened(std::string text, std::size_t most);

}  // namespace panohead
