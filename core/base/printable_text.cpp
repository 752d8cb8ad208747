#include "core/base/printable_text.h"

#include <algorithm>

namespace panohead {

std::string printable(std::string text, bool lines) {
  const auto is_control = [lines](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 32 && !(lines && c == '\n')) || code == 127;
  };
  std::ranges::replace_if(text, is_control, '?');
  // The controls from 128 to 159 (C1) as UTF-8 has them: of two bytes, the first is 0xC2.
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) == 0xC2 &&
        (static_cast<unsigned char>(text[i + 1]) & 0xE0U) == 0x80) {
      text[i] = text[i + 1] = '?';
    }
  }
  return text;
}

bool isUtf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    const int more = first < 0x80                    ? 0
                     : first >= 0xC2 && first < 0xE0 ? 1
                     : first >= 0xE0 && first < 0xF0 ? 2
                     : first >= 0xF0 && first < 0xF5 ? 3
                                                     : -1;
    if (more < 0 || static_cast<std::size_t>(more) > text.size() - i) {
      return false;
    }
    for (int k = 0; k < more; ++k, ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      // The second byte alone tells overlong forms, surrogates and what lies beyond the last character.
      const unsigned low = k == 0 && first == 0xE0 ? 0xA0 : k == 0 && first == 0xF0 ? 0x90 : 0x80;
      const unsigned high = k == 0 && first == 0xED ? 0x9F : k == 0 && first == 0xF4 ? 0x8F : 0xBF;
      if (next < low || next > high) {
        return false;
      }
    }
  }
  return true;
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  std::size_t end = most < 3 ? 0 : most - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  text.resize(end);
  return text + "...";
}

}  // namespace panohead
