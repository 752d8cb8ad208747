// Photos are fitted: what is found, held, told, refused.
#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/dataset/dataset.h"
#include "core/fast/head_renderer.h"
#include "core/generator/discriminator.h"
#include "core/generator/quick_synthesis.h"
#include "core/inversion/fit.h"
#include "core/inversion/fit_losses.h"
#include "core/tensor/quick_type.h"
#include "tests/core/inversion/fit_scene.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/image_psnr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

namespace panohead {
namespace {

using test::CancellingContext;
using test::expectSameResult;
using test::latentOnly;
using test::lossOf;
using test::photoOf;
using test::runFit;
using test::shortFit;
using test::smallGenerator;

std::set<std::string> lossNames(const FitMoment& moment) {
  std::set<std::string> names;
  for (const Metric& metric : moment.losses) {
    names.insert(metric.name);
  }
  return names;
}

TEST(PhotoFit, FindsAPersonWhomTheModelDrew) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 11, {.yaw_degrees = 15});
  FitOptions options = latentOnly(60);
  options.latent_prior = 1e-4;
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
  const std::vector<FitMoment> moments = runFit(fit);
  ASSERT_EQ(moments.size(), 60U);
  EXPECT_LT(lossOf(moments[45], "pixel"), 0.35 * lossOf(moments[0], "pixel"));
  EXPECT_TRUE(fit.result().tuned.empty());
  EXPECT_EQ(fit.result().ws.sizes(), at::IntArrayRef({1, smallGenerator().numWs(), 32}));
}

TEST(PhotoFit, LayersHaveWsOfTheirOwnFromTheStepThatWasAskedFor) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 11, {.yaw_degrees = 15});
  FitOptions options = latentOnly(40);
  options.raw_share = 0;
  options.per_layer = true;
  for (const double from : {0.0, 0.5}) {
    SCOPED_TRACE(from);
    options.per_layer_from = from;
    PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
    const auto spread = [&] {
      const at::Tensor ws = fit.result().ws;
      return (ws - ws.mean({1}, true)).abs().amax({0, 2}).min().item<double>();
    };
    std::vector<FitMoment> moments;
    for (int i = 0; i < 5; ++i) {
      moments.push_back(fit.step(context));
    }
    EXPECT_EQ(spread() > 1e-4, from == 0);
    const std::vector<FitMoment> others = runFit(fit);
    EXPECT_GT(spread(), 1e-4);
    EXPECT_LT(lossOf(others.back(), "pixel"), 0.7 * lossOf(moments.front(), "pixel"));
  }
}

TEST(PhotoFit, FindsTheCameraOfAKnownPerson) {
  SilentContext context;
  FitPhoto photo = photoOf(smallGenerator(), 12, {.yaw_degrees = 20, .pitch_degrees = 5});
  const CameraLabel truth = photo.camera;
  photo.camera = orbitLabel({.yaw_degrees = 24, .pitch_degrees = 2});
  FitOptions options = latentOnly(120);
  options.latent_prior = 1e-4;
  options.raw_share = 1;
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
  runFit(fit);
  const auto off = [&](const CameraLabel& camera) {
    return std::hypot(yawOf(camera) - yawOf(truth), pitchOf(camera) - pitchOf(truth));
  };
  // Random weights know no front: a person turned a little explains the photo, too.
  EXPECT_NEAR(off(photo.camera), 5, 0.1);
  EXPECT_LT(off(fit.cameras().front()), 3);
}

TEST(PhotoFit, CameraStaysWhereItIsNotRefined) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 12, {.yaw_degrees = 20});
  FitOptions options = shortFit();
  options.refine_camera = false;
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
  runFit(fit);
  for (std::size_t i = 0; i < photo.camera.size(); ++i) {
    EXPECT_NEAR(fit.cameras().front()[i], photo.camera[i], 1e-6);
  }
}

TEST(PhotoFit, LocalityHoldsTheOtherViews) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 13, {});
  FitOptions options = fitPreset("best");
  options.latent_steps = 0;
  options.tuning_steps = 20;
  options.tuning_rate = 3e-3;
  options.drift_limit = 0;  // else the free one ends early
  const auto run = [&](double locality) {
    options.locality = locality;
    PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
    const std::vector<FitMoment> moments = runFit(fit);
    return std::pair(fit.sideDrift(context),
                     lossOf(moments.back(), "pixel") / lossOf(moments.front(), "pixel"));
  };
  const auto [free_drift, free_loss] = run(0);
  const auto [held_drift, held_loss] = run(5);
  EXPECT_LT(held_drift, 0.6 * free_drift);
  EXPECT_LT(held_loss, 0.7);  // and the photo is fitted all the same
  EXPECT_LT(free_loss, 0.7);
}

