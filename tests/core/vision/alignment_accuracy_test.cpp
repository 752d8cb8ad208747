// The accuracy table beside the reference's (panohead-studio align --accuracy).
#include "core/vision/alignment_accuracy.h"

#include "core/base/camera.h"
#include "core/base/error.h"
#include "tests/core/vision/vision_golden.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <sstream>

namespace panohead {
namespace {

using testing::HasSubstr;

/// The numbers of "1.4 / 3.4", of "1.00", of ".99"; none of "-".
std::vector<double> numbersIn(const std::string& text) {
  std::vector<double> numbers;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    if (word != "/" && word != "-") {
      numbers.push_back(std::stod(word));
    }
  }
  return numbers;
}

TEST(AlignmentAccuracy, ASetWithoutTheTestPicturesIsRefused) {
  const test::ScratchFolder folder;
  writePng(folder / "somebody.png", Image(64, 64, 3));
  nlohmann::json labels = nlohmann::json::array();
  labels.push_back({"somebody.png", orbitLabel({})});
  std::ofstream(folder / "dataset.json") << nlohmann::json{{"labels", labels}};
  SilentContext context;
  try {
    measureAlignment(folder.path(), 1, context);
    FAIL() << "nothing was there to be measured";
  } catch (const OptionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("lacks the test picture"));
    EXPECT_THAT(error.hint(), HasSubstr("heads256_img.zip"));
  }
}

TEST(AlignmentAccuracy, EveryRowStandsBesideTheReference) {
  const AlignmentAccuracy accuracy{{66, 73, 57, 115, 89},
                                   {{"chain: yaw",
                                     {"1.4 / 3.4", "1.9 / 4.9", "2.4 / 5.7", "3.1 / 8.4", "2.3 / 7.6"},
                                     {"1.5 / 3.5", "1.9 / 4.9", "2.5 / 5.7", "3.1 / 8.4", "-"}}},
                                   12};
  const std::string text = accuracy.toText();
  EXPECT_THAT(text, HasSubstr("90-135 (115)"));
  EXPECT_LT(text.find("1.4 / 3.4"), text.find("1.5 / 3.5"));
  EXPECT_LT(text.find("chain: yaw"), text.find("reference"));
  const auto json = nlohmann::json::parse(accuracy.toJson());
  EXPECT_EQ(json.at("rows")[0].at("measured")[3], "3.1 / 8.4");
  EXPECT_EQ(json.at("rows")[0].at("reference")[4], "-");
}

/// All 400: some five minutes of a core.
TEST(AlignmentAccuracy, IsThatOfTheReference) {
  const std::filesystem::path heads = test::sharedData("datasets/heads256_img.zip");
  if (!std::filesystem::exists(heads) || test::pictureStep() != 1) {
    GTEST_SKIP() << "needs datasets/heads256_img.zip of the shared folder, and PANOHEAD_ALL_PICTURES=1";
  }
  SilentContext context;
  const AlignmentAccuracy accuracy = measureAlignment(heads, 1, context);
  EXPECT_EQ(std::accumulate(accuracy.pictures.begin(), accuracy.pictures.end(), 0), 400);
  std::printf("%s", accuracy.toText().c_str());
  int compared = 0;
  bool random = false;  // squares and scenes are drawn by random numbers, and those are not the reference's
  for (const AccuracyRow& row : accuracy.rows) {
    random = row.what.starts_with("head_turn, bad") || row.what.starts_with("scenes") ||
             (random && row.what.starts_with("  "));
    for (std::size_t band = 0; band < kYawBandCount; ++band) {
      const std::vector<double> ours = numbersIn(row.measured[band]);
      const std::vector<double> theirs = numbersIn(row.reference[band]);
      for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
        const bool share = ours.size() == 1;  // of pictures; else degrees, which the reference rounds
        const double most = random ? (share ? 0.06 : 3.0) : (share ? 0.011 : 0.6);
        EXPECT_NEAR(ours[i], theirs[i], most) << row.what << ", band " << band;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
}

}  // namespace
}  // namespace panohead
