// A fit that is set back: other ways from a kept step, and back to the first one.
#include "core/base/error.h"
#include "tests/core/session/fit_session_scene.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace panohead {
namespace {

using test::Heard;
using test::keptAt;
using test::lossesOf;
using test::smallModel;
using test::smallRequest;
using test::StopsAt;

/// Without pictures.
FitRequest quietRequest() {
  FitRequest request = smallRequest();
  request.preview_every = 0;
  return request;
}

/// Kept steps as "step/branch<parent".
std::vector<std::string> waysOf(const FitSession& session) {
  std::vector<std::string> ways;
  for (const FitKept& kept : session.kept()) {
    ways.push_back(std::to_string(kept.step) + "/" + std::to_string(kept.branch) + "<" +
                   std::to_string(kept.parent));
    EXPECT_TRUE(std::filesystem::exists(kept.file)) << ways.back();
  }
  return ways;
}

FitOptions otherTuning(FitOptions options) {
  options.tuning_steps = 5;
  options.tuning_rate = 1e-3;
  return options;
}

TEST(FitBranches, GoesBackAndBranches) {
  const FitRequest request = quietRequest();
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  const std::vector<double> first = lossesOf(session);
  EXPECT_THROW(session.goBackTo(99), OptionError) << "was not kept";
  session.goBackTo(keptAt(session, 4));
  EXPECT_EQ(session.curve().size(), 4U);
  session.run(context);
  EXPECT_EQ(lossesOf(session), first) << "the same way again";

  session.goBackTo(keptAt(session, 4));
  StopsAt at_once(0);
  EXPECT_THROW(session.run(at_once), Cancelled);
  session.run(context);
  EXPECT_EQ(lossesOf(session), first) << "stopped before it had gone back, it still goes back";

  FitOptions longer = request.options;
  longer.tuning_steps = 5;
  longer.tuning_rate = 1e-3;
  session.goBackTo(keptAt(session, 4), longer);
  session.run(context);
  EXPECT_EQ(session.curve().size(), 9U);
  EXPECT_NE(lossesOf(session)[6], first[6]);
  session.goBackTo(0);
  session.run(context);
  EXPECT_EQ(session.curve().size(), 9U);
}

TEST(FitBranches, GoingBackWithOtherUnitsIsRefusedAndLosesNothing) {
  const FitRequest request = quietRequest();
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  const std::vector<double> losses = lossesOf(session);
  FitOptions plain = request.options;
  plain.latent_space = "plain";
  EXPECT_THROW(session.goBackTo(keptAt(session, 4), plain), OptionError);
  EXPECT_TRUE(session.finished());
  EXPECT_EQ(lossesOf(session), losses);
  ASSERT_EQ(session.kept().size(), 4U);
  for (const FitKept& kept : session.kept()) {
    EXPECT_TRUE(std::filesystem::exists(kept.file)) << kept.step;
  }
  session.goBackTo(keptAt(session, 4));
  session.run(context);
  EXPECT_EQ(lossesOf(session), losses) << "goes on in the old space";
  session.goBackTo(0, plain);
  session.run(context);
  EXPECT_NE(lossesOf(session)[3], losses[3]) << "from the start in the other one";
}

TEST(FitBranches, ADiscriminatorIsLookedForOnce) {
  const FitRequest request = quietRequest();
  FitSession session(smallModel(), request);
  SilentContext context;
  Heard heard;
  session.run(context, &heard);
  session.goBackTo(keptAt(session, 4));
  session.run(context, &heard);
  EXPECT_THAT(heard.notices, testing::SizeIs(1)) << "that there is none";
}

TEST(FitBranches, TheFirstWayStaysAndCanBeComparedWith) {
  const FitRequest request = smallRequest();
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  const std::vector<double> first = lossesOf(session);
  const FitViews seen = *session.views();
  const double psnr = session.avatar(context)->measures.at("psnr");
  EXPECT_THAT(waysOf(session), testing::ElementsAre("2/0<0", "4/0<1", "6/0<2", "7/0<3"));

  session.goBackTo(keptAt(session, 4), otherTuning(request.options));
  session.run(context);
  const std::vector<double> second = lossesOf(session);
  EXPECT_THAT(waysOf(session),
              testing::ElementsAre("2/0<0", "4/0<1", "6/0<2", "7/0<3", "6/1<2", "8/1<5", "9/1<6"));

  session.goBackTo(keptAt(session, 7), request.options);  // of the first way
  EXPECT_EQ(lossesOf(session), first);
  session.run(context);
  EXPECT_TRUE(session.finished());
  EXPECT_EQ(lossesOf(session), first) << "nothing was left to do";
  ASSERT_TRUE(session.views());
  EXPECT_EQ(session.views()->step, 7);
  EXPECT_EQ(session.views()->around[1].pixels, seen.around[1].pixels);
  EXPECT_NEAR(session.avatar(context)->measures.at("psnr"), psnr, 1e-6);
  for (const FitKept& kept : session.kept()) {
    ASSERT_TRUE(kept.picture) << kept.step;
    EXPECT_EQ(kept.picture->width, 128);
  }
  EXPECT_NE(session.kept()[3].picture->pixels, session.kept()[6].picture->pixels);

  session.goBackTo(7, otherTuning(request.options));  // the end of the second
  session.run(context);
  EXPECT_EQ(lossesOf(session), second);
}

TEST(FitBranches, AreThereAfterAResume) {
  const test::ScratchFolder folder;
  FitRequest request = smallRequest();
  request.work_folder = folder / "work";
  SilentContext context;
  std::vector<std::string> ways;
  std::vector<double> first, second;
  {
    FitSession session(smallModel(), request);
    session.run(context);
    first = lossesOf(session);
    session.goBackTo(keptAt(session, 4), otherTuning(request.options));
    session.run(context);
    second = lossesOf(session);
    ways = waysOf(session);
  }
  FitRequest again = request;
  again.options = otherTuning(request.options);
  FitSession next(smallModel(), again);
  Heard heard;
  next.run(context, &heard);
  EXPECT_THAT(heard.notices, testing::Contains(testing::HasSubstr("after step 9 of branch 1")));
  EXPECT_EQ(lossesOf(next), second);
  EXPECT_EQ(waysOf(next), ways);
  ASSERT_TRUE(next.kept()[3].picture);
  ASSERT_FALSE(heard.seen.empty()) << "where it stands is shown";
  next.goBackTo(keptAt(next, 7), request.options);
  next.run(context);
  EXPECT_EQ(lossesOf(next), first);
}

TEST(FitBranches, GoingOnFromTheEndOfAWayIsTheSameWay) {
  const FitRequest request = quietRequest();
  SilentContext context;
  FitSession session(smallModel(), request);
  struct Stop final : FitListener {
    FitSession* session = nullptr;
    void stepped(const FitPoint& point) override {
      if (point.step == 4) {
        session->finishEarly();
      }
    }
  } stop;
  stop.session = &session;
  session.run(context, &stop);
  session.goBackTo(keptAt(session, 2));
  session.goBackTo(keptAt(session, 4));  // on second thought
  session.run(context);
  EXPECT_THAT(waysOf(session), testing::ElementsAre("2/0<0", "4/0<1", "6/0<2", "7/0<3"));
}

TEST(FitBranches, AnotherLatentSpaceHasStepsOfItsOwn) {
  const FitRequest request = quietRequest();
  FitSession session(smallModel(), request);
  SilentContext context;
  session.run(context);
  const std::vector<double> first = lossesOf(session);
  FitOptions plain = request.options;
  plain.latent_space = "plain";
  session.goBackTo(0, plain);
  session.run(context);
  EXPECT_THROW(session.goBackTo(keptAt(session, 7), plain), OptionError);
  session.goBackTo(keptAt(session, 7), request.options);
  session.run(context);
  EXPECT_EQ(lossesOf(session), first);
}

}  // namespace
}  // namespace panohead
