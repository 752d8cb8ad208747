#include "core/base/crc32c.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace panohead {
namespace {

std::uint32_t crcOf(const std::string& text) { return crc32c(std::as_bytes(std::span(text))); }

TEST(Crc32c, MeetsTheValuesOfRfc3720) {
  EXPECT_EQ(crcOf(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crcOf(std::string(32, '\xff')), 0x62a8ab43U);
  std::string rising;
  for (char c = 0; c < 32; ++c) {
    rising += c;
  }
  EXPECT_EQ(crcOf(rising), 0x46dd794eU);
  EXPECT_EQ(crcOf(std::string(rising.rbegin(), rising.rend())), 0x113fdb5cU);
  EXPECT_EQ(crcOf("123456789"), 0xe3069283U);
  EXPECT_EQ(crcOf(""), 0U);
}

TEST(Crc32c, IsTheSameHoweverTheBytesAreCut) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += static_cast<char>(i * 37);
  }
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Crc32c crc;
    crc.update(std::as_bytes(std::span(text)).first(cut));
    crc.update(std::as_bytes(std::span(text)).subspan(cut));
    EXPECT_EQ(crc.value(), crcOf(text)) << cut;
  }
}

}  // namespace
}  // namespace panohead
