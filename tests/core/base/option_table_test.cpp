#include "core/base/option_table.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Sample {
  bool flag = false;
  int count = 3;
  std::int64_t seed = 0;
  double rate = 0.5;
  std::string kind = "soft";
  std::filesystem::path file{};
};

const OptionTable<Sample>& table() {
  static const OptionTable<Sample> rows{
      {.name = "flag", .member = &Sample::flag, .help = "A flag", .group = "G"},
      {.name = "count", .member = &Sample::count, .help = "A count", .group = "G", .low = 1, .high = 9},
      {.name = "seed", .member = &Sample::seed, .help = "A seed", .group = "G", .high = 9007199254740992.0},
      {.name = "rate", .member = &Sample::rate, .help = "A rate", .group = "G", .high = 1, .alias = "speed"},
      {.name = "kind", .member = &Sample::kind, .help = "A kind", .group = "G", .choices = {"soft", "hard"}},
      {.name = "file", .member = &Sample::file, .help = "A file", .group = "G"}};
  return rows;
}

Sample withText(const char* name, std::string_view text) {
  Sample sample;
  setOptionText(sample, *findOption(table(), name), text, optionFlag(name));
  return sample;
}

template <typename Call>
OptionError errorOf(Call call) {
  try {
    call();
  } catch (const OptionError& error) {
    return error;
  }
  ADD_FAILURE() << "no OptionError";
  return OptionError("none");
}

TEST(OptionTable, TextSetsEveryKindOfValue) {
  for (const char* text : {"true", "True", "yes", "on", "1"}) {
    EXPECT_TRUE(withText("flag", text).flag) << text;
  }
  Sample on{.flag = true};
  for (const char* text : {"false", "False", "no", "off", "0"}) {
    on.flag = true;
    setOptionText(on, table()[0], text, "--flag");
    EXPECT_FALSE(on.flag) << text;
  }
  EXPECT_EQ(withText("count", "9").count, 9);
  EXPECT_EQ(withText("seed", "9007199254740992").seed, 9007199254740992);
  EXPECT_EQ(withText("rate", "0.1").rate, 0.1);
  EXPECT_EQ(withText("kind", "hard").kind, "hard");
  EXPECT_EQ(withText("file", "a b.zip").file, "a b.zip");
}

TEST(OptionTable, WrongTextNamesTheOptionAndWhatMayBeGiven) {
  const OptionError range = errorOf([] { withText("count", "10"); });
  EXPECT_THAT(range.what(), AllOf(HasSubstr("--count"), HasSubstr("'10'"), HasSubstr("1 to 9")));
  const OptionError choice = errorOf([] { withText("kind", "wet"); });
  EXPECT_THAT(choice.what(), AllOf(HasSubstr("--kind"), HasSubstr("'wet'")));
  EXPECT_THAT(choice.hint(), HasSubstr("soft, hard"));
  const OptionError flag = errorOf([] { withText("flag", "maybe"); });
  EXPECT_THAT(flag.what(), AllOf(HasSubstr("--flag"), HasSubstr("'maybe'")));
  for (const char* text : {"", "x", "1e999", "nan", "0.5x", "-0.1"}) {
    EXPECT_THROW(withText("rate", text), OptionError) << text;
  }
  EXPECT_THROW(withText("count", "3.5"), OptionError);
}

TEST(OptionTable, TextOfAValueReadsBackAsTheSameValue) {
  const Sample sample{
      .flag = true, .count = 7, .seed = 1234567890123, .rate = 0.1 + 0.2, .kind = "hard", .file = "a/b"};
  Sample copy;
  for (const auto& row : table()) {
    EXPECT_FALSE(sameOption(sample, copy, row)) << row.name;
    setOptionText(copy, row, optionText(optionValue(sample, row)), row.name);
    EXPECT_TRUE(sameOption(sample, copy, row)) << row.name;
  }
}

