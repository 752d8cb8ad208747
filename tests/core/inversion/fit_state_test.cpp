// Fits that are kept, gone on with, branched, stopped.
#include "core/base/error.h"
#include "core/inversion/fit.h"
#include "tests/core/inversion/fit_scene.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/gradient_looks.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace panohead {
namespace {

using test::CancellingContext;
using test::expectSameFit;
using test::expectSameResult;
using test::photoOf;
using test::runFit;
using test::shortFit;
using test::smallGenerator;

TEST(FitState, GoesOnFromAStateWithTheSameNumbers) {
  SilentContext context;
  const test::ScratchFolder folder;
  const std::vector<FitPhoto> photos{photoOf(smallGenerator(), 14, {}),
                                     photoOf(smallGenerator(), 14, {.yaw_degrees = 60})};
  PhotoFit whole(smallGenerator(), nullptr, photos, shortFit(), context);
  std::vector<FitState> states{whole.state()};
  while (!whole.finished()) {
    whole.step(context);
    states.push_back(whole.state());
  }
  ASSERT_EQ(states.size(), 8U);
  for (const std::size_t from : {0U, 3U, 4U, 6U}) {
    SCOPED_TRACE(from);
    writeFitState(folder / "state", states[from]);
    PhotoFit other(smallGenerator(), nullptr, photos, shortFit(), context);
    other.restore(readFitState(folder / "state"), context);
    runFit(other);
    expectSameResult(whole.result(), other.result());
  }
  // And one fit may be set back to where it has been.
  const FitResult end = whole.result();
  whole.restore(states[2], context);
  EXPECT_EQ(whole.stage(), FitStage::Latent);
  runFit(whole);
  expectSameResult(end, whole.result());
}

TEST(FitState, ABranchHasOtherOptions) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 14, {});
  PhotoFit trunk(smallGenerator(), nullptr, {photo}, shortFit(), context);
  for (int i = 0; i < 5; ++i) {
    trunk.step(context);
  }
  FitOptions options = shortFit();
  options.tuning_rate = 1e-2;
  options.tuning_steps = 6;
  PhotoFit branch(smallGenerator(), nullptr, {photo}, options, context);
  branch.restore(trunk.state(), context);
  EXPECT_EQ(runFit(branch).size(), 5U);
  runFit(trunk);
  EXPECT_TRUE(at::equal(trunk.result().ws, branch.result().ws));
  EXPECT_FALSE(at::equal(trunk.result().tuned.front().second, branch.result().tuned.front().second));
}

TEST(FitState, StatesOfOtherFitsAreRefused) {
  SilentContext context;
  PhotoFit one(smallGenerator(), nullptr, {photoOf(smallGenerator(), 14, {})}, shortFit(), context);
  PhotoFit other(smallGenerator(), nullptr, {photoOf(smallGenerator(), 15, {})}, shortFit(), context);
  EXPECT_THROW(other.restore(one.state(), context), CheckpointError);
  EXPECT_THROW(other.restore({}, context), CheckpointError);
  EXPECT_EQ(runFit(other).size(), 7U);
}

TEST(FitState, StatesInOtherUnitsAreRefused) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 14, {});
  PhotoFit one(smallGenerator(), nullptr, {photo}, shortFit(), context);
  const FitState state = one.state();
  const auto refused = [&](auto change) {
    FitOptions options = shortFit();
    change(options);
    PhotoFit other(smallGenerator(), nullptr, {photo}, options, context);
    EXPECT_THROW(other.restore(state, context), CheckpointError);
  };
  refused([](FitOptions& o) { o.latent_space = "plain"; });
  refused([](FitOptions& o) { o.camera_degrees = 4; });
  refused([](FitOptions& o) { o.camera_shift = 0.02; });
  refused([](FitOptions& o) { o.camera_scale = 0.03; });
}

TEST(FitState, ADamagedStateLeavesTheFitAsItWas) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 14, {});
  PhotoFit done(smallGenerator(), nullptr, {photo}, shortFit(), context);
  runFit(done);
  const FitState whole = done.state();
  PhotoFit fit(smallGenerator(), nullptr, {photo}, shortFit(), context);
  fit.step(context);
  const FitState before = fit.state();
  const auto refused = [&](const std::function<void(TrainingState&)>& damage) {
    FitState damaged = whole;
    damage(damaged.data);
    EXPECT_THROW(fit.restore(damaged, context), CheckpointError);
    expectSameFit(fit.state(), before);
  };
  const auto without = [](TrainingState& state, const std::string& start) {
    const auto found = std::ranges::find_if(
        state.tensors, [&](const auto& tensor) { return tensor.first.starts_with(start); });
    ASSERT_NE(found, state.tensors.end());
    state.tensors.erase(found);
  };
  const auto replaced = [](TrainingState& state, const std::string& from, const std::string& to) {
    const std::size_t place = state.text.find(from);
    ASSERT_NE(place, std::string::npos);
    state.text.replace(place, from.size(), to);
  };
  for (const char* start : {"latent", "G.", "adam.G."}) {
    refused([&](TrainingState& state) { without(state, start); });
  }
  refused([](TrainingState& state) {
    for (auto& [name, tensor] : state.tensors) {
      if (name.starts_with("G.")) {
        tensor = at::zeros({1, 2, 3, 4, 5});
      }
    }
  });
  refused([&](TrainingState& state) { replaced(state, R"("finished")", R"("ended")"); });
  refused([&](TrainingState& state) { replaced(state, R"("finished")", R"("latent")"); });
  refused([&](TrainingState& state) { replaced(state, R"("drift":)", R"("drifted":)"); });
}

