// A head drawn by the fast path beside the same head drawn by the specification.
#include "core/fast/head_renderer.h"

#include "core/base/error.h"
#include "core/session/frame_image.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/closeness.h"
#include "tests/support/every_quick_type.h"
#include "tests/support/first_model.h"
#include "tests/support/golden.h"
#include "tests/support/image_psnr.h"
#include "tests/support/plain_model.h"
#include "tests/support/small_config.h"
#include "tests/support/with_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::firstModel;
using test::labelOf;
using test::psnr;

HeadPtr headOf(const ModelPtr& model, const HeadOptions& options) {
  SilentContext context;
  return makeHead(model, options, context);
}

/// Both paths from the same grids and background, those of the specification.
struct Renderers {
  explicit Renderers(const HeadPtr& of) : head(of->prepared) {
    const at::NoGradGuard no_grad;
    const Generator& generator = of->model->generator;
    head.planes = generator.planes(head.ws, {});
    if (generator.config().background) {
      head.background = generator.background(head.ws, {});
    }
    specification = specificationRenderer(generator, head);
    PreparedHead packed = head;
    packed.planes = packPlanes(head.planes, generator.config().triplane_depth).to(at::kBFloat16);
    fast = fastRenderer(of->model->fast, packed);
  }

  PreparedHead head;
  std::unique_ptr<HeadRenderer> specification, fast;
};

class FastHead : public ::testing::Test {
 protected:
  void expectClose(const HeadPicture& actual,
                   const HeadPicture& expected,
                   const std::string& name,
                   double maps = 60) const {
    const auto shown = [](const at::Tensor& t) { return t.clamp(-1, 1); };
    ASSERT_EQ(actual.picture.sizes(), expected.picture.sizes());
    ASSERT_EQ(actual.raw.sizes(), expected.raw.sizes());
    ASSERT_EQ(actual.alpha.defined(), expected.alpha.defined());
    const double picture = psnr(shown(actual.picture), shown(expected.picture), 2);
    const double raw = psnr(shown(actual.raw), shown(expected.raw), 2);
    const double mask = psnr(actual.mask, expected.mask, 1);
    const at::Tensor shows = expected.mask > 0.5;
    const double depth = psnr(actual.depth.masked_select(shows), expected.depth.masked_select(shows), 1);
    EXPECT_GT(picture, 45) << name;
    EXPECT_GT(raw, maps) << name;
    EXPECT_GT(mask, 66) << name;  // 60 where it is not stretched by a thousandth
    EXPECT_GT(depth, maps) << name;
    if (expected.alpha.defined()) {
      EXPECT_GT(psnr(actual.alpha, expected.alpha, 1), 60) << name;
    }
    fmt::print(
        "  {}: picture {:.1f} dB, raw {:.1f}, mask {:.1f}, depth {:.1f}\n", name, picture, raw, mask, depth);
  }

  at::NoGradGuard no_grad_;
};

TEST_F(FastHead, DrawsHeadsOverAnyBackgroundAndCutOut) {
  SilentContext context;
  const HeadPtr own = headOf(firstModel(), {.seed = 3});
  const HeadPtr other = withBackground(own, SeedBackground{9}, context);
  const Renderers renderers(own);
  const SynthesisSettings settings = firstModel()->generator.defaultSettings();
  for (const double yaw : {0.0, 75.0, 180.0}) {
    const at::Tensor label = labelOf({.yaw_degrees = yaw, .pitch_degrees = yaw / 10});
    for (const HeadPtr& head : {own, other}) {
      const at::Tensor& background = head == own ? renderers.head.background : head->prepared.background;
      expectClose(drawHead(*renderers.fast, background, label, settings),
                  drawHead(*renderers.specification, background, label, settings),
                  fmt::format("yaw {}, {} background", yaw, head == own ? "own" : "another's"));
    }
    expectClose(drawCutOut(*renderers.fast, label, settings),
                drawCutOut(*renderers.specification, label, settings),
                fmt::format("yaw {}, cut out", yaw));
  }
}

