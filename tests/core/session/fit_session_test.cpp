// A photo becomes an avatar: the session that window and command line use.
#include "core/avatar/avatar_file.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/session/avatar_session.h"
#include "tests/core/session/fit_session_scene.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/gradient_looks.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

namespace panohead {
namespace {

using test::Heard;
using test::lossesOf;
using test::smallModel;
using test::smallRequest;
using test::StopsAt;

TEST(FitSession, MakesAnAvatarAndShowsItsWay) {
  FitSession session(smallModel(), smallRequest());
  SilentContext context;
  Heard heard;
  EXPECT_THROW(session.avatar(context), OptionError) << "nothing was fitted yet";
  session.run(context, &heard);
  EXPECT_TRUE(session.finished());
  EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("no discriminator")));
  ASSERT_EQ(heard.points.size(), 7U);  // 4 + 3 steps
  EXPECT_EQ(heard.points[3].stage, "latent");
  EXPECT_EQ(heard.points[4].stage, "tuning");
  EXPECT_EQ(heard.points[6].step, 7);
  EXPECT_EQ(heard.points[0].losses.front().name, "loss");
  EXPECT_GE(heard.points[6].side_drift, 0) << "measured in tuning";
  ASSERT_FALSE(heard.seen.empty());
  for (const Image& view : heard.seen.back().around) {
    EXPECT_FALSE(view.empty());
  }
  EXPECT_EQ(heard.seen.back().cameras.size(), 1U);
  EXPECT_THAT(heard.steps, testing::SizeIs(4));  // 2, 4 (the pivot), 6, 7
  EXPECT_EQ(session.kept().back().step, 7);

  const AvatarPtr avatar = session.avatar(context);
  EXPECT_FALSE(avatar->delta.empty());
  EXPECT_LE(avatar->delta.size(), 5'000'000U);
  EXPECT_EQ(avatar->photos.size(), 1U);
  EXPECT_EQ(avatar->preset, "best");
  for (const char* name : {"psnr", "untuned_psnr", "uncompressed_psnr", "side_drift", "seconds", "steps"}) {
    EXPECT_TRUE(avatar->measures.contains(name)) << name;
  }
  EXPECT_GT(avatar->measures.at("psnr"), avatar->measures.at("uncompressed_psnr") - 0.5);
  const HeadPtr head = makeHead(smallModel(), avatarHead(avatar), context);
  ViewOptions view;
  view.camera = avatar->photos[0].camera;
  EXPECT_EQ(renderFrame(*head, view, context).picture.width, 128);
  EXPECT_TRUE(withoutTuning(*avatar)->delta.empty());
}

TEST(FitSession, StoppedAtAnyLookItGoesOnToTheSameEnd) {
  FitRequest request = smallRequest();
  request.preview_every = 0;
  SilentContext context;
  FitSession whole(smallModel(), request);
  whole.run(context);
  StopsAt counter(1 << 30);
  FitSession(smallModel(), request).run(counter);
  for (int look = 0; look < counter.looks; look += 1 + counter.looks / 12) {
    FitSession stopped(smallModel(), request);
    StopsAt soon(look);
    EXPECT_THROW(stopped.run(soon), Cancelled) << "look " << look;
    EXPECT_FALSE(stopped.running());
    stopped.run(context);
    EXPECT_EQ(lossesOf(stopped), lossesOf(whole)) << "stopped at look " << look;
  }
}

TEST(FitSession, CancelledInEveryStageItMakesTheSameHead) {
  FitRequest request = smallRequest();
  request.options.start = "samples";
  SilentContext context;
  FitSession whole(smallModel(), request);
  whole.run(context);
  const AvatarPtr expected = whole.avatar(context);
  for (const char* stage :
       {"discriminator", "looking for a start", "latent", "tuning", "importance of weights", "compressing"}) {
    /// Cancels at the first look of a stage.
    class Impatient final : public JobContext {
     public:
      explicit Impatient(std::string stage) : stage_(std::move(stage)) {}
      void report(const Progress& progress) override { due_ = due_ || progress.stage == stage_; }
      void preview(Frame) override {}
      void checkpoint() override {
        if (due_) {
          throw Cancelled();
        }
      }
      std::stop_token stopToken() const override { return {}; }

     private:
      std::string stage_;
      bool due_ = false;
    } impatient(stage);
    FitSession session(smallModel(), request);
    EXPECT_THROW(
        {
          session.run(impatient);
          session.avatar(impatient);
        },
        Cancelled)
        << stage;
    EXPECT_FALSE(session.running()) << stage;
    session.run(context);
    const AvatarPtr avatar = session.avatar(context);
    EXPECT_EQ(avatar->ws, expected->ws) << stage;
    EXPECT_EQ(avatar->delta.size(), expected->delta.size()) << stage;
  }
}

