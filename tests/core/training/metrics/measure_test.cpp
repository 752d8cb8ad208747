// Whole measurements with a small random generator and a small data set on disk.
#include "core/training/metrics/measure.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_cache.h"
#include "tests/support/dataset_files.h"
#include "tests/support/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace panohead {
namespace {

using test::DatasetFiles;

const Generator& smallGenerator() {
  static const Generator generator = [] {
    Generator random(test::smallConfig(16, 6), 1);
    // Dense everywhere: the head is the whole box, so that there are surfaces and masks to measure.
    random.store().at("decoder.net.2.bias")[0].fill_(60.0);
    return random;
  }();
  return generator;
}

Dataset open(const DatasetFiles& files) {
  SilentContext context;
  return Dataset({.data = files.data, .masks = files.masks}, context);
}

/// Mean colours, and how often it was asked.
class MeanColours final : public FeatureNetwork {
 public:
  std::string name() const override { return "mean colours"; }
  std::string fingerprint() const override { return "mean colours"; }
  at::Tensor features(const FeatureInput& input) override {
    pictures += input.image.size(0);
    return input.image.mean(at::IntArrayRef{2, 3});
  }
  at::Tensor probabilities(const FeatureInput& input) override {
    return at::softmax(input.image.mean(at::IntArrayRef{2, 3}) * 10, 1);
  }
  std::int64_t pictures = 0;
};

std::vector<std::string> keysOf(const MetricsReport& report) {
  std::vector<std::string> keys;
  for (const MetricValue& value : report.values) {
    keys.push_back(value.key);
  }
  return keys;
}

MetricsOptions smallOptions(const std::filesystem::path& cache) {
  MetricsOptions options;
  options.images = 6;
  options.reals = 100;
  options.cache = cache;
  return options;
}

TEST(MeasureHeads, GivesEveryMetricAsANumber) {
  MetricsOptions options;
  options.images = 16;
  SilentContext context;
  const MetricsReport report = measureGenerator(smallGenerator(), options, {}, context);
  EXPECT_THAT(keysOf(report),
              testing::UnorderedElementsAre("background_swap.mask_mse",
                                            "background_swap.inside_mse",
                                            "background_swap.inside_mae",
                                            "background_swap.outside_mae",
                                            "view_consistency.depth",
                                            "view_consistency.colour",
                                            "view_consistency.visible",
                                            "mirrored_face.detail",
                                            "mirrored_face.luminance",
                                            "flicker.warped",
                                            "flicker.share",
                                            "sharpness.finest",
                                            "sharpness.fine",
                                            "sharpness.rms",
                                            "sharpness.raw_finest"));
  for (const MetricValue& value : report.values) {
    // A volume of random weights may fill the picture: then there is no outside.
    EXPECT_TRUE(std::isfinite(value.value) || value.key == "background_swap.outside_mae") << value.key;
  }
  EXPECT_THAT(report.settings, testing::HasSubstr("1 head "));
  // Other heads are needed to compare with, and real pictures.
  EXPECT_THAT(report.notices,
              testing::UnorderedElementsAre(testing::HasSubstr("two heads"), testing::HasSubstr("--data")));
}

TEST(MeasureHeads, GivesTheSameAgainAndOtherNumbersForOtherSeeds) {
  MetricsOptions options;
  options.images = 32;
  options.metrics = {"mirrored_face", "view_consistency"};
  SilentContext context;
  const MetricsReport report = measureGenerator(smallGenerator(), options, {}, context);
  const MetricsReport again = measureGenerator(smallGenerator(), options, {}, context);
  ASSERT_EQ(keysOf(report), keysOf(again));
  for (const MetricValue& value : report.values) {
    EXPECT_EQ(value.value, again[value.key]) << value.key;
  }
  options.seed = 7;
  const MetricsReport other = measureGenerator(smallGenerator(), options, {}, context);
  EXPECT_NE(report["mirrored_face.score"], other["mirrored_face.score"]);
}

TEST(MeasureHeads, ComparesSharpnessWithTheData) {
  const DatasetFiles files(6, 128);
  const Dataset dataset = open(files);
  MetricsOptions options;
  options.images = 16;
  options.metrics = {"sharpness"};
  SilentContext context;
  const MetricsReport report = measureGenerator(smallGenerator(), options, {.dataset = &dataset}, context);
  EXPECT_NEAR(
      report["sharpness.finest_ratio"], report["sharpness.finest"] / report["sharpness.finest_data"], 1e-12);
}

TEST(MeasureHeads, StopsWhenAsked) {
  class Stopping final : public JobContext {
   public:
    void report(const Progress&) override {}
    void preview(Frame) override {}
    void checkpoint() override {
      if (left-- == 0) {
        throw Cancelled();
      }
    }
    std::stop_token stopToken() const override { return {}; }
    int left = 30;
  } context;
  MetricsOptions options;
  options.images = 16;
  EXPECT_THROW(measureGenerator(smallGenerator(), options, {}, context), Cancelled);
}

TEST(MeasureDistributions, KeepsTheFeaturesOfTheData) {
  const DatasetFiles files(12, 128);
  const test::ScratchFolder cache;
  const Dataset dataset = open(files);
  MeanColours network;
  const MetricsOptions options = smallOptions(cache.path());
  SilentContext context;
  const auto measure = [&](const Dataset& set) {
    return measureDistributions(smallGenerator(), options, {"fid", "kid", "is", "pr"}, set, network, context);
  };
  const MetricsReport first = measure(dataset);
  EXPECT_EQ(network.pictures, 18);
  EXPECT_THAT(
      keysOf(first),
      testing::IsSupersetOf({"fid.all", "fid.front", "fid.back", "kid.front", "is.back", "recall.all"}));
  EXPECT_GT(first["fid.all"], 0);
  EXPECT_GE(first["is.all"], 1);
  const MetricsReport again = measure(dataset);
  EXPECT_EQ(network.pictures, 24);  // the model's only
  EXPECT_EQ(first["fid.back"], again["fid.back"]);
  EXPECT_EQ(first["kid.all"], again["kid.all"]);

  // Other pixels behind the same names are another set.
  DatasetFiles::writePicture(files.data / DatasetFiles::pictureName(0), DatasetFiles::ramp(128, 99));
  measure(open(files));
  EXPECT_EQ(network.pictures, 24 + 18);

  // A damaged file is no reason to fail.
  for (const auto& entry : std::filesystem::directory_iterator(cache.path())) {
    DatasetFiles::cutOff(entry.path());
  }
  EXPECT_GT(measure(open(files))["fid.all"], 0);
  EXPECT_EQ(network.pictures, 42 + 18);
}

TEST(MeasureDistributions, SkipsDamagedPicturesAndSaysSo) {
  const DatasetFiles files(12, 128);
  const test::ScratchFolder cache;
  const Dataset dataset = open(files);
  DatasetFiles::cutOff(files.data / DatasetFiles::pictureName(3));
  MeanColours network;
  SilentContext context;
  const MetricsReport report =
      measureDistributions(smallGenerator(), smallOptions(cache.path()), {"fid"}, dataset, network, context);
  EXPECT_EQ(network.pictures, 17);
  ASSERT_EQ(report.notices.size(), 1U);
  EXPECT_EQ(report.notices[0].substr(0, 2), "1 ");
}

TEST(MeasureDistributions, LeavesOutSidesWithTooFewViews) {
  const DatasetFiles files(12, 128);
  const test::ScratchFolder cache;
  SilentContext context;
  const Dataset front({.data = files.data, .masks = files.masks, .yaw_min = -80, .yaw_max = 80}, context);
  MeanColours network;
  const MetricsReport report = measureDistributions(
      smallGenerator(), smallOptions(cache.path()), {"fid", "pr"}, front, network, context);
  EXPECT_TRUE(report.has("fid.front"));
  EXPECT_FALSE(report.has("fid.back"));
  EXPECT_EQ(report.notices.size(), 2U);
}

TEST(MeasureDistributions, TakesADiscriminatorsFeatures) {
  const DatasetFiles files(8, 128);
  const test::ScratchFolder cache;
  const Dataset dataset = open(files);
  DiscriminatorConfig config;
  config.img_resolution = 128;
  config.channel_base = 512;
  config.channel_max = 16;
  const Discriminator discriminator(config, 3);
  const auto network = discriminatorFeatures(discriminator);
  MetricsOptions options = smallOptions(cache.path());
  options.metrics = {"fid_features"};
  SilentContext context;
  const MetricsReport report = measureGenerator(
      smallGenerator(), options, {.dataset = &dataset, .discriminator = network.get()}, context);
  EXPECT_GT(report["fid_features.all"], 0);
  EXPECT_TRUE(report.has("fid_features.back"));
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));  // it has no fingerprint: it may change

  // Pictures are judged one by one: neighbours in the batch change nothing.
  FeatureInput input;
  input.image = at::rand({2, 3, 128, 128});
  input.raw = at::rand({2, 3, 16, 16});
  input.mask = at::rand({2, 1, 16, 16});
  const FeatureInput one{input.image.slice(0, 1), input.raw.slice(0, 1), input.mask.slice(0, 1)};
  EXPECT_TRUE(at::allclose(network->features(input)[1], network->features(one)[0], 1e-4, 1e-5));

  const Dataset bare({.data = files.data, .masks = {}}, context);
  EXPECT_THROW(measureGenerator(
                   smallGenerator(), options, {.dataset = &bare, .discriminator = network.get()}, context),
               OptionError);
}

