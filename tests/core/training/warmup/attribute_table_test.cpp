#include "core/training/warmup/attribute_table.h"

#include "core/base/error.h"

#include <gmock/gmock.h>

#include <cmath>

namespace panohead {
namespace {

using testing::Contains;
using testing::Not;

AttributeTable flatten(const std::string& text, const std::vector<std::string>& people) {
  return flattenAttributes(text, people, "people.json");
}

double raw(const AttributeTable& table, std::int64_t person, const std::string& name) {
  const std::int64_t column = table.find(name);
  EXPECT_GE(column, 0) << name;
  const auto k = static_cast<std::size_t>(std::max<std::int64_t>(column, 0));
  return table.at(person, static_cast<std::int64_t>(k)) * table.deviation[k] + table.mean[k];
}

TEST(AttributeTable, NumbersTruthsAndTextsBecomeStandardisedColumns) {
  const AttributeTable table = flatten(
      R"({"a": {"age": 20, "tall": true, "kind": "x"}, "b": {"age": 40, "tall": false, "kind": "y"}})",
      {"a", "b"});
  EXPECT_FLOAT_EQ(table.at(0, table.find("age")), -1);
  EXPECT_FLOAT_EQ(table.at(1, table.find("age")), 1);
  EXPECT_DOUBLE_EQ(raw(table, 0, "tall"), 1);
  EXPECT_DOUBLE_EQ(raw(table, 1, "tall"), -1);
  EXPECT_DOUBLE_EQ(raw(table, 0, "kind=x"), 1);
  EXPECT_DOUBLE_EQ(raw(table, 0, "kind=y"), 0);
}

TEST(AttributeTable, PeopleAreFoundByNameViewFolderOrNumber) {
  EXPECT_DOUBLE_EQ(raw(flatten(R"([{"name": "q", "n": 1}, {"name": "p", "n": 2}])", {"p", "q"}), 0, "n"), 2);
  EXPECT_DOUBLE_EQ(
      raw(flatten(
              R"({"identities": [{"views": [{"name": "007/x.webp"}], "n": 1}, {"views": [{"name": "8/y.png"}], "n": 2}]})",
              {"007", "8"}),
          0,
          "n"),
      1);
  EXPECT_DOUBLE_EQ(
      raw(flatten(R"([{"identity": 3, "n": 5}, {"identity": 4, "n": 6}])", {"00004", "00003"}), 0, "n"), 6);
}

TEST(AttributeTable, ATruthValueBesideTextsMultipliesThem) {
  const AttributeTable table = flatten(
      R"({"a": {"hair": {"style": "long", "mirrored": true}}, "b": {"hair": {"style": "long", "mirrored": false}},
          "c": {"hair": {"style": "short", "mirrored": true}}})",
      {"a", "b", "c"});
  EXPECT_NEAR(raw(table, 0, "hair.style=long*mirrored"), 1, 1e-6);
  EXPECT_NEAR(raw(table, 1, "hair.style=long*mirrored"), -1, 1e-6);
  EXPECT_NEAR(raw(table, 2, "hair.style=long*mirrored"), 0, 1e-6);
}

TEST(AttributeTable, LinearColoursAreRootedAndExposureIsALogarithm) {
  const AttributeTable table = flatten(
      R"({"a": {"skin": {"albedo_linear": [0.25, 0.1, 0.1]}, "exposure": 1},
          "b": {"skin": {"albedo_linear": [0.81, 0.1, 0.2]}, "exposure": 2}})",
      {"a", "b"});
  EXPECT_NEAR(raw(table, 0, "skin.albedo_linear.0"), 0.5, 1e-6);
  EXPECT_NEAR(raw(table, 1, "skin.albedo_linear.0"), 0.9, 1e-6);
  EXPECT_NEAR(raw(table, 1, "exposure"), std::log(2.0), 1e-6);
  EXPECT_EQ(table.find("skin.albedo_linear.1"), -1) << "equal for all: dropped";
}