TEST(FitSession, CompressingIsCancelledToo) {
  FitSession session(smallModel(), smallRequest());
  SilentContext context;
  session.run(context);
  session.avatar(context);  // what it unpacks is remembered
  StopsAt counter(1 << 30);
  session.avatar(counter);
  for (int look = 0; look < counter.looks; look += 1 + counter.looks / 6) {
    StopsAt soon(look);
    EXPECT_THROW(session.avatar(soon), Cancelled) << "look " << look;
  }
  EXPECT_FALSE(session.avatar(context)->delta.empty());
  test::GradientLooks looks;
  session.avatar(looks);
  ASSERT_GT(looks.within, 100) << "it is deaf while it takes a gradient";
  test::GradientLooks within(looks.within / 2);
  EXPECT_THROW(session.avatar(within), Cancelled);
}

TEST(FitSession, NothingIsLostWhenTheAvatarIsStopped) {
  const test::ScratchFolder folder;
  FitRequest request = smallRequest();
  request.preview_every = 0;
  request.work_folder = folder / "work";
  SilentContext context;
  AvatarPtr expected;
  {
    FitSession session(smallModel(), request);
    struct EndsAtFive final : FitListener {  // which is not one of the steps that are kept every so often
      FitSession* session = nullptr;
      void stepped(const FitPoint& point) override {
        if (point.step == 5) {
          session->finishEarly();
        }
      }
    } early;
    early.session = &session;
    session.run(context, &early);
    ASSERT_EQ(session.kept().back().step, 5) << "the last step is in no file while the avatar is made";
    StopsAt counter(1 << 30);
    expected = session.avatar(counter);
    StopsAt midway(counter.looks / 2);
    EXPECT_THROW(session.avatar(midway), Cancelled);
    EXPECT_EQ(session.kept().back().step, 5);
  }  // and then the process ends
  FitSession next(smallModel(), request);
  struct NoStep final : FitListener {
    FitSession* session = nullptr;
    void notice(const std::string&) override { session->finishEarly(); }
    void stepped(const FitPoint& point) override { ADD_FAILURE() << "step " << point.step << " again"; }
  } none;
  none.session = &next;
  next.run(context, &none);
  const AvatarPtr avatar = next.avatar(context);
  EXPECT_EQ(avatar->ws, expected->ws);
  EXPECT_EQ(avatar->measures.at("psnr"), expected->measures.at("psnr"));
  EXPECT_EQ(avatar->measures.at("steps"), 5);
}

TEST(FitSession, AKilledOneGoesOnFromItsFolder) {
  const test::ScratchFolder folder;
  FitRequest request = smallRequest();
  request.work_folder = folder / "work";
  SilentContext context;
  std::vector<double> expected;
  {
    FitSession whole(smallModel(), smallRequest());
    whole.run(context);
    expected = lossesOf(whole);
  }
  {
    FitSession killed(smallModel(), request);
    struct Dies final : FitListener {
      void stepped(const FitPoint& point) override {
        if (point.step == 5) {
          throw Error("killed");
        }
      }
    } dies;
    EXPECT_THROW(killed.run(context, &dies), Error);
  }
  // The kill may have come in the middle of a write; another process may write into the folder now.
  std::ofstream(folder / "work" / ".step000005.0123abcd.fit") << "half";
  std::ofstream(folder / "work" / ".fit.0123abcd.json") << "half";
  std::optional<AtomicFile> living(std::in_place, folder / "work" / "step000099.fit");
  Heard heard;
  FitSession next(smallModel(), request);
  next.run(context, &heard);
  EXPECT_TRUE(std::filesystem::exists(living->temporaryPath()));
  living.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder / "work")) {
    EXPECT_FALSE(entry.path().filename().string().starts_with('.')) << entry.path();
  }
  EXPECT_EQ(heard.points.front().step, 5) << "step 4 was the last that was kept";
  EXPECT_EQ(lossesOf(next), expected);
  EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("after step 4")));

  // Other photos do not go on with it, and a damaged index says so.
  FitRequest other = request;
  other.photos[0].aligned = mirroredImage(other.photos[0].aligned);
  FitSession wrong(smallModel(), other);
  EXPECT_THROW(wrong.run(context), CheckpointError);
  std::ofstream(folder / "work" / "fit.json") << "{";
  FitSession damaged(smallModel(), request);
  EXPECT_THROW(damaged.run(context), CheckpointError);
}

TEST(FitSession, TimeIsCountedOnAfterAFailure) {
  FitRequest request = smallRequest();
  request.preview_every = 0;
  FitSession session(smallModel(), request);
  SilentContext context;
  struct Fails final : FitListener {
    void stepped(const FitPoint& point) override {
      if (point.step == 3) {
        throw TrainingError("the loss is no number", "lower the rate");
      }
    }
  } fails;
  EXPECT_THROW(session.run(context, &fails), TrainingError);
  session.run(context);
  const std::vector<FitPoint> curve = session.curve();
  ASSERT_EQ(curve.size(), 7U);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GT(curve[i].seconds, curve[i - 1].seconds) << "step " << i + 1;
  }
}

