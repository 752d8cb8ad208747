#include "core/base/text_values.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(TextValues, SeedsAreListsAndRisingRanges) {
  EXPECT_THAT(parseSeeds("0-3,7", "--seeds"), ElementsAre(0, 1, 2, 3, 7));
  EXPECT_THAT(parseSeeds("5", "--seeds"), ElementsAre(5));
  EXPECT_THAT(parseSeeds("4294967295", "--seeds"), ElementsAre(4294967295U));
  EXPECT_THAT(parseSeeds("4294967294-4294967295", "--seeds"), ElementsAre(4294967294U, 4294967295U));
}

TEST(TextValues, SeedsThatMakeNoSenseAreRefused) {
  for (const char* text : {"",
                           ",",
                           "1,",
                           "-1",
                           "-",
                           "3-",
                           "7-3",
                           "1.5",
                           "x",
                           "0x10",
                           "1 2",
                           "1--2",
                           "4294967296",
                           "99999999999999999999999",
                           "0-4294967295",
                           "0-99999,100000",
                           "+-1",
                           "1-2-3"}) {
    EXPECT_THROW(parseSeeds(text, "--seeds"), OptionError) << "'" << text << "'";
  }
}

TEST(TextValues, ErrorNamesOptionAndText) {
  try {
    parseSeeds("7-3", "--seeds");
    FAIL();
  } catch (const OptionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("--seeds: '7-3'"));
    EXPECT_THAT(error.hint(), HasSubstr("0-3,7"));
  }
}

TEST(TextValues, NumbersAreFiniteAndInRange) {
  EXPECT_THAT(parseNumbers("-45,0,+22.5,1e1", -90, 90, "--yaw"), ElementsAre(-45, 0, 22.5, 10));
  for (const char* text : {"", "91", "nan", "inf", "-inf", "1,,2", "1e999", "5deg", "1;2"}) {
    EXPECT_THROW(parseNumbers(text, -90, 90, "--yaw"), OptionError) << "'" << text << "'";
  }
}

TEST(TextValues, IntegersAreWholeAndInRange) {
  EXPECT_EQ(parseInteger("-3", -5, 5, "--n"), -3);
  for (const char* text : {"", "6", "1.0", "five", "9223372036854775808"}) {
    EXPECT_THROW(parseInteger(text, -5, 5, "--n"), OptionError) << "'" << text << "'";
  }
}

/// The hint of the OptionError that `parse` must throw.
template <typename Parse>
std::string hintOf(Parse parse) {
  try {
    parse();
  } catch (const OptionError& error) {
    return error.hint();
  }
  return "no error";
}

TEST(TextValues, HintsNameTheLimitOrTheWayToWrite) {
  EXPECT_EQ(hintOf([] { parseInteger("100000", 0, 512, "--n"); }), "the largest is 512");
  EXPECT_EQ(hintOf([] { parseInteger("0", 1, 512, "--n"); }), "the smallest is 1");
  EXPECT_THAT(hintOf([] { parseInteger("1.5", 1, 512, "--n"); }), HasSubstr("digits"));
  EXPECT_EQ(hintOf([] { parseNumber("99", -2, 2, "--psi"); }), "the largest is 2");
  EXPECT_EQ(hintOf([] { parseNumbers("0,-90", -89.5, 89.5, "--pitch"); }), "the smallest is -89.5");
  for (const char* text : {"nan", "1,2", "many"}) {
    EXPECT_THAT(hintOf([&] { parseNumber(text, 1, 240, "--fps"); }),
                AllOf(HasSubstr("point"), Not(HasSubstr("comma"))));
  }
  EXPECT_THAT(hintOf([] { parseNumbers("0;1", -90, 90, "--yaw"); }), HasSubstr("commas"));
}

TEST(TextValues, ColoursAreNamesOrHexadecimal) {
  EXPECT_THAT(*parseColour("#1a2B3c"), ElementsAre(0x1a, 0x2b, 0x3c));
  EXPECT_THAT(*parseColour("#f08"), ElementsAre(255, 0, 0x88));
  EXPECT_THAT(*parseColour("white"), ElementsAre(255, 255, 255));
  for (const char* text : {"", "#", "#12", "#12345", "#1234567", "#gggggg", "#+1+1+1", "mauve", "White "}) {
    EXPECT_FALSE(parseColour(text)) << "'" << text << "'";
  }
}

}  // namespace
}  // namespace panohead
