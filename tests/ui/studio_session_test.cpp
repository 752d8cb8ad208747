#include "ui/studio_session.h"

#include "core/base/image_io.h"
#include "tests/support/image_psnr.h"
#include "tests/support/places.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

namespace panohead::ui {
namespace {

const std::filesystem::path kModel = test::firstModelFile();

class StudioSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    session_.emplace(folder_ / "sliders");
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
  session_->cancel(Lane::Table);
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

TEST_F(StudioSessionTest, TheSameWishIsTriedOnce) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  int begun = 0;
  QObject::connect(&*session_, &StudioSession::activityChanged, [&, last = JobId{0}]() mutable {
    if (const Activity* now = session_->activity(); now != nullptr && now->id > last) {
      last = now->id;
      ++begun;
    }
  });
  HeadOptions options;
  options.seed = 6;
  for (int i = 0; i < 50; ++i) {  // every turn of the camera repeats the wish
    session_->setOptions(options);
  }
  ASSERT_TRUE(rest());
  EXPECT_EQ(headOptions(*session_->head()).seed, 6U);
  EXPECT_EQ(begun, 1);

  int failures = 0;
  QObject::connect(&*session_, &StudioSession::failed, [&](const Error&) { ++failures; });
  options.mix = StyleMix{5, 9, 2};  // no layers
  for (int i = 0; i < 5; ++i) {
    session_->setOptions(options);
    ASSERT_TRUE(rest());
  }
  EXPECT_EQ(failures, 1);
  options.mix.reset();
  options.seed = 7;
  session_->setOptions(options);
  ASSERT_TRUE(rest());
  EXPECT_EQ(headOptions(*session_->head()).seed, 7U) << "nothing works after a failure";
}

TEST_F(StudioSessionTest, HeadsDoNotWaitForExports) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  const JobId film = session_->start(
      "Film",
      [](JobContext& context) {
        for (;;) {
          context.checkpoint();
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return 0;
      },
      [](int) {},
      Lane::Export);
  HeadOptions options;
  options.seed = 2;
  session_->setOptions(options);
  EXPECT_TRUE(test::waitUntil([this] { return headOptions(*session_->head()).seed == 2; }, 20000));
  ASSERT_NE(session_->activity(film), nullptr);
  session_->cancel(Lane::Table);
  QApplication::processEvents();
  EXPECT_NE(session_->activity(film), nullptr);
  session_->cancel(Lane::Export);
  EXPECT_TRUE(rest());
}

TEST_F(StudioSessionTest, PeopleOfAnotherModelStandAside) {
  auto stranger = std::make_shared<Avatar>();
  stranger->name = "anna";
  stranger->model_name = "other";
  stranger->model_sha256 = "another file's";
  HeadOptions options;
  options.seed = 4;
  options.avatars = {{stranger, 1}};
  QStringList told;
  QObject::connect(&*session_, &StudioSession::noticed, [&](const QString& sentence) { told << sentence; });
  session_->setOptions(options);
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  ASSERT_NE(session_->head(), nullptr) << error_.value_or(Error("nothing")).what();
  EXPECT_FALSE(error_.has_value());
  EXPECT_EQ(headOptions(*session_->head()).seed, 4U);
  EXPECT_TRUE(headOptions(*session_->head()).avatars.empty());
  for (int i = 0; i < 3; ++i) {
    session_->setOptions(options);
  }
  ASSERT_TRUE(rest());
  ASSERT_EQ(told.size(), 1) << told.join(", ").toStdString();
  EXPECT_TRUE(told.front().contains("anna") && told.front().contains("other"));
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

TEST_F(StudioSessionTest, HeadOfTheOldModelNeverFollowsTheNewOne) {
  session_->openModel(kModel);
  ASSERT_TRUE(rest());
  std::filesystem::copy_file(kModel, folder_ / "other.safetensors");
  std::vector<std::string> models;
  QObject::connect(&*session_, &StudioSession::headChanged, [&] {
    models.push_back(modelInfo(*headModel(*session_->head())).name);
  });
  session_->openModel(folder_ / "other.safetensors");
  HeadOptions options;
  options.seed = 9;
  session_->setOptions(options);  // a job on the old model, which runs right after the opening
  std::this_thread::sleep_for(std::chrono::seconds(2));  // both end before either is heard of
  ASSERT_TRUE(rest());
  ASSERT_FALSE(models.empty()) << error_.value_or(Error("nothing")).what();
  EXPECT_THAT(models, testing::Each("other"));
  EXPECT_EQ(headOptions(*session_->head()).seed, 9U);
}

TEST_F(StudioSessionTest, ModelWithoutBackgroundNetworkOpensWithItsOwnBackground) {
  const char* shared = std::getenv("PANOHEAD_SHARED");
  const auto model =
      (shared ? std::filesystem::path(shared) : test::sourceFolder() / "../shared") / "golden/tiny_eg3d.pkl";
  if (!std::filesystem::exists(model)) {
    GTEST_SKIP() << model << " is not there";
  }
  HeadOptions options;
  options.background = SeedBackground{4};
  session_->setOptions(options);
  session_->openModel(model);
  ASSERT_TRUE(rest());
  ASSERT_FALSE(error_.has_value()) << error_->what();
  ASSERT_NE(session_->head(), nullptr);
  EXPECT_FALSE(modelInfo(*headModel(*session_->head())).has_background);
  EXPECT_TRUE(std::holds_alternative<OwnBackground>(headOptions(*session_->head()).background));
  EXPECT_EQ(heads_, 1);
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