TEST(AttributeTable, ObjectsOfVaryingNumbersAreSummedAndMissingOnesAreZero) {
  const AttributeTable table =
      flatten(R"({"a": {"units": {"up": 0.5, "down": 0.25}}, "b": {"units": {"up": 0.1}}})", {"a", "b"});
  EXPECT_NEAR(raw(table, 0, "units.sum"), 0.75, 1e-6);
  EXPECT_NEAR(raw(table, 1, "units.down"), 0, 1e-6);
  const AttributeTable same =
      flatten(R"({"a": {"race": {"x": 0.5, "y": 0.5}}, "b": {"race": {"x": 0.1, "y": 0.9}}})", {"a", "b"});
  EXPECT_EQ(same.find("race.sum"), -1) << "the same members for all: no sum";
}

TEST(AttributeTable, LightsBecomeHarmonicsTimesExposure) {
  const AttributeTable table = flatten(
      R"({"a": {"exposure": 2, "lights": {"to_light": [[0, 0, 1]], "colours": [[1, 0.5, 0]], "sky": [0.5, 0, 0]}},
          "b": {"exposure": 1, "lights": {"to_light": [[0, 1, 0]], "colours": [[1, 1, 1]], "sky": [0, 0, 0]}}})",
      {"a", "b"});
  EXPECT_NEAR(raw(table, 0, "lights.harmonic.2.0"), 2 * 0.488603, 1e-5);  // z
  EXPECT_NEAR(raw(table, 0, "lights.harmonic.2.1"), 2 * 0.5 * 0.488603, 1e-5);
  EXPECT_NEAR(raw(table, 1, "lights.harmonic.1.2"), 0.488603, 1e-5);  // y
  EXPECT_NEAR(raw(table, 0, "lights.sky.0"), 1.0, 1e-5);              // sqrt(0.5 * 2)
}

TEST(AttributeTable, IdentifiersAndViewsAreNoAttributes) {
  const AttributeTable table = flatten(
      R"([{"identity": 1, "n": 1, "views": [{"name": "1/a", "yaw": 3}]}, {"identity": 2, "n": 2, "views": [{"name": "2/a", "yaw": 4}]}])",
      {"1", "2"});
  EXPECT_THAT(table.names, testing::ElementsAre("n"));
}

TEST(AttributeTable, OutliersAreClippedAndUnknownNumbersAreTheMean) {
  std::string text = "{";
  std::vector<std::string> people;
  for (int i = 0; i < 100; ++i) {
    people.push_back("p" + std::to_string(i));
    text += (i == 0 ? "\"" : ", \"") + people.back() +
            "\": {\"n\": " + std::to_string(i == 7 ? 1000 : i % 3) +
            (i == 5 ? "" : ", \"m\": " + std::to_string(i)) + "}";
  }
  const AttributeTable table = flatten(text + "}", people);
  EXPECT_FLOAT_EQ(table.at(7, table.find("n")), 4);
  EXPECT_FLOAT_EQ(table.at(5, table.find("m")), 0);
}

TEST(AttributeTable, RefusesWhatIsNoTable) {
  EXPECT_THROW(flatten("{", {"a"}), DatasetError);
  EXPECT_THROW(flatten("[1, 2]", {"a"}), DatasetError);
  try {
    flatten(R"({"a": {"n": 1}})", {"a", "b"});
    FAIL() << "b has no record";
  } catch (const DatasetError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'b'"));
  }
}

TEST(SphericalHarmonics, AreOrthonormalOnTheSphere) {
  std::vector<double> gram(81, 0.0);
  constexpr int kSteps = 200;
  for (int i = 0; i < kSteps; ++i) {
    const double z = -1 + (2.0 * i + 1) / kSteps;
    for (int j = 0; j < kSteps; ++j) {
      const double angle = 2 * M_PI * j / kSteps;
      const double r = std::sqrt(1 - z * z);
      const std::vector<double> y = sphericalHarmonics(r * std::cos(angle), r * std::sin(angle), z);
      for (std::size_t a = 0; a < 9; ++a) {
        for (std::size_t b = 0; b < 9; ++b) {
          gram[9 * a + b] += y[a] * y[b] * 4 * M_PI / (kSteps * kSteps);
        }
      }
    }
  }
  for (std::size_t a = 0; a < 9; ++a) {
    for (std::size_t b = 0; b < 9; ++b) {
      EXPECT_NEAR(gram[9 * a + b], a == b ? 1 : 0, 1e-3) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace panohead