TEST_F(FastHead, FollowsTheSettings) {
  const HeadPtr head = headOf(firstModel(), {.seed = 1});
  const Renderers renderers(head);
  SynthesisSettings settings = firstModel()->generator.defaultSettings();
  settings.neural_resolution = 40;
  settings.super_resolution = false;
  settings.volume.coarse_samples = 16;
  settings.volume.fine_samples = 8;
  const at::Tensor label = labelOf({.yaw_degrees = -40});
  const HeadPicture actual = drawHead(*renderers.fast, renderers.head.background, label, settings);
  EXPECT_EQ(actual.picture.size(2), 40);
  expectClose(actual,
              drawHead(*renderers.specification, renderers.head.background, label, settings),
              "raw, 16 + 8",
              50);  // the fewer, the more their place matters, which hangs on rounding
  std::vector<std::string> fast_stages;
  std::vector<std::string> stages;
  settings.super_resolution = true;
  settings.stage = [&](const char* stage) { fast_stages.emplace_back(stage); };
  drawHead(*renderers.fast, {}, label, settings);
  settings.stage = [&](const char* stage) { stages.emplace_back(stage); };
  drawHead(*renderers.specification, {}, label, settings);
  EXPECT_EQ(fast_stages, stages);
}

TEST_F(FastHead, DrawsOddSizes) {
  const HeadPtr head = headOf(firstModel(), {.seed = 6});
  const Renderers renderers(head);
  SynthesisSettings settings = firstModel()->generator.defaultSettings();
  const at::Tensor label = labelOf({.yaw_degrees = 25});
  for (const int resolution : {33, 57, 101}) {
    settings.neural_resolution = resolution;
    const HeadPicture actual = drawHead(*renderers.fast, renderers.head.background, label, settings);
    EXPECT_EQ(actual.raw.size(2), resolution);
    expectClose(actual,
                drawHead(*renderers.specification, renderers.head.background, label, settings),
                fmt::format("{0} x {0}", resolution),
                55);
  }
}

// What processors without bfloat16 do, and PANOHEAD_PRECISION=fp32: nothing is rounded but the grids.
TEST_F(FastHead, DrawsInFloat32) {
  const HeadPtr head = headOf(firstModel(), {.seed = 3});
  const Generator& generator = firstModel()->generator;
  const SynthesisSettings settings = generator.defaultSettings();
  const at::Tensor label = labelOf({.yaw_degrees = 15});
  const FeatureImage image =
      generator.renderFeature(generator.planes(head->prepared.ws, {}), label, settings);
  const at::Tensor background = generator.background(head->prepared.ws, {});
  const at::Tensor expected =
      generator.finish(image, background, head->prepared.last_w, settings).image.clamp(-1, 1);
  test::inEveryQuickType([&](at::ScalarType type) {
    const std::shared_ptr<const FastModel> model = makeFastModel(generator);
    PreparedHead prepared = head->prepared;
    prepared.planes = fastPlanes(*model, prepared.ws, {});
    ASSERT_EQ(prepared.planes.scalar_type(), at::kBFloat16);
    prepared.background = fastBackground(*model, prepared.ws, {});
    const at::Tensor drawn =
        fastRenderer(model, prepared)->finish(image, prepared.background, settings).image.clamp(-1, 1);
    EXPECT_GT(psnr(drawn, expected, 2), type == at::kFloat ? 90 : 50);
    EXPECT_LT(psnr(drawn, expected, 2), type == at::kFloat ? 200 : 90);
  });
}

