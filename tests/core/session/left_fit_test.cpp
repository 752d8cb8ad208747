// Fits that were left: another process goes on with them.
#include "core/session/left_fit.h"

#include "core/base/error.h"
#include "tests/core/session/fit_session_scene.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace panohead {
namespace {

using test::lossesOf;
using test::smallModel;
using test::smallRequest;

FitRequest requestIn(const std::filesystem::path& folder) {
  FitRequest request = smallRequest();
  request.work_folder = folder;
  request.background.kind = AvatarBackground::Kind::Photo;
  request.options.background = "photo";
  request.options.tuning_rate = 1.0 / 3000;
  return request;
}

TEST(LeftFit, ItsRequestComesBack) {
  const test::ScratchFolder folder;
  const FitRequest asked = requestIn(folder / "one");
  SilentContext context;
  writeFitRequest(asked, *smallModel(), context);
  const FitRequest back = readFitRequest(folder / "one");
  EXPECT_EQ(back.name, "anna");
  EXPECT_EQ(back.background.kind, AvatarBackground::Kind::Photo);
  EXPECT_EQ(back.work_folder, folder / "one");
  EXPECT_EQ(back.keep_every, asked.keep_every);
  EXPECT_EQ(back.preview_every, asked.preview_every);
  EXPECT_EQ(back.delta_bytes, asked.delta_bytes);
  ASSERT_EQ(back.photos.size(), 1U);
  EXPECT_EQ(back.photos[0].aligned.pixels, asked.photos[0].aligned.pixels);
  EXPECT_EQ(back.photos[0].mask.pixels, asked.photos[0].mask.pixels);
  EXPECT_EQ(back.photos[0].camera, asked.photos[0].camera);
  for (const OptionRow<FitOptions>& row : fitOptionTable()) {
    EXPECT_TRUE(sameOption(back.options, asked.options, row)) << row.name;
  }
}

TEST(LeftFit, GoesOnToTheSameEnd) {
  const test::ScratchFolder folder;
  SilentContext context;
  std::vector<double> expected;
  {
    FitSession whole(smallModel(), requestIn(folder / "whole"));
    whole.run(context);
    expected = lossesOf(whole);
  }
  {
    writeFitRequest(requestIn(folder / "fits/left"), *smallModel(), context);
    FitSession left(smallModel(), requestIn(folder / "fits/left"));
    struct StopsAfterThree final : FitListener {
      void stepped(const FitPoint& point) override {
        if (point.step == 3) {
          throw Cancelled();
        }
      }
    } soon;
    EXPECT_THROW(left.run(context, &soon), Cancelled);
    ASSERT_FALSE(left.curve().empty());
  }
  std::filesystem::create_directories(folder / "fits/nothing");
  std::filesystem::create_directories(folder / "fits/broken");
  std::ofstream(folder / "fits/broken/request.json") << "{";
  const std::vector<LeftFit> fits = leftFits(folder / "fits");
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_EQ(fits[0].name, "anna");
  EXPECT_EQ(fits[0].model_name, "small");
  EXPECT_EQ(fits[0].step, 3);
  EXPECT_EQ(fits[0].steps, 7);
  FitSession again(smallModel(), readFitRequest(fits[0].folder));
  again.run(context);
  EXPECT_EQ(lossesOf(again), expected);
  EXPECT_TRUE(leftFits(folder / "none").empty());
}

TEST(LeftFit, DamageIsExplained) {
  const test::ScratchFolder folder;
  SilentContext context;
  EXPECT_THROW(readFitRequest(folder / "none"), CheckpointError);
  writeFitRequest(requestIn(folder / "one"), *smallModel(), context);
  std::filesystem::resize_file(folder / "one/photos.avatar", 100);
  EXPECT_THROW(readFitRequest(folder / "one"), CheckpointError);
  writeFitRequest(requestIn(folder / "one"), *smallModel(), context);
  std::ofstream(folder / "one/request.json") << R"({"format": "panohead-studio fit request", "version": 1})";
  EXPECT_THROW(readFitRequest(folder / "one"), CheckpointError);
  const test::FileSizeLimit limit(500);
  EXPECT_THROW(writeFitRequest(requestIn(folder / "two"), *smallModel(), context), SaveError);
}

}  // namespace
}  // namespace panohead
