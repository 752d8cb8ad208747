#include "core/base/json_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace panohead {
namespace {

using Json = nlohmann::json;

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(JsonText, IsReadToItsDepthAndNoDeeper) {
  EXPECT_EQ(parseJson(nested(64)).dump(), nested(64));
  EXPECT_TRUE(parseJsonQuietly(nested(64)).is_array());
  for (const std::size_t levels : {65U, 200'000U}) {
    EXPECT_THROW(parseJson(nested(levels)), Json::exception);
    EXPECT_THROW(parseJson<nlohmann::ordered_json>(nested(levels)), Json::exception);
    EXPECT_TRUE(parseJsonQuietly(nested(levels)).is_discarded());
  }
  EXPECT_THROW(parseJson("{"), Json::exception);
  EXPECT_TRUE(parseJsonQuietly("{").is_discarded());
}

TEST(JsonText, BracketsInTextsAndListsBesideEachOtherAreNotDeep) {
  std::string beside = "[[]";
  for (int i = 0; i < 100; ++i) {
    beside += ",[\"\\\"[[[[[[[[[[[[[[[[[\\\\\"]";
  }
  EXPECT_EQ(parseJson(beside + "]").size(), 101U);
}

TEST(JsonText, IsWrittenWhateverTheBytes) {
  EXPECT_EQ(jsonText(Json{{"a", "caf\xe9"}}), "{\"a\":\"caf\xef\xbf\xbd\"}");
  EXPECT_EQ(jsonText(nlohmann::ordered_json{1}, 1), "[\n 1\n]");
}

}  // namespace
}  // namespace panohead
