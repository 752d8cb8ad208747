#include "core/checkpoint/passport.h"

#include "tests/support/places.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace panohead {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

ModelPassport passportOf(const std::filesystem::path& path) {
  SilentContext context;
  return makePassport(openCheckpoint(path, context), context);
}

TEST(Passport, CountsTheShippedModel) {
  const ModelPassport passport = passportOf(test::firstModelFile());
  ASSERT_EQ(passport.networks.size(), 1U);
  const ModelPassport::Network& network = passport.networks[0];
  EXPECT_EQ(network.key, "G_ema");
  EXPECT_EQ(network.resolution, 256);
  EXPECT_EQ(network.parameters, 10'267'114);
  EXPECT_EQ(network.parameter_tensors + network.buffer_tensors, 276U);
  EXPECT_EQ(network.types, "float16");
  EXPECT_EQ(passport.sha256, "08a63d5029636f01f594140d751225eda8b89e51b8915da7b90e1d901f8f7101");
}

TEST(Passport, SaysWhatAPickleCarriesAndThatItWasNotRun) {
  const ModelPassport passport = passportOf(test::sourceData("mini_hazards_p4.pkl"));
  const Json json = Json::parse(passport.toJson());
  EXPECT_EQ(json["format"], "pickle");
  EXPECT_EQ(json["bytes"], 179092);
  EXPECT_EQ(json["networks"].size(), 3U);
  EXPECT_EQ(json["networks"][2]["class"], "FullyConnectedLayer");
  EXPECT_EQ(json["networks"][2]["parameters"], 15);
  EXPECT_EQ(json["training_set"]["huge"], "1180591620717411303424");
  EXPECT_EQ(json["embedded_source_run"], false);
  EXPECT_GT(json["embedded_source_bytes"], 100'000);
  const std::string text = passport.toText();
  EXPECT_THAT(text, HasSubstr("never run"));
  EXPECT_THAT(text, HasSubstr("torch._utils._rebuild_tensor_v2"));
  EXPECT_THAT(text, HasSubstr(passport.sha256));
  EXPECT_THAT(text, HasSubstr("G_ema: FullyConnectedLayer"));
}

TEST(Passport, ObjectsInTheMetadataAreListed) {
  ModelPassport passport;
  passport.metadata = {{"training_options", R"({"batch": 4, "data": "heads.zip"})"}, {"licence", "CC0"}};
  const std::string text = passport.toText();
  EXPECT_THAT(text, HasSubstr("  training_options\n    batch                            4\n"));
  EXPECT_THAT(text, HasSubstr("licence"));
  EXPECT_THAT(text, testing::Not(HasSubstr("{")));
}

TEST(Passport, GivesATerminalNothingToObey) {
  const std::string evil =
      "\x1b]0;owned\x07\x7f\xc2\x9b"
      "31m\n";
  ModelPassport passport;
  passport.file = evil;
  ModelPassport::Network& network = passport.networks.emplace_back();
  network.key = network.class_name = evil;
  network.config = Json{{evil, evil}}.dump();
  passport.training_set = Json{{evil, 1}}.dump();
  passport.metadata = {{evil, evil}};
  passport.classes = {evil};
  const std::string text = passport.toText();
  EXPECT_THAT(text, HasSubstr("owned"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\xc2\x9b")));
  for (const char c : text) {
    ASSERT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 32 && c != 127)) << static_cast<int>(c);
  }
}

}  // namespace
}  // namespace panohead
