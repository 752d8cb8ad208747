#include "tests/support/qt_window.h"
#include "ui/training/number_box.h"
#include "ui/training/option_form.h"
#include "ui/training/run_chart.h"

#include <QChart>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QLineSeries>
#include <QScrollArea>
#include <QScrollBar>
#include <QTest>
#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

namespace panohead::ui {
namespace {

class TrainingFormTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
  }
};

/// Another value than the default, at the edge of what is allowed where there is an edge.
OptionValue otherValue(const OptionRow<TrainingOptions>& row) {
  return std::visit(
      [&](const auto& v) -> OptionValue {
        using Value = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Value, bool>) {
          return !v;
        } else if constexpr (std::is_same_v<Value, double>) {
          const double third = row.low + (row.high - row.low) / 3;
          return third == v ? row.high : third;
        } else if constexpr (std::is_arithmetic_v<Value>) {
          return static_cast<Value>(static_cast<double>(v) == row.high ? row.low : row.high);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return row.choices.empty() ? std::string("other")
                                     : std::string(row.choices[row.choices[0] == v ? 1 : 0]);
        } else {
          return std::filesystem::path("/some/pl\u00e4ce/with space.zip");
        }
      },
      optionValue(TrainingOptions{}, row));
}

TEST_F(TrainingFormTest, EveryOptionGoesThroughTheFormUnchanged) {
  const std::unique_ptr<OptionForm> made(makeOptionForm());
  OptionForm& form = *made;
  TrainingOptions all;
  for (const auto& row : trainingOptionTable()) {
    TrainingOptions one;
    const OptionValue value = otherValue(row);
    setOption(one, row, value, row.name);
    setOption(all, row, value, row.name);
    form.setOptions(one);
    EXPECT_EQ(optionText(optionValue(form.options(), row)), optionText(value)) << row.name;
    EXPECT_EQ(form.options().toJson(), one.toJson()) << row.name;
    const QStringList arguments = form.arguments();
    ASSERT_EQ(arguments.size(), 2) << row.name;
    EXPECT_EQ(arguments[0].toStdString(), optionFlag(row.name));
    EXPECT_EQ(arguments[1].toStdString(), optionText(value));
  }
  form.setOptions(all);
  EXPECT_EQ(form.options().toJson(), all.toJson());
  for (const std::string& name : trainingPresetNames()) {
    form.setBase(trainingPreset(name));
    form.setOptions(trainingPreset(name));
    EXPECT_EQ(form.options().toJson(), trainingPreset(name).toJson()) << name;
    EXPECT_TRUE(form.arguments().isEmpty()) << name;
  }
}

TEST_F(TrainingFormTest, RareOptionsAreHiddenUntilWished) {
  const std::unique_ptr<OptionForm> made(makeOptionForm());
  OptionForm& form = *made;
  const auto* rare = form.findChild<QWidget*>("option_beta1");
  ASSERT_NE(rare, nullptr);
  EXPECT_FALSE(rare->isVisibleTo(&form));
  form.showAdvanced(true);
  EXPECT_TRUE(rare->isVisibleTo(&form));
}

TEST_F(TrainingFormTest, ANarrowFormHasFewerColumns) {
  QScrollArea area;
  area.setWidgetResizable(true);
  auto* form = makeOptionForm();
  form->fitInto(area);
  const auto placeOf = [&](const char* name) {
    return form->findChild<QWidget*>(name)->mapTo(form, QPoint(0, 0)).x();
  };
  for (const auto& [width, columns] : {std::pair{1100, 3}, {720, 2}, {420, 1}, {1100, 3}}) {
    area.resize(width, 500);
    area.show();
    QTest::qWait(50);
    const int first = placeOf("option_data");
    const int second = placeOf("option_depth_resolution");
    const int third = placeOf("option_gamma");
    EXPECT_EQ(second > first + 150, columns > 1) << width;
    EXPECT_EQ(third > second + 150, columns > 2) << width;
    EXPECT_EQ(area.horizontalScrollBar()->maximum(), 0) << "something is cut off at " << width;
  }
}

