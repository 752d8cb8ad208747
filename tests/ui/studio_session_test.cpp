#include "ui/studio_session.h"

#include "core/base/image_io.h"
#include "tests/support/image_psnr.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace panohead::ui {
namespace {

const std::filesystem::path kModel =
    PANOHEAD_SOURCE_DIR "/resources/models/heads256_warmup/model.safetensors";

class StudioSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    session_.emplace();
    QObject::connect(&*session_, &StudioSession::failed, [this](const Error& error) { error_ = error; });
    QObject::connect(&*session_, &StudioSession::headChanged, [this] { ++heads_; });
  }

  bool rest() {
    return test::waitUntil([this] { return session_->activity() == nullptr; });
  }

  std::optional<StudioSession> session_;
  std::optional<Error> error_;
  int heads_ = 0;
  test::ScratchFolder folder_;
};

TEST_F(StudioSessionTest, OpensAModelAndMakesItsHead) {
  session_->openModel(kModel);
  EXPECT_EQ(session_->head(), nullptr) << "opening is no work for this thread";
  ASSERT_NE(session_->activity(), nullptr);
  EXPECT_EQ(session_->activity()->title, "Opening model.safetensors");
  ASSERT_TRUE(rest());
  ASSERT_NE(session_->head(), nullptr) << error_.value_or(Error("nothing")).what();
  EXPECT_EQ(modelInfo(*headModel(*session_->head())).image_resolution, 256);
  EXPECT_EQ(heads_, 1);
}

TEST_F(StudioSessionTest, DamagedFileIsExplainedAndTheOldHeadStays) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  const HeadPtr before = session_->head();
  std::ofstream(folder_ / "broken.safetensors") << "these are no weights";
  for (const auto& path : {folder_ / "broken.safetensors", folder_ / "missing.pkl", folder_.path()}) {
    error_.reset();
    session_->openModel(path);
    ASSERT_TRUE(rest());
    ASSERT_TRUE(error_.has_value()) << path << " was opened";
    EXPECT_NE(std::string(error_->what()).find(path.filename().string()), std::string::npos)
        << error_->what();
    EXPECT_FALSE(error_->hint().empty()) << error_->what();
    EXPECT_EQ(session_->head(), before);
  }
}

TEST_F(StudioSessionTest, CancelledOpeningChangesNothing) {
  session_->openModel(kModel);
  session_->cancel();
  ASSERT_TRUE(rest());
  EXPECT_EQ(session_->head(), nullptr);
  EXPECT_FALSE(error_.has_value()) << "a cancel is no failure: " << error_->what();
}

TEST_F(StudioSessionTest, NewestWishWins) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  HeadOptions options;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    options.seed = seed;
    session_->setOptions(options);
  }
  ASSERT_TRUE(rest());
  EXPECT_EQ(headOptions(*session_->head()).seed, 20U);
  EXPECT_LE(heads_, 4) << "replaced wishes were fulfilled";
}

TEST_F(StudioSessionTest, WithdrawnWishLeavesTheHeadThatWasAskedFor) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  HeadOptions options;
  options.seed = 5;
  session_->setOptions(options);
  session_->setOptions({});
  ASSERT_TRUE(rest());
  EXPECT_EQ(headOptions(*session_->head()).seed, 0U);
}

TEST_F(StudioSessionTest, WishMadeWhileOpeningIsFulfilled) {
  session_->openModel(kModel);
  HeadOptions options;
  options.seed = 3;
  options.background = SeedBackground{8};
  session_->setOptions(options);
  ASSERT_TRUE(test::waitUntil([this] {
    return session_->activity() == nullptr && session_->head() && headOptions(*session_->head()).seed == 3;
  }));
  EXPECT_EQ(std::get<SeedBackground>(headOptions(*session_->head()).background).seed, 8U);
}

TEST_F(StudioSessionTest, OtherBackgroundKeepsTheHead) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  HeadOptions options;
  options.background = NoBackground{};
  session_->setOptions(options);
  EXPECT_EQ(session_->activity()->title, "Background");
  ASSERT_TRUE(rest());
  SilentContext context;
  ViewOptions view;
  view.camera = orbitLabel({});
  EXPECT_EQ(renderFrame(*session_->head(), view, context).picture.channels, 4);
}

TEST_F(StudioSessionTest, SavedPictureIsTheRenderedOne) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  ViewOptions view;
  view.camera = orbitLabel({.yaw_degrees = 50, .pitch_degrees = 10});
  session_->savePicture(folder_ / "head.png", view);
  ASSERT_TRUE(rest());
  ASSERT_FALSE(error_.has_value()) << error_->what();
  SilentContext context;
  const Image expected = renderFrame(*session_->head(), view, context).picture;
  EXPECT_EQ(readImage(folder_ / "head.png").pixels, expected.pixels);
}

TEST_F(StudioSessionTest, PictureThatCannotBeWrittenIsExplained) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  ViewOptions view;
  view.camera = orbitLabel({});
  session_->savePicture(folder_ / "no" / "such" / "folder" / "head.png", view);
  ASSERT_TRUE(rest());
  ASSERT_TRUE(error_.has_value());
  EXPECT_FALSE(error_->hint().empty());
}

}  // namespace
}  // namespace panohead::ui