TEST(FitState, AFinishedFitGoesOnWhenMoreIsAllowed) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 14, {});
  FitOptions options = shortFit();
  PhotoFit done(smallGenerator(), nullptr, {photo}, options, context);
  runFit(done);
  options.tuning_steps = 5;
  PhotoFit straight(smallGenerator(), nullptr, {photo}, options, context);
  runFit(straight);
  PhotoFit longer(smallGenerator(), nullptr, {photo}, options, context);
  longer.restore(done.state(), context);
  EXPECT_FALSE(longer.finished());
  EXPECT_EQ(runFit(longer).size(), 2U);
  expectSameResult(longer.result(), straight.result());
  PhotoFit same(smallGenerator(), nullptr, {photo}, shortFit(), context);
  same.restore(done.state(), context);
  EXPECT_TRUE(same.finished());

  options.drift_limit = 1e-7;  // ended by drift after two of five steps
  PhotoFit drifted(smallGenerator(), nullptr, {photo}, options, context);
  EXPECT_EQ(runFit(drifted).back().stage, FitStage::Finished);
  longer.restore(drifted.state(), context);
  EXPECT_EQ(runFit(longer).size(), 3U);
  expectSameResult(longer.result(), straight.result());
}

TEST(FitState, TuningOutlivesTheJobThatBeganIt) {
  FitOptions options = shortFit();
  options.exact = true;  // its layers ask, too
  options.latent_steps = 1;
  options.tuning_steps = 4;
  const FitPhoto photo = photoOf(smallGenerator(), 14, {});
  SilentContext context;
  auto first = std::make_unique<SilentContext>();
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, *first);
  fit.step(*first);
  fit.step(*first);
  const FitState tuning = fit.state();
  first.reset();
  runFit(fit);
  PhotoFit other(smallGenerator(), nullptr, {photo}, options, context);
  other.restore(tuning, context);
  EXPECT_EQ(other.stage(), FitStage::Tuning);
  EXPECT_EQ(runFit(other).size(), 3U);
  expectSameResult(fit.result(), other.result());
}

TEST(FitState, StopsAtEveryQuestionAndAStepStoppedIsAStepNotTaken) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 16, {});
  PhotoFit plain(smallGenerator(), nullptr, {photo}, shortFit(), context);
  runFit(plain);
  PhotoFit stopped(smallGenerator(), nullptr, {photo}, shortFit(), context);
  int stops = 0;
  int patience = 0;
  while (!stopped.finished()) {
    CancellingContext impatient(patience);
    try {
      stopped.step(impatient);
      patience = 0;
    } catch (const Cancelled&) {
      ++stops;
      patience += 7 + patience / 4;  // there are some thousand questions in a step
    }
  }
  EXPECT_GT(stops, 20);
  expectSameResult(plain.result(), stopped.result());
  CancellingContext at_once(3);
  EXPECT_THROW(PhotoFit(smallGenerator(), nullptr, {photo}, shortFit(), at_once), Cancelled);
}

TEST(FitState, AStopIsHeardWithinAGradient) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 16, {});
  PhotoFit plain(smallGenerator(), nullptr, {photo}, shortFit(), context);
  PhotoFit stopped(smallGenerator(), nullptr, {photo}, shortFit(), context);
  while (!plain.finished()) {
    test::GradientLooks looks;
    const FitMoment moment = plain.step(looks);
    ASSERT_GT(looks.within, 100) << fitStageName(moment.stage);
    for (const int last : {1, looks.within / 2, looks.within}) {
      test::GradientLooks stop(last);
      EXPECT_THROW(stopped.step(stop), Cancelled) << "look " << last << " of step " << moment.step;
    }
    EXPECT_EQ(stopped.step(context).losses.front().value, moment.losses.front().value);
  }
  expectSameResult(plain.result(), stopped.result());
}

TEST(FitState, AStopIsHeardWhileAStateOfTuningIsRestored) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 16, {});
  PhotoFit plain(smallGenerator(), nullptr, {photo}, shortFit(), context);
  while (plain.stage() != FitStage::Tuning) {
    plain.step(context);
  }
  plain.step(context);
  const FitState tuning = plain.state();
  PhotoFit other(smallGenerator(), nullptr, {photo}, shortFit(), context);
  CancellingContext stop(2);
  EXPECT_THROW(other.restore(tuning, stop), Cancelled);
  other.restore(tuning, context);
  runFit(plain);
  runFit(other);
  expectSameResult(plain.result(), other.result());
}

}  // namespace
}  // namespace panohead
