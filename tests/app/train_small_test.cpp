// A data set of 64 pixels, from training to everything that opens a network.
#include "core/base/image_io.h"
#include "tests/support/studio_process.h"
#include "tests/support/train_run.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace panohead {
namespace {

using test::DatasetFiles;
using test::ProcessResult;
using test::studio;
using ::testing::HasSubstr;

class SmallRun : public test::TrainRun {
 protected:
  std::vector<std::string> small(int steps, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = command(out_, 2, steps, more);
    *(std::ranges::find(all, "--data") + 1) = DatasetFiles::zip(pictures_.data);
    *(std::ranges::find(all, "--masks") + 1) = DatasetFiles::zip(pictures_.masks);
    return all;
  }
  static nlohmann::json parsed(const ProcessResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return nlohmann::json::parse(result.output, nullptr, false);
  }
  static void expectDone(const std::vector<std::string>& arguments) {
    const ProcessResult result = studio(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments.front() << ": " << result.errors;
  }

  DatasetFiles pictures_{8, 64};
  const std::filesystem::path out_ = scratch_ / "out";
  const std::string network_ = out_ / "network-snapshot-000000.safetensors";
};

TEST_F(SmallRun, TheSmokePresetTrainsItAndItsNetworkIsAModel) {
  const ProcessResult trained = studio(small(3, {"--metrics", "heads", "--metric-heads", "1"}));
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  ASSERT_EQ(test::lossesOf(out_).size(), 3U);
  for (const auto& [name, value] : test::lossesOf(out_).back()) {
    EXPECT_TRUE(std::isfinite(value)) << name;
  }
  EXPECT_EQ(readImage(out_ / "reals.png").width % 64, 0);

  const nlohmann::json info = parsed(studio({"info", network_, "--json"}));
  EXPECT_THAT(info.dump(), HasSubstr("\"img_resolution\":64"));
  const std::string drawn = scratch_ / "drawn";
  expectDone({"render", "--model", network_, "--seeds", "1", "--yaw", "30", "--out", drawn});
  for (const auto& file : std::filesystem::directory_iterator(drawn)) {
    EXPECT_EQ(readImage(file.path()).width, 64);
  }
  expectDone({"bench", "--compare", network_, "--resolution", "16", "--views", "1"});
  expectDone({"doctor", "--model", network_, "--seeds", "1"});
  const nlohmann::json measured = parsed(studio({"metrics",
                                                 "--model",
                                                 network_,
                                                 "--data",
                                                 pictures_.data,
                                                 "--masks",
                                                 pictures_.masks,
                                                 "--features",
                                                 network_,
                                                 "--metrics",
                                                 "fid_features,mirrored_face",
                                                 "--images",
                                                 "16",
                                                 "--cache",
                                                 scratch_ / "cache",
                                                 "--json"}));
  EXPECT_GT(measured.at("values").at("fid_features.all").at("value").get<double>(), 0);

  const ProcessResult again = studio(small(5));  // goes on, with the size of the data
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(test::lossesOf(out_).size(), 5U);
}

TEST_F(SmallRun, EveryDiscriminatorIsForecast) {
  for (const char* kind : {"v1", "dual"}) {
    const ProcessResult result =
        studio(small(100, {"--discriminator", kind, "--triplane-size", "32", "--dry-run", "--json"}));
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("\"resolution\":64"));
  }
}

TEST_F(SmallRun, AWarmUpLearnsFromIt) {
  std::vector<std::string> all =
      small(4, {"--warmup", "--warmup-texture", "0.5", "--warmup-texture-kimg", "0.002"});
  *(std::ranges::find(all, "--w-dim") + 1) = "96";  // 64 of them are the background's
  const ProcessResult result = studio(all);
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  expectDone({"render", "--model", network_, "--seeds", "1", "--yaw", "30", "--out", scratch_ / "drawn"});
}

TEST_F(SmallRun, OnlyTheSmokePresetShrinksUnasked) {
  std::vector<std::string> larger = small(1, {"--print-options"});
  const auto optionsOf = [&] { return parsed(studio(larger)); };
  EXPECT_EQ(optionsOf().at("resolution"), 64);
  larger.insert(larger.end(), {"--resolution", "128"});
  EXPECT_EQ(optionsOf().at("resolution"), 128) << "was asked for";
  larger = small(1, {"--print-options"});
  *(std::ranges::find(larger, "smoke")) = "heads-128";
  EXPECT_EQ(optionsOf().at("resolution"), 128);
}

}  // namespace
}  // namespace panohead