TEST(OptionTable, JsonKeepsOrderAndValues) {
  const Sample sample{
      .flag = true, .count = 7, .seed = 1234567890123, .rate = 0.1 + 0.2, .kind = "hard", .file = "ä/b"};
  std::vector<NamedOptionValue> values;
  for (const auto& row : table()) {
    values.emplace_back(row.name, optionValue(sample, row));
  }
  const std::string json = optionsToJson(values);
  EXPECT_LT(json.find("\"flag\""), json.find("\"count\""));
  Sample copy;
  for (const auto& [name, value] : optionsFromJson(json, "the text")) {
    setOption(copy, *findOption(table(), name), value, name);
  }
  for (const auto& row : table()) {
    EXPECT_TRUE(sameOption(sample, copy, row)) << row.name;
  }
}

TEST(OptionTable, NumbersOfOtherProgramsAreTakenWhereTheyFit) {
  Sample sample;
  setOption(sample, *findOption(table(), "count"), OptionValue(4.0), "count");
  EXPECT_EQ(sample.count, 4);
  setOption(sample, *findOption(table(), "rate"), OptionValue(std::int64_t{1}), "rate");
  EXPECT_EQ(sample.rate, 1.0);
  const auto refused = [&](const char* name, const OptionValue& value) {
    EXPECT_THROW(setOption(sample, *findOption(table(), name), value, name), OptionError) << name;
  };
  refused("count", OptionValue(4.5));
  refused("count", OptionValue(std::int64_t{1} << 40));
  refused("count", OptionValue(std::string("4")));
  refused("rate", OptionValue(true));
  refused("rate", OptionValue(1.5));
  refused("flag", OptionValue(std::int64_t{1}));
  refused("kind", OptionValue(std::string("wet")));
  refused("kind", OptionValue(1.0));
  EXPECT_EQ(sample.count, 4);
}

TEST(OptionTable, JsonThatHoldsNoOptionsIsRefused) {
  for (const char* text : {"", "[]", "3", "{", R"({"a": [1]})", R"({"a": null})", R"({"a": {"b": 1}})"}) {
    EXPECT_THROW(optionsFromJson(text, "the text"), OptionError) << text;
  }
  EXPECT_THAT(errorOf([] { optionsFromJson("[]", "options.json"); }).what(), HasSubstr("options.json"));
  EXPECT_THROW(optionsToJson(std::vector<NamedOptionValue>{{"file", std::filesystem::path("\xff")}}),
               OptionError);
}

TEST(OptionTable, NamesAliasesAndFlags) {
  EXPECT_EQ(findOption(table(), "speed"), findOption(table(), "rate"));
  EXPECT_EQ(findOption(table(), "none"), nullptr);
  EXPECT_EQ(optionFlag("back_repeat"), "--back-repeat");
}

TEST(OptionTable, CheckFindsTheMemberThatIsOutOfRange) {
  EXPECT_NO_THROW(checkOptions(Sample{}, table()));
  EXPECT_THAT(errorOf([] { checkOptions(Sample{.rate = 2}, table()); }).what(), HasSubstr("--rate"));
  EXPECT_THAT(errorOf([] { checkOptions(Sample{.kind = ""}, table()); }).what(), HasSubstr("--kind"));
}

TEST(OptionTable, ValuesOfNoKindAreNamedByTheirKind) {
  const auto messageOf = [](const std::string& value) {
    return std::string(errorOf([&] { optionsFromJson("{\"kimg\": " + value + "}", "the text"); }).what());
  };
  EXPECT_THAT(messageOf("[1, 2]"), testing::AllOf(HasSubstr("kimg"), HasSubstr("kind 'array'")));
  for (const std::size_t depth : {64U, 200'000U}) {  // printing the second would overflow the stack
    EXPECT_LT(messageOf(std::string(depth, '[') + std::string(depth, ']')).size(), 200U);
  }
}

}  // namespace
}  // namespace panohead