TEST_F(TrainingFormTest, NumbersAreShownShortAndStepInProportion) {
  NumberBox box(0, 1e6, false);
  box.setValue(0.0025);
  EXPECT_EQ(box.text(), "0.0025");
  box.stepUp();
  EXPECT_EQ(box.text(), "0.0026");
  box.setValue(25000);
  box.stepDown();
  EXPECT_EQ(box.value(), 24000);
  QString text = "1e-";
  int position = 0;
  EXPECT_EQ(box.validate(text, position), QValidator::Intermediate);
  text = "nan";
  EXPECT_NE(box.validate(text, position), QValidator::Acceptable);
}

TEST_F(TrainingFormTest, ChartsSmoothScaleAndCompare) {
  auto stats = std::make_shared<RunStats>();
  for (int i = 1; i <= 5000; ++i) {
    (*stats)["Loss/G/loss"].push_back({i * 1.0, i % 2 == 0 ? 3.0 : 1.0});
    (*stats)["Loss/D/real"].push_back({i * 1.0, -1.0});
  }
  RunChart chart("chart", 0);
  chart.setRuns({{"run", stats}});
  ASSERT_EQ(chart.chart()->series().size(), 2);
  const auto points = [&](int i) {
    return static_cast<QLineSeries*>(chart.chart()->series().at(i))->points();
  };
  EXPECT_LE(points(0).size(), 1000);
  chart.setSmoothing(0.99);
  EXPECT_NEAR(points(0).back().y() + points(1).back().y(), 1, 0.1);  // 2 and -1
  chart.setLogScale(true);
  int drawn = 0;
  for (int i = 0; i < 2; ++i) {
    drawn += points(i).isEmpty() ? 0 : 1;
  }
  EXPECT_EQ(drawn, 1) << "numbers below zero have no logarithm";
  chart.setLogScale(false);
  chart.setRuns({{"run", stats}, {"other", stats}});
  EXPECT_EQ(chart.chart()->series().size(), 4);
  EXPECT_TRUE(chart.chart()->series().back()->name().startsWith("other: "));
  chart.setRuns({});
  EXPECT_TRUE(chart.chart()->series().isEmpty());
}

TEST_F(TrainingFormTest, ChartsShowScoresFrontAndBackRatesAndMemory) {
  auto stats = std::make_shared<RunStats>();
  for (const char* name : {"Loss/scores/real",
                           "Loss/scores/fake",
                           "Scores/real_front",
                           "Scores/fake_back",
                           "Timing/sec_per_kimg",
                           "Resources/cpu_mem_gb"}) {
    (*stats)[name] = {{1, 0.5}, {2, 0.75}};
  }
  const auto shown = [&](int topic) {
    RunChart chart("chart", topic);
    chart.setRuns({{"run", stats}});
    QStringList names;
    for (const QAbstractSeries* series : chart.chart()->series()) {
      names << series->name();
    }
    return names;
  };
  const RunChart any("chart", 0);
  QStringList all;
  for (int topic = 0; topic < any.topicCount(); ++topic) {
    const QString name = any.findChild<QComboBox*>()->itemText(topic);
    if (const QStringList curves = shown(topic); !curves.isEmpty()) {
      all << name + ": " + curves.join(", ");
    }
  }
  const QString text = all.join("\n");
  EXPECT_EQ(all.size(), 4) << text.toStdString();
  for (const char* topic : {"Scores", "Front and back", "Seconds per kimg", "Memory"}) {
    EXPECT_TRUE(text.contains(topic)) << text.toStdString();
  }
  EXPECT_TRUE(text.contains("real_front") && text.contains("fake_back")) << text.toStdString();
}

TEST(RunChart, AveragesStartAtTheFirstPoint) {
  const std::vector<StatPoint> points{{1, 4}, {2, 4}, {3, 4}};
  EXPECT_EQ(smoothed(points, 0), points);
  for (const StatPoint& point : smoothed(points, 0.9)) {
    EXPECT_NEAR(point.mean, 4, 1e-12);
  }
}

}  // namespace
}  // namespace panohead::ui
