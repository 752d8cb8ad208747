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
    if (static_cast<unsigned char>(text[i]) == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      text[i] = text[i + 1] = '?';
    }
  }
  return text;
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
