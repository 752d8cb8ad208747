#include "core/base/printable_text.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

TEST(PrintableText, HoldsNoControlsAndNoHalfCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\n\x7f\xc2\x9b"), "a?[31m????");
  EXPECT_EQ(printable("a\nb", true), "a\nb");
  EXPECT_EQ(printable("\xc3\xa4"), "\xc3\xa4");
  EXPECT_EQ(printable("\xc2"
                      "A"),
            "\xc2"
            "A");  // no control, and no UTF-8
  for (const char* text : {"", "abc", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf"}) {
    EXPECT_TRUE(isUtf8(text)) << text;
  }
  for (const char* text : {"\xe9",
                           "caf\xe9.jpg",
                           "\xc3",
                           "\xc0\xaf",
                           "\xe0\x80\xaf",
                           "\xed\xa0\x80",
                           "\xf4\x90\x80\x80",
                           "\x80"}) {
    EXPECT_FALSE(isUtf8(text)) << text;
  }
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("ab\xc3\xa4"
                      "efg",
                      6),
            "ab...");
}

}  // namespace
}  // namespace panohead