TEST(PhotoFit, TuningEndsWhenTheSidesHaveMoved) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 13, {});
  FitOptions options = fitPreset("best");
  options.latent_steps = 0;
  options.tuning_steps = 30;
  options.tuning_rate = 2e-3;
  options.locality = 0;
  options.drift_limit = 0.01;
  options.drift_every = 2;
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
  const std::vector<FitMoment> moments = runFit(fit);
  EXPECT_LT(moments.size(), 30U);
  EXPECT_EQ(moments.back().stage, FitStage::Finished);
  EXPECT_TRUE(moments.back().losses.empty());
  EXPECT_GT(moments.back().side_drift, 0.01);
  EXPECT_NEAR(moments.back().side_drift, fit.sideDrift(context), 1e-9);
}

TEST(PhotoFit, MaskThatIsEmptyIsRefusedAndAFullOneSaysNothing) {
  SilentContext context;
  FitPhoto photo = photoOf(smallGenerator(), 17, {});
  FitPhoto full = photo;
  std::fill(full.mask.pixels.begin(), full.mask.pixels.end(), 255);
  FitPhoto without = photo;
  without.mask = {};
  FitPhoto empty = photo;
  std::fill(empty.mask.pixels.begin(), empty.mask.pixels.end(), 0);
  EXPECT_THROW(PhotoFit(smallGenerator(), nullptr, {empty}, shortFit(), context), ImageError);
  PhotoFit a(smallGenerator(), nullptr, {full}, shortFit(), context);
  PhotoFit b(smallGenerator(), nullptr, {without}, shortFit(), context);
  const FitMoment last = runFit(a).back();
  EXPECT_FALSE(lossNames(last).contains("mask"));
  runFit(b);
  expectSameResult(a.result(), b.result());
}

TEST(PhotoFit, PhotosThatCannotBeFittedAreRefused) {
  CancellingContext at_once(0);  // they are looked at before the model's people, who take seconds
  const FitPhoto good = photoOf(smallGenerator(), 17, {});
  const auto refused = [&](const FitPhoto& photo) {
    EXPECT_THROW(PhotoFit(smallGenerator(), nullptr, {good, photo}, shortFit(), at_once), ImageError);
  };
  refused({});
  refused({Image(128, 64, 3), {}, good.camera});
  refused({Image(20, 20, 3), {}, good.camera});
  refused({good.picture, Image(64, 64, 1), good.camera});
  refused({good.picture, good.picture, good.camera});
  FitPhoto broken = good;
  broken.camera[5] = std::nanf("");
  refused(broken);
  FitPhoto nobody = good;
  std::fill(nobody.mask.pixels.begin(), nobody.mask.pixels.end(), 0);
  refused(nobody);
  EXPECT_THROW(PhotoFit(smallGenerator(), nullptr, {}, shortFit(), at_once), ImageError);
}

TEST(PhotoFit, PhotosOfAnySizeAndGreyOnesAreTaken) {
  SilentContext context;
  FitPhoto photo = photoOf(smallGenerator(), 17, {});
  for (const int side : {40, 300}) {
    FitPhoto other{
        resized(withChannels(photo.picture, 1), side, side), resized(photo.mask, side, side), photo.camera};
    PhotoFit fit(smallGenerator(), nullptr, {other}, shortFit(), context);
    EXPECT_EQ(runFit(fit).size(), 7U);
  }
}

TEST(PhotoFit, DiscriminatorIsAFeatureSpaceWhereThereIsOne) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 18, {});
  for (const DiscriminatorKind kind :
       {DiscriminatorKind::MaskV2, DiscriminatorKind::MaskV1, DiscriminatorKind::Dual}) {
    DiscriminatorConfig config;
    config.kind = kind;
    config.img_resolution = 128;
    config.channel_base = 512;
    config.channel_max = 16;
    const Discriminator judge(config, 4);
    PhotoFit fit(smallGenerator(), &judge, {photo}, shortFit(), context);
    const std::vector<FitMoment> moments = runFit(fit);
    EXPECT_FALSE(lossNames(moments.front()).contains("discriminator"));  // the raw picture only
    EXPECT_GT(lossOf(moments.back(), "discriminator"), 0);
    config.img_resolution = 64;  // of another model
    const Discriminator other(config, 4);
    PhotoFit without(smallGenerator(), &other, {photo}, shortFit(), context);
    EXPECT_FALSE(lossNames(runFit(without).back()).contains("discriminator"));
  }
}

