#include "core/dataset/dataset_labels.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::HasSubstr;

std::vector<LabelRow> parse(const std::string& text) {
  return parseLabels(std::as_bytes(std::span(text)), "d.json");
}

std::string numbers(int count, const std::string& value = "0.5") {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ",") + value;
  }
  return text;
}

std::string oneLabel(const std::string& values) { return R"({"labels": [["a.png", [)" + values + "]]]}"; }

TEST(DatasetLabels, NumbersAndNumericStringsAreRead) {
  for (const char* value : {"-0.25", "\"-0.25\"", "\" -2.5e-1 \""}) {
    const std::vector<LabelRow> rows = parse(oneLabel(numbers(25, value)));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].name, "a.png");
    EXPECT_EQ(rows[0].problem, "") << value;
    EXPECT_THAT(rows[0].label, testing::Each(-0.25F));
  }
}

TEST(DatasetLabels, BadRowsKeepTheirNameAndSayWhy) {
  const auto problem = [](const std::string& values) { return parse(oneLabel(values)).at(0).problem; };
  EXPECT_THAT(problem(numbers(24)), HasSubstr("24 numbers"));
  EXPECT_THAT(problem(numbers(26)), HasSubstr("26 numbers"));
  EXPECT_THAT(problem(numbers(24) + ",\"nan\""), HasSubstr("value 25 is not finite"));
  EXPECT_THAT(problem(numbers(24) + ",1e60"), HasSubstr("value 25 is not finite"));
  EXPECT_THAT(problem("\"x\"," + numbers(24)), HasSubstr("value 1 is no number"));
  EXPECT_THAT(problem("\"0.5mm\"," + numbers(24)), HasSubstr("value 1 is no number"));
  EXPECT_THAT(problem("null," + numbers(24)), HasSubstr("value 1 is no number"));
  EXPECT_THAT(problem("\"\"," + numbers(24)), HasSubstr("value 1 is no number"));
  EXPECT_THAT(parse(R"({"labels": [["a.png", null]]})").at(0).problem, HasSubstr("no list"));
}

TEST(DatasetLabels, FilesOfAnotherShapeAreRefusedByName) {
  for (const char* text : {"",
                           "{",
                           "[]",
                           "{}",
                           R"({"labels": null})",
                           R"({"labels": {"a.png": [1]}})",
                           R"({"labels": ["a.png"]})",
                           R"({"labels": [[1, [2]]]})",
                           "\xFF\xFE{}",
                           R"({"labels": [["a.png", [1], 3]]})"}) {
    try {
      parse(text);
      ADD_FAILURE() << text;
    } catch (const DatasetError& error) {
      EXPECT_THAT(error.what(), HasSubstr("d.json"));
      EXPECT_THAT(error.hint(), HasSubstr("labels"));
    }
  }
}

TEST(DatasetLabels, DeepNestingIsNoCrash) {
  const std::string deep(200000, '[');
  EXPECT_THROW(parse(deep), DatasetError);
  EXPECT_THROW(parse("{\"labels\": " + deep + std::string(200000, ']') + "}"), DatasetError);
}

TEST(DatasetLabels, WrittenLabelsReadBackExactly) {
  std::vector<LabelRow> rows(2);
  rows[0].name = "a/\"quoted\".png";
  rows[1].name = "\xC3\xA9.png";
  for (std::size_t i = 0; i < 25; ++i) {
    rows[0].label[i] = 1.0F / static_cast<float>(i + 3);
    rows[1].label[i] = -1e-7F * static_cast<float>(i);
  }
  const std::vector<LabelRow> back = parse(writeLabels(rows));
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back[i].name, rows[i].name);
    EXPECT_EQ(back[i].label, rows[i].label);
  }
}

TEST(DatasetLabels, WhatElseAFileHoldsIsPassedOverHoweverDeep) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const auto rows = parse(R"({"before": )" + deep + R"(, "more": {"labels": [1]}, "labels": [["a.png", )" +
                          R"({"x": [[1]]}], ["b.png", [[1], )" + numbers(24) + "]]]}");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].problem, HasSubstr("no list"));
  EXPECT_THAT(rows[1].problem, HasSubstr("value 1 is no number"));
  EXPECT_THAT(parse(R"({"labels": [["a.png", )" + deep + "]]}").at(0).problem, HasSubstr("1 numbers"));
  EXPECT_THROW(parse(R"({"labels": )" + deep + "}"), DatasetError);
}

TEST(DatasetLabels, NamesThatNoJsonCanHoldAreRefusedByName) {
  const std::vector<LabelRow> rows{{"caf\xe9.png", {}, {}}};
  EXPECT_THROW(writeLabels(rows), DatasetError);
}

}  // namespace
}  // namespace panohead