TEST(FitSession, ADamagedKeptStepGivesWayToTheOneBefore) {
  const test::ScratchFolder folder;
  FitRequest request = smallRequest();
  request.preview_every = 0;
  request.work_folder = folder / "work";
  SilentContext context;
  FitSession whole(smallModel(), request);
  whole.run(context);
  const std::vector<double> losses = lossesOf(whole);
  ASSERT_EQ(whole.kept().size(), 4U);  // 2, 4, 6, 7
  std::filesystem::resize_file(whole.kept()[3].file, 100);
  std::ofstream(whole.kept()[2].file) << "no state";
  {
    Heard heard;
    FitSession next(smallModel(), request);
    next.run(context, &heard);
    EXPECT_EQ(heard.points.front().step, 5);
    EXPECT_EQ(lossesOf(next), losses);
    EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("step 7 cannot be read")));
    EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("step 6 cannot be read")));
    EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("after step 4")));
  }
  for (const FitKept& kept : whole.kept()) {
    std::ofstream(kept.file) << "no state";
  }
  FitSession anew(smallModel(), request);
  Heard heard;
  anew.run(context, &heard);
  EXPECT_EQ(lossesOf(anew), losses);
  EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("begins anew")));
}

TEST(FitSession, AnAvatarIsOfTheStepThatOneWentBackTo) {
  SilentContext context;
  FitSession session(smallModel(), smallRequest());
  session.run(context);
  const AvatarPtr last = session.avatar(context);
  session.goBackTo(session.kept().front().id);
  const AvatarPtr early = session.avatar(context);
  EXPECT_EQ(early->measures.at("steps"), static_cast<double>(session.kept().front().step));
  EXPECT_NE(early->ws, last->ws) << "it is what was left";
}

TEST(FitSession, PausesAreNoTimeOfFitting) {
  class Paused final : public JobContext {
   public:
    void report(const Progress&) override {}
    void preview(Frame) override {}
    void checkpoint() override {
      if (++looks_ % 100 == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        slept += 0.02;
      }
    }
    std::stop_token stopToken() const override { return {}; }
    double slept = 0;

   private:
    int looks_ = 0;
  };
  FitRequest request = smallRequest();
  request.preview_every = 0;
  FitSession session(smallModel(), request);
  Paused context;
  const auto begin = std::chrono::steady_clock::now();
  session.run(context);
  const double all = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LT(session.curve().back().seconds, all - 0.5 * context.slept);
  EXPECT_GT(context.slept, 0.2) << "nothing was paused, and nothing shown";
}

TEST(FitSession, AFullDiskCostsKeptStepsOnly) {
  const test::ScratchFolder folder;
  FitRequest request = smallRequest();
  request.work_folder = folder / "work";
  FitSession session(smallModel(), request);
  SilentContext context;
  Heard heard;
  {
    const test::FileSizeLimit limit(500);
    session.run(context, &heard);
  }
  EXPECT_TRUE(session.finished());
  EXPECT_TRUE(heard.steps.empty());
  EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("is not kept")));
}

TEST(FitSession, RequestsThatMakeNoSenseAreRefused) {
  FitRequest none = smallRequest();
  none.photos.clear();
  EXPECT_THROW(FitSession(smallModel(), none), OptionError);
  FitRequest flat = smallRequest();
  flat.photos[0].aligned = Image(64, 32, 3);
  EXPECT_THROW(FitSession(smallModel(), flat), ImageError);
  FitRequest unmasked = smallRequest();
  unmasked.photos[0].mask = {};
  unmasked.background.kind = AvatarBackground::Kind::Photo;
  EXPECT_THROW(FitSession(smallModel(), unmasked), OptionError);
  FitRequest empty_mask = smallRequest();
  empty_mask.photos[0].mask = Image(128, 128, 1);
  FitSession session(smallModel(), empty_mask);
  SilentContext context;
  EXPECT_THROW(session.run(context), ImageError);
}

TEST(FitSession, AFaintMaskIsNoPerfectPicture) {
  FitRequest request = smallRequest();
  request.preview_every = 0;
  request.options.tuning_steps = 0;
  std::fill(request.photos[0].mask.pixels.begin(), request.photos[0].mask.pixels.end(), 100);
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  EXPECT_LT(session.avatar(context)->measures.at("psnr"), 60);
}

TEST(FitSession, KeepsThePhotoBehindTheHead) {
  FitRequest request = smallRequest();
  request.background.kind = AvatarBackground::Kind::Photo;
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  const AvatarPtr avatar = session.avatar(context);
  ASSERT_TRUE(avatar->background.plate);
  EXPECT_EQ(avatar->background.plate->width, request.photos[0].aligned.width);
}

}  // namespace
}  // namespace panohead