TEST(PhotoFit, BackgroundIsFittedOrLeftToThePhoto) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 18, {});
  FitOptions options = shortFit();
  for (const char* background : {"fit", "photo", "shared"}) {
    options.background = background;
    PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
    runFit(fit);
    EXPECT_EQ(fit.result().ws_background.defined(), options.background == "fit");
  }
}

TEST(PhotoFit, WhatLiesBehindThePersonDoesNotCountWhereThePhotoStays) {
  SilentContext context;
  FitPhoto photo = photoOf(smallGenerator(), 18, {});
  FitPhoto elsewhere = photo;
  for (int y = 0; y < photo.mask.height; ++y) {
    for (int x = 0; x < photo.mask.width; ++x) {
      const bool person = std::hypot(x - 64, y - 64) < 40;
      photo.mask.row(y)[x] = person ? 255 : 0;
      if (!person) {
        std::fill_n(elsewhere.picture.row(y) + 3 * x, 3, 255);
      }
    }
  }
  elsewhere.mask = photo.mask;
  FitOptions options = fitPreset("published");
  const auto first = [&](const FitPhoto& of) {
    PhotoFit fit(smallGenerator(), nullptr, {of}, options, context);
    return lossOf(fit.step(context), "mse");
  };
  EXPECT_GT(std::abs(first(photo) - first(elsewhere)), 1e-3) << "published: the whole picture";
  options.background = "photo";
  EXPECT_NEAR(first(photo), first(elsewhere), 1e-6);
  EXPECT_GT(first(photo), 1e-4);
}

TEST(PhotoFit, TheDiscriminatorSeesNoWallWhereThePhotoStays) {
  DiscriminatorConfig config;
  config.img_resolution = 128;
  config.channel_base = 512;
  config.channel_max = 16;
  const Discriminator judge(config, 4);
  PhotoTarget target;
  target.image = at::full({1, 3, 128, 128}, 0.5);
  target.image_raw = at::full({1, 3, 64, 64}, 0.5);
  target.mask = at::zeros({1, 1, 128, 128});
  target.mask.slice(2, 32, 96).slice(3, 32, 96).fill_(1);
  target.mask_raw = at::zeros({1, 1, 64, 64});
  target.mask_raw.slice(2, 16, 48).slice(3, 16, 48).fill_(1);
  FitOptions options = fitPreset("quick");
  options.pixel = options.detail = options.mask = options.mse = options.vgg = 0;
  options.discriminator = 1;
  const auto pull = [&](const char* background) {  // on what is drawn: outside and inside of the person
    options.background = background;
    const PhotoLoss loss(options, target, &judge, nullptr, at::kFloat);
    SynthesisOutput drawn;
    drawn.image = at::zeros({1, 3, 128, 128}).requires_grad_();
    drawn.image_raw = at::zeros({1, 3, 64, 64}).requires_grad_();
    drawn.mask = target.mask_raw.clone();
    loss(drawn).sum.backward();
    const auto sums = [](const at::Tensor& gradient, const at::Tensor& mask) {
      return std::pair((gradient.abs() * (1 - mask)).sum().item<double>(),
                       (gradient.abs() * mask).sum().item<double>());
    };
    const auto whole = sums(drawn.image.grad(), target.mask),
               raw = sums(drawn.image_raw.grad(), target.mask_raw);
    return std::pair(whole.first + raw.first, whole.second + raw.second);
  };
  EXPECT_GT(pull("fit").first, 0) << "a background that is fitted is looked at";
  EXPECT_EQ(pull("photo").first, 0);
  EXPECT_GT(pull("photo").second, 0) << "the person still is";
}

TEST(PhotoFit, ResultDrawsWhatTheFitDraws) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 19, {});
  PhotoFit fit(smallGenerator(), nullptr, {photo}, shortFit(), context);
  runFit(fit);
  const FitResult result = fit.result();
  EXPECT_FALSE(result.tuned.empty());
  const Generator tuned = tunedGenerator(smallGenerator(), result);
  const at::NoGradGuard no_grad;
  const at::Tensor label = at::tensor(at::ArrayRef<float>(result.cameras.front().data(), 25)).unsqueeze(0);
  const Image drawn =
      tensorImage(tuned.synthesize(result.ws, label, tuned.defaultSettings(), result.ws_background).image);
  const Image own = fit.draw(result.cameras.front(), true, context);
  ASSERT_EQ(own.pixels.size(), drawn.pixels.size());
  double difference = 0;
  for (std::size_t i = 0; i < own.pixels.size(); ++i) {
    difference += std::abs(double(own.pixels[i]) - drawn.pixels[i]);
  }
  EXPECT_LT(difference / static_cast<double>(own.pixels.size()), 1.5);  // levels: bfloat16
  EXPECT_EQ(fit.fourViews(true, context).size(), 4U);
  FitResult foreign = result;
  foreign.tuned.emplace_back("no.such.weight", at::zeros({1}));
  EXPECT_THROW(tunedGenerator(smallGenerator(), foreign), CheckpointError);
}