TEST_F(FastHead, LeavesStochasticSamplesToTheSpecification) {
  const HeadPtr head = headOf(firstModel(), {.seed = 1});
  const Renderers renderers(head);
  SynthesisSettings settings = firstModel()->generator.defaultSettings();
  settings.neural_resolution = 16;
  const at::Tensor label = labelOf({.yaw_degrees = 10});
  const at::Tensor repeatable = renderers.specification->renderFeature(label, settings).feature;
  for (const bool jitter : {true, false}) {
    settings.volume.jitter = jitter;
    settings.volume.density_noise = jitter ? 0 : 30;
    at::manual_seed(5);
    const FeatureImage expected = renderers.specification->renderFeature(label, settings);
    at::manual_seed(5);
    const FeatureImage actual = renderers.fast->renderFeature(label, settings);
    EXPECT_GT(psnr(actual.feature, expected.feature), 62);
    EXPECT_GT(psnr(actual.weight_sum, expected.weight_sum, 1), 50);
    EXPECT_LT(psnr(repeatable, expected.feature), 58);
    fmt::print("  {}: {:.1f} dB; from repeatable samples {:.1f} dB\n",
               jitter ? "jitter" : "noise on the density",
               psnr(actual.feature, expected.feature),
               psnr(repeatable, expected.feature));
  }
}

const HeadRenderer& processorOf(const HeadPtr& head) {
  SilentContext context;
  return head->drawing->processor(context);
}

TEST_F(FastHead, HasTheSameBytesForAnyNumberOfThreads) {
  const HeadPtr head = headOf(firstModel(), {.seed = 2});
  const SynthesisSettings settings = firstModel()->generator.defaultSettings();
  std::vector<at::Tensor> pictures;
  for (const int threads : {1, 2, 3}) {
    const test::WithThreads with(threads);
    pictures.push_back(
        drawHead(processorOf(head), head->prepared.background, labelOf({.yaw_degrees = 30}), settings)
            .picture);
  }
  EXPECT_TRUE(at::equal(pictures[0], pictures[1]));
  EXPECT_TRUE(at::equal(pictures[0], pictures[2]));
}

TEST_F(FastHead, StopsWhereverItIs) {
  const HeadPtr head = headOf(firstModel(), {.seed = 2});
  SynthesisSettings settings = firstModel()->generator.defaultSettings();
  int asked = 0;
  settings.checkpoint = [&] { ++asked; };
  const auto draw = [&] { drawHead(processorOf(head), head->prepared.background, labelOf({}), settings); };
  draw();
  EXPECT_GT(asked, 8);
  for (const int stop : {1, 5}) {
    asked = 0;
    settings.checkpoint = [&] {
      if (++asked == stop) {
        throw Cancelled();
      }
    };
    EXPECT_THROW(draw(), Cancelled);
    EXPECT_EQ(asked, stop);
  }
}

TEST_F(FastHead, PackingTheBackgroundNetworkIsCancelled) {
  const HeadPtr head = headOf(firstModel(), {.seed = 2});
  const std::shared_ptr<const FastModel> model = makeFastModel(firstModel()->generator);
  int asked = 0;
  int stop = 0;
  nn::SynthesisRun run;
  run.checkpoint = [&] {
    if (++asked == stop) {
      throw Cancelled();
    }
  };
  fastBackground(*firstModel()->fast, head->prepared.ws, run);  // packed long ago
  const int drawing = std::exchange(asked, 0);
  for (const int at : {1, 4}) {
    asked = 0;
    stop = at;
    EXPECT_THROW(fastBackground(*model, head->prepared.ws, run), Cancelled);
  }
  asked = stop = 0;
  const at::Tensor drawn = fastBackground(*model, head->prepared.ws, run);
  EXPECT_GT(asked, drawing + 4) << "packing does not ask";
  EXPECT_TRUE(at::equal(drawn, fastBackground(*firstModel()->fast, head->prepared.ws, {})));
}

Frame frameOf(const HeadPtr& head, bool exact, RenderMode mode = RenderMode::Picture) {
  SilentContext context;
  ViewOptions view;
  view.camera = orbitLabel({.yaw_degrees = 35});
  view.mode = mode;
  view.exact = exact;
  return renderFrame(*head, view, context);
}