TEST(MetricsOptions, SayWhatIsMissing) {
  const auto hintFor = [](const std::string& metric, const MetricsOptions& base) -> std::string {
    MetricsOptions options = base;
    options.metrics = {metric};
    try {
      options.check();
    } catch (const OptionError& error) {
      return std::string(error.what()) + " " + error.hint();
    }
    return "";
  };
  MetricsOptions none, data;
  data.data = "set.zip";
  EXPECT_THAT(hintFor("fid", none), testing::HasSubstr("--data"));
  EXPECT_THAT(hintFor("fid", data), testing::HasSubstr("--inception"));
  EXPECT_THAT(hintFor("fid_features", data), testing::HasSubstr("--features"));
  EXPECT_THAT(hintFor("lpips", none), testing::HasSubstr("mirrored_face"));
  EXPECT_EQ(hintFor("flicker", none), "");
  none.masks = "masks.zip";
  EXPECT_THROW(none.check(), OptionError);
}

TEST(MetricsReport, WritesNumbersThatAreNoneAsNull) {
  MetricsReport report;
  report.values.push_back({"a.b", 1.5, std::nan(""), -1, "world units"});
  const auto json = nlohmann::json::parse(report.toJson());
  EXPECT_EQ(json["values"]["a.b"]["value"], 1.5);
  EXPECT_TRUE(json["values"]["a.b"]["error"].is_null());
  EXPECT_EQ(json["values"]["a.b"]["better"], "lower");
  EXPECT_NE(report.toText().find("a.b"), std::string::npos);
  EXPECT_THROW(report["c"], Error);
}

}  // namespace
}  // namespace panohead