/// Another fit of the photo, at the same place.
void expectSameViews(const PhotoFit& fit, const FitPhoto& photo, FitOptions options, bool super_resolution) {
  SilentContext context;
  options.exact = true;
  PhotoFit specification(smallGenerator(), nullptr, {photo}, options, context);
  specification.restore(fit.state(), context);
  std::vector<Image> actual = fit.fourViews(super_resolution, context);
  std::vector<Image> expected = specification.fourViews(super_resolution, context);
  actual.push_back(fit.draw(fit.cameras().front(), super_resolution, context));
  expected.push_back(specification.draw(fit.cameras().front(), super_resolution, context));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_GT(test::psnr(actual[i], expected[i]), 40) << "view " << i;
  }
}

// The weights of a fit change from step to step, and what is drawn with them.
TEST(PhotoFit, ViewsOfEveryMomentAreDrawnByTheFastPath) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 23, {.yaw_degrees = 10});
  FitOptions options = shortFit();
  options.tuning_rate = 0.02;  // far, so that pictures with yesterday's weights would be others
  PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
  Image before;
  while (!fit.finished()) {
    fit.step(context);
    if (fit.stage() == FitStage::Latent) {
      continue;
    }
    expectSameViews(fit, photo, options, true);
    Image now = fit.fourViews(true, context)[0];
    EXPECT_TRUE(before.empty() || test::psnr(before, now) < 38) << test::psnr(before, now);
    before = std::move(now);
  }
  expectSameViews(fit, photo, options, false);

  const at::NoGradGuard no_grad;
  const FitResult result = fit.result();
  const Generator tuned = tunedGenerator(smallGenerator(), result);
  const nn::SynthesisRun run{.dtype = quickType()};
  const PreparedHead head{{},
                          quickPlanes(tuned, result.ws, run),
                          tuned.background(result.ws_background, run),
                          result.ws.select(1, -1)};
  const std::unique_ptr<HeadRenderer> fast = passingRenderer(tuned, head);
  ASSERT_NE(fast, nullptr);
  SynthesisSettings settings = tuned.defaultSettings();
  settings.volume.ray_start = options.near > 0 ? options.near : settings.volume.ray_start;
  const CameraLabel& camera = result.cameras.front();
  const at::Tensor label = at::tensor(at::ArrayRef<float>(camera.data(), camera.size())).unsqueeze(0);
  EXPECT_EQ(tensorImage(drawHead(*fast, head.background, label, settings).picture).pixels,
            fit.draw(camera, true, context).pixels)
      << "the fast path indeed";
}

TEST(PhotoFit, BestOfSamplesStartsCloserThanTheMean) {
  SilentContext context;
  const FitPhoto photo = photoOf(smallGenerator(), 20, {});
  FitOptions options = shortFit();
  const auto first = [&] {
    PhotoFit fit(smallGenerator(), nullptr, {photo}, options, context);
    return lossOf(fit.step(context), "pixel");
  };
  const double mean = first();
  options.start = "samples";
  options.start_samples = 40;
  EXPECT_LT(first(), mean);
}

TEST(FitOptionsTest, NonsenseIsRefused) {
  const auto refused = [](auto change) {
    FitOptions options = fitPreset("best");
    change(options);
    EXPECT_THROW(options.check(), OptionError);
  };
  EXPECT_THROW(fitPreset("fast"), OptionError);
  refused([](FitOptions& o) { o.latent_steps = -1; });
  refused([](FitOptions& o) { o.latent_steps = o.tuning_steps = 0; });
  refused([](FitOptions& o) { o.pixel = o.detail = o.mse = 0; });
  refused([](FitOptions& o) { o = fitPreset("published"), o.raw_share = 0.5; });
  refused([](FitOptions& o) { o = fitPreset("published"), o.start = "samples"; });
  refused([](FitOptions& o) { o.latent_space = "z"; });
  refused([](FitOptions& o) { o.latent_rate = std::nan(""); });
  refused([](FitOptions& o) { o.exact = true, o.precision = "bf16"; });
  for (const char* name : {"quick", "best", "published"}) {
    EXPECT_NO_THROW(fitPreset(name).check());
    EXPECT_EQ(fitPreset(name).preset, name);
  }
}

}  // namespace
}  // namespace panohead