TEST_F(FastHead, FramesAreFastUnlessTheyMustBeExact) {
  const HeadPtr head = headOf(firstModel(), {.seed = 4});
  const Renderers renderers(head);
  const SynthesisSettings settings = firstModel()->generator.defaultSettings();
  const at::Tensor label = labelOf({.yaw_degrees = 35});
  const Frame exact = frameOf(head, true);
  const Frame fast = frameOf(head, false);
  EXPECT_EQ(
      exact.picture.pixels,
      toImage(toBytes(drawHead(*renderers.specification, renderers.head.background, label, settings).picture))
          .pixels);
  EXPECT_EQ(fast.picture.pixels,
            toImage(toBytes(drawHead(processorOf(head), head->prepared.background, label, settings).picture))
                .pixels);
  EXPECT_NE(exact.depth, fast.depth);  // another path indeed
  EXPECT_GT(test::psnr(fast.picture, exact.picture), 45);
  EXPECT_GT(
      test::psnr(frameOf(head, false, RenderMode::Raw).picture, frameOf(head, true, RenderMode::Raw).picture),
      55);  // of bytes: one in a thousand rounded the other way is 60 dB
}

TEST_F(FastHead, ModelsWithoutAFastPathAreDrawnExactly) {
  const ModelPtr model = test::modelWithoutFastPath();
  EXPECT_EQ(makeFastModel(model->generator), nullptr);
  EXPECT_EQ(model->fast, nullptr);
  const HeadPtr head = headOf(model, {.seed = 1});
  const Frame exact = frameOf(head, true);
  const Frame fast = frameOf(head, false);
  EXPECT_EQ(exact.picture.pixels, fast.picture.pixels);
  EXPECT_EQ(exact.depth, fast.depth);
  EXPECT_EQ(exact.mask, fast.mask);
}

// What training makes of the smallest data sets.
TEST_F(FastHead, DrawsSixtyFourPixelModels) {
  GeneratorConfig config = test::smallConfig();
  config.img_resolution = 64;
  config.triplane_size = 32;
  config.neural_resolution = 32;
  Generator generator(config, 5);
  generator.decoder().out.weight.mul_(3.0);  // matter and air: a random volume is nearly empty
  generator.decoder().out.bias[0] = 2.0;
  ModelInfo info;
  info.image_resolution = 64;
  const auto model = std::make_shared<const Model>(std::move(info), std::move(generator));
  ASSERT_NE(model->fast, nullptr);
  const HeadPtr head = headOf(model, {.seed = 5});
  const Renderers renderers(head);
  SynthesisSettings settings = model->generator.defaultSettings();
  for (const int resolution : {32, 16, 64}) {
    settings.neural_resolution = resolution;
    const at::Tensor label = labelOf({.yaw_degrees = 20.0 * resolution});
    const HeadPicture drawn = drawHead(*renderers.fast, renderers.head.background, label, settings);
    EXPECT_EQ(drawn.picture.size(2), 64);
    expectClose(drawn,
                drawHead(*renderers.specification, renderers.head.background, label, settings),
                fmt::format("64 px from {}", resolution));
  }
}

class TinyHead : public FastHead, public ::testing::WithParamInterface<const char*> {};

TEST_P(TinyHead, IsDrawnAsSpecified) {
  const std::string file = fmt::format("golden/{}.pkl", GetParam());
  if (test::sharedFile(file).empty()) {
    GTEST_SKIP() << test::skipMessage(file);
  }
  SilentContext context;
  const ModelPtr model = openModel(test::sharedFile(file), context);
  ASSERT_NE(model->fast, nullptr);
  const HeadPtr head = headOf(model, {.seed = 5, .truncation_psi = 1});
  const Renderers renderers(head);
  SynthesisSettings settings = model->generator.defaultSettings();
  settings.neural_resolution = 64;
  for (const double yaw : {20.0, 160.0}) {
    const at::Tensor label = labelOf({.yaw_degrees = yaw});
    expectClose(drawHead(*renderers.fast, renderers.head.background, label, settings),
                drawHead(*renderers.specification, renderers.head.background, label, settings),
                GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Published,
                         TinyHead,
                         ::testing::Values("tiny_panohead", "tiny_eg3d"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace panohead
