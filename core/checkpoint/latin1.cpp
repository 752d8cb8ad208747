#include "core/checkpoint/latin1.h"

namespace panohead {

std::optional<std::vector<std::byte>> decodeLatin1(std::string_view text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto value = static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    if (value >= 0x80) {
      // U+0080 to U+00FF are 0xc2 or 0xc3 and one continuation byte.
      const bool pair = (value == 0xc2 || value == 0xc3) && i + 1 < text.size();
      const auto next = pair ? static_cast<unsigned>(static_cast<unsigned char>(text[++i])) : 0U;
      if ((next & 0xc0U) != 0x80U) {
        return std::nullopt;
      }
      value = ((value & 3U) << 6U) | (next & 0x3fU);
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

}  // namespace panohead
