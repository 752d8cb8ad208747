// View consistency and flicker on a ball whose surface is known exactly.
#include "core/training/metrics/view_warp.h"

#include "core/base/camera.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"
#include "core/volume/ray_sampler.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

constexpr double kRadius = 0.25;

// A ball of the given radius with colours that depend on the place only.
HeadView ball(double yaw, std::int64_t r = 64) {
  HeadView view;
  view.label = labelTensor(orbitLabel({.yaw_degrees = yaw, .pitch_degrees = 10}));
  const Rays rays = sampleRays(view.label, r);
  const at::Tensor along = -(rays.origins * rays.directions).sum(2, true);
  const at::Tensor discriminant = along.square() - (rays.origins.square().sum(2, true) - kRadius * kRadius);
  const at::Tensor hit = discriminant > 0;
  const at::Tensor depth =
      at::where(hit, along - discriminant.clamp_min(0).sqrt(), at::full_like(along, 3.3));
  const at::Tensor points = rays.origins + rays.directions * depth;
  const at::Tensor colour = at::where(hit, (points * 12).sin() * 0.8, at::full_like(points, -1));
  const auto image = [&](const at::Tensor& t) {
    return t.permute({0, 2, 1}).reshape({1, t.size(2), r, r}).to(at::kFloat).contiguous();
  };
  view.depth = image(depth);
  view.mask = image(hit.to(at::kFloat));
  view.raw = image(colour);
  view.picture = view.raw;
  return view;
}

TEST(Reproject, FindsTheSameSurface) {
  const HeadView a = ball(0), b = ball(22.5);
  const Reprojection seen = reproject(a, b);
  const double visible = seen.visible.to(at::kFloat).sum().item<double>();
  EXPECT_GT(visible, 0.4 * a.mask.sum().item<double>());
  const at::Tensor error = seen.error.abs().masked_select(seen.visible);
  EXPECT_LT(error.mean().item<double>(), 1e-3);
  const at::Tensor colour = (warped(b.raw, seen) - a.raw).abs().mean(1, true).masked_select(seen.visible);
  EXPECT_LT(colour.mean().item<double>(), 0.02);
}

TEST(Reproject, LeavesOutWhatTheOtherViewCannotSee) {
  // From the side nothing of the far half of the ball counts: its points lie behind the surface there.
  const Reprojection seen = reproject(ball(0), ball(180));
  EXPECT_EQ(seen.visible.sum().item<std::int64_t>(), 0);
}

TEST(ViewConsistency, OfATrueSurfaceIsNearlyPerfect) {
  const Consistency pair = viewConsistency(ball(0), ball(22.5));
  EXPECT_LT(pair.depth, 1e-3);
  EXPECT_LT(pair.colour, 0.01);
  EXPECT_GT(pair.visible, 0.4);
}

TEST(ViewConsistency, MeasuresADisplacedSurfaceInWorldUnits) {
  HeadView moved = ball(22.5);
  moved.depth = moved.depth + 0.02;
  // One way the error is 0.02; the other way the moved point lies 0.02 cos(angle) off.
  const Consistency pair = viewConsistency(ball(0), moved);
  EXPECT_NEAR(pair.depth, 0.02, 0.002);
  EXPECT_GT(pair.colour, 3 * viewConsistency(ball(0), ball(22.5)).colour);
}

TEST(ViewConsistency, CountsASurfaceThatFloatsInFront) {
  HeadView moved = ball(22.5);
  moved.depth = moved.depth - 0.3;
  // From the other side the points are hidden; this way they float and count with the limit.
  EXPECT_NEAR(viewConsistency(ball(0), moved).depth, kConsistencyLimit, 0.02);
}

TEST(ViewConsistency, SeesColoursThatMoveWithTheCamera) {
  HeadView painted = ball(22.5);
  painted.raw = ball(0).raw;  // the picture sticks to the screen
  EXPECT_GT(viewConsistency(ball(0), painted).colour, 0.1);
}

TEST(ViewConsistency, HasNoValueWithoutCommonSurface) {
  EXPECT_TRUE(std::isnan(viewConsistency(ball(0), ball(180)).depth));
}

TEST(Flicker, OfASurfaceThatOnlyTurnsIsSmall) {
  const Flicker steady = flickerBetween(ball(0), ball(2));
  EXPECT_LT(steady.warped, 0.005);
  EXPECT_GT(steady.still, 4 * steady.warped);
  HeadView noisy = ball(2);
  noisy.picture = noisy.picture + at::randn_like(noisy.picture) * 0.2;
  EXPECT_GT(flickerBetween(ball(0), noisy).warped, 10 * steady.warped);
}

TEST(Flicker, TakesPicturesLargerThanTheirDepth) {
  HeadView before = ball(0), after = ball(2);
  before.picture = ball(0, 256).raw;
  after.picture = ball(2, 256).raw;
  const Flicker steady = flickerBetween(before, after);
  EXPECT_LT(steady.warped, 0.01);
  EXPECT_GT(steady.still, 3 * steady.warped);
}

}  // namespace
}  // namespace panohead
