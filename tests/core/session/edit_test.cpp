// What decides a head beyond its seed: mixing, edits, conditioning, interpolation; and the sliders found in
// a model without labels.
#include "core/avatar/factorisation.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/session/backdrop.h"
#include "core/session/directions.h"
#include "core/session/key_frames.h"
#include "core/session/model.h"
#include "core/session/surface_point.h"
#include "core/tensor/prelude.h"
#include "tests/support/huge_model.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

#include <glm/geometric.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

namespace panohead {
namespace {

const std::filesystem::path kModelFile = test::firstModelFile();

ModelPtr theModel() {
  static const ModelPtr model = [] {
    SilentContext context;
    return openModel(kModelFile, context);
  }();
  return model;
}

at::Tensor wsOf(const HeadOptions& options) {
  SilentContext context;
  return makeHead(theModel(), options, context)->prepared.ws;
}

DirectionPtr someDirection(int first = 0, int last = -1) {
  auto direction = std::make_shared<LatentDirection>();
  direction->name = direction->label = "some";
  direction->first_layer = first;
  direction->last_layer = last;
  direction->delta.resize(static_cast<std::size_t>(modelInfo(*theModel()).w_dim));
  std::iota(direction->delta.begin(), direction->delta.end(), -7.0F);
  return direction;
}

TEST(HeadEdits, MixingTakesTheLayersOfTheOtherSeed) {
  HeadOptions a, b, mixed;
  b.seed = mixed.mix.emplace().seed = 9;
  mixed.mix->first_layer = 3;
  mixed.mix->last_layer = 99;  // more than the model has
  const at::Tensor first = wsOf(a), second = wsOf(b), both = wsOf(mixed);
  EXPECT_TRUE(at::equal(both.slice(1, 0, 3), first.slice(1, 0, 3)));
  EXPECT_TRUE(at::equal(both.slice(1, 3), second.slice(1, 3)));
  EXPECT_FALSE(at::equal(first, second));
}

TEST(HeadEdits, AreAddedToTheirLayersAndCompose) {
  HeadOptions plain, edited;
  edited.edits = {{someDirection(2, 4), 0.5}, {someDirection(), -0.25}};
  const at::Tensor difference = wsOf(edited) - wsOf(plain);
  const at::Tensor delta = at::tensor(at::ArrayRef<float>(edited.edits[0].direction->delta));
  EXPECT_TRUE(at::allclose(difference[0][0], -0.25 * delta, 0, 1e-3));
  EXPECT_TRUE(at::allclose(difference[0][2], 0.25 * delta, 0, 1e-3));
  EXPECT_TRUE(at::allclose(difference[0][4], -0.25 * delta, 0, 1e-3));
}

TEST(HeadEdits, OfAnotherModelAreRefused) {
  auto narrow = std::make_shared<LatentDirection>();
  narrow->label = "narrow";
  narrow->delta = {1, 2, 3};
  HeadOptions options;
  options.edits = {{narrow, 1}};
  EXPECT_THROW(wsOf(options), OptionError);
}

TEST(HeadOptions, InterpolationRunsThroughBothEnds) {
  HeadOptions a, b;
  b.seed = 4;
  b.truncation_psi = 1;
  b.edits = {{someDirection(), 0.1}};
  EXPECT_TRUE(at::allclose(wsOf(interpolated(a, b, 0)), wsOf(a), 0, 1e-5));
  EXPECT_TRUE(at::allclose(wsOf(interpolated(a, b, 1)), wsOf(b), 0, 1e-4));
  const HeadOptions half = interpolated(a, b, 0.5);
  EXPECT_DOUBLE_EQ(half.truncation_psi, 0.85);
  ASSERT_EQ(half.edits.size(), 1U);
  EXPECT_DOUBLE_EQ(half.edits.front().strength, 0.05);
  half.check();
  // Seeds that both have are counted once.
  b.blend = {{0, 0.5}, {4, 0.5}};
  EXPECT_EQ(interpolated(a, b, 0.5).blend.size(), 2U);
}

TEST(HeadOptions, InterpolationOfMixingAndCutoffIsAStraightLineInW) {
  HeadOptions a, b;
  a.mix = StyleMix{9, 3, 8};
  a.edits = {{someDirection(), 0.1}};
  b.seed = 4;
  b.truncation_cutoff = 2;
  b.truncation_psi = 0.9;
  b.conditioning_yaw = 40;
  const at::Tensor first = wsOf(a), second = wsOf(b);
  const auto expectBetween = [&](const HeadOptions& head, double t) {
    EXPECT_TRUE(at::allclose(wsOf(head), first * (1 - t) + second * t, 1e-4, 1e-4)) << t;
  };
  expectBetween(interpolated(a, b, 0.25), 0.25);
  expectBetween(interpolated(a, b, 0.75), 0.75);
  // A moment that became a key frame is such a head, too, and no more heads are needed to tell it.
  const HeadOptions half = interpolated(a, b, 0.5);
  EXPECT_EQ(half.between.size(), 2U);
  EXPECT_DOUBLE_EQ(half.edits.front().strength, 0.05) << "sliders go on from where they are";
  expectBetween(interpolated(a, half, 0.5), 0.25);
  EXPECT_EQ(interpolated(a, half, 0.5).between.size(), 2U);
  EXPECT_EQ(interpolated(a, b, 0.5), half) << "no other head, so that nothing is made anew";
  HeadOptions left = half;
  leaveBetween(left);
  EXPECT_TRUE(left.between.empty());
}

TEST(HeadOptions, SharesThatMakeNoSenseAreRefused) {
  HeadOptions a, b;
  b.truncation_cutoff = 2;
  HeadOptions half = interpolated(a, b, 0.5);
  half.check();
  HeadOptions nested = half;
  nested.between.front().head = std::make_shared<const HeadOptions>(half);
  EXPECT_THROW(nested.check(), OptionError);
  half.between.front().weight = 0.7;
  EXPECT_THROW(half.check(), OptionError);
  half.between.front() = {nullptr, 0.5};
  EXPECT_THROW(half.check(), OptionError);
}

TEST(Factorisation, FactorsAreOrthogonalAndOrderedByEffect) {
  const Generator& generator = theModel()->generator;
  const at::Tensor w = randomCodes(generator, 256, 3);
  const at::Tensor rows = factorise(generator, 0, -1, 5, w);
  const at::Tensor unit = rows / rows.norm(2, {1}, true);
  const at::Tensor gram = at::matmul(unit, unit.t());
  EXPECT_TRUE(at::allclose(gram, at::eye(5), 0, 1e-4));
  EXPECT_THROW(factorise(generator, 60, 61, 5, w), OptionError);
  // The definition: no unit vector changes the (normalised) styles of all layers more than the first factor.
  const auto effect = [&](const at::Tensor& direction) {
    double sum = 0;
    for (const ParameterStore::Entry& entry : generator.store().entries()) {
      if (entry.name.starts_with("backbone.synthesis.") && entry.name.ends_with("affine.weight")) {
        const at::Tensor weight = entry.tensor / entry.tensor.norm(2, {1}, true).clamp_min(1e-12);
        sum += at::mv(weight, direction).square().sum().item<double>();
      }
    }
    return sum;
  };
  EXPECT_GE(effect(unit[0]), effect(unit[1]));
  EXPECT_GE(effect(unit[1]), effect(unit[4]));
  const at::Tensor random = at::randn({20, w.size(1)});
  for (int i = 0; i < 20; ++i) {
    EXPECT_GT(effect(unit[0]), effect(random[i] / random[i].norm()));
  }
}

TEST(Factorisation, ComponentsExplainTheSpreadTheyAreAsLongAs) {
  const at::Tensor w = randomCodes(theModel()->generator, 512, 3);
  const at::Tensor rows = principalComponents(w, 4);
  for (int i = 0; i < 4; ++i) {
    const at::Tensor unit = rows[i] / rows[i].norm();
    const double spread = at::mv(w - w.mean(0), unit).std().item<double>();
    EXPECT_NEAR(rows[i].norm().item<double>(), spread, 1e-3 * spread);
    if (i > 0) {
      EXPECT_LE(rows[i].norm().item<double>(), rows[i - 1].norm().item<double>() + 1e-4);
    }
  }
}

TEST(DirectionFile, ComesBackAsItWas) {
  const test::ScratchFolder folder;
  SilentContext context;
  const std::vector<DirectionPtr> found =
      foundDirections(*theModel(), DirectionKind::Factors, {2, 6}, 3, context);
  ASSERT_EQ(found.size(), 3U);
  writeDirectionFile(folder / "mine.safetensors", found);
  const std::vector<DirectionPtr> read = readDirectionFile(folder / "mine.safetensors");
  ASSERT_EQ(read.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read[i]->name, found[i]->name);
    EXPECT_EQ(read[i]->label, found[i]->label);
    EXPECT_EQ(read[i]->delta, found[i]->delta);
    EXPECT_EQ(read[i]->first_layer, 2);
    EXPECT_EQ(read[i]->last_layer, 6);
  }
  std::ofstream(folder / "none.safetensors") << "no tensors";
  EXPECT_THROW(readDirectionFile(folder / "none.safetensors"), CheckpointError);
}

TEST(KeyFrames, PathsRunThroughTheirKeyFramesAndStandStillOutside) {
  KeyFrames frames;
  EXPECT_THROW(frames.at(0), OptionError);
  frames.set({2, {.yaw_degrees = 300}, {}});
  frames.set({0, {.yaw_degrees = 0}, {}});
  frames.set({1, {.yaw_degrees = 100, .pitch_degrees = 20}, {}});
  ASSERT_EQ(frames.frames().size(), 3U);
  EXPECT_EQ(frames.duration(), 2);
  for (const KeyFrame& frame : frames.frames()) {
    EXPECT_NEAR(frames.at(frame.seconds).camera.yaw_degrees, frame.camera.yaw_degrees, 1e-9);
    EXPECT_NEAR(frames.at(frame.seconds).camera.pitch_degrees, frame.camera.pitch_degrees, 1e-9);
  }
  EXPECT_EQ(frames.at(-1).camera.yaw_degrees, 0);
  EXPECT_EQ(frames.at(9).camera.yaw_degrees, 300);
  // Smooth: no jump of the speed at the middle key frame.
  const double h = 1e-4;
  const auto yaw = [&](double t) { return frames.at(t).camera.yaw_degrees; };
  EXPECT_NEAR((yaw(1) - yaw(1 - h)) / h, (yaw(1 + h) - yaw(1)) / h, 0.5);
  frames.set({1.0004, {.yaw_degrees = 50}, {}});  // the same time
  EXPECT_EQ(frames.frames().size(), 3U);
  frames.erase(1);
  EXPECT_NEAR(yaw(1), 150, 1e-9) << "two key frames make an even path";
}

TEST(SurfacePoint, ProjectsBackToItsPixel) {
  SilentContext context;
  const HeadPtr head = makeHead(theModel(), {}, context);
  const OrbitView camera{.yaw_degrees = 30, .pitch_degrees = 10};
  ViewOptions view;
  view.camera = orbitLabel(camera);
  const Frame frame = renderFrame(*head, view, context);
  const auto point = surfacePoint(frame, view.camera, 0.52, 0.47);
  ASSERT_TRUE(point.has_value());
  EXPECT_LT(glm::length(*point), 0.6);
  // camera = R^T (point - position)
  const CameraLabel& c = view.camera;
  const glm::dvec3 offset = *point - glm::dvec3(c[3], c[7], c[11]);
  const auto axis = [&](int k) { return c[k] * offset.x + c[4 + k] * offset.y + c[8 + k] * offset.z; };
  EXPECT_NEAR(c[16] * axis(0) / axis(2) + c[18], 0.52, 1e-4);
  EXPECT_NEAR(c[20] * axis(1) / axis(2) + c[21], 0.47, 1e-4);
  EXPECT_FALSE(surfacePoint(frame, view.camera, 0.01, 0.01).has_value()) << "the corner shows no head";
  EXPECT_FALSE(surfacePoint(frame, view.camera, 1.5, 0.5).has_value());
}

TEST(Normals, OfTheFaceLookAtTheCamera) {
  SilentContext context;
  ViewOptions view;
  view.camera = orbitLabel({});
  view.mode = RenderMode::Normals;
  const Frame frame = renderFrame(*makeHead(theModel(), {}, context), view, context);
  const int side = frame.picture.width;
  ASSERT_EQ(side, 64);
  double toward = 0, left = 0, right = 0;
  for (int y = side * 2 / 5; y < side * 3 / 5; ++y) {
    const std::uint8_t* row = frame.picture.row(y);
    toward += row[(side / 2) * 3 + 2];
    left += row[(side * 3 / 10) * 3];
    right += row[(side * 7 / 10) * 3];
  }
  const int rows = side * 3 / 5 - side * 2 / 5;
  EXPECT_GT(toward / rows, 200) << "towards the camera";
  EXPECT_LT(left / rows, 118) << "the picture's left side looks to the left";
  EXPECT_GT(right / rows, 138);
}

TEST(BackdropFit, FitShowsAllOfThePhotoAndBlurKeepsItsMean) {
  SilentContext context;
  HeadOptions options;
  Image wide(64, 16, 3);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 64; ++x) {
      wide.row(y)[x * 3] = x < 8 || x >= 56 ? 255 : 0;  // red ends that cover cuts away
    }
  }
  ImageBackground background{std::make_shared<const Image>(wide), ImageFit::Cover, 0, {}};
  const auto redCorner = [&] {
    options.background = background;
    ViewOptions view;
    view.camera = orbitLabel({});
    const Frame frame = renderFrame(*makeHead(theModel(), options, context), view, context);
    return int{frame.picture.row(2)[2 * 3]};
  };
  EXPECT_LT(redCorner(), 40);
  background.fit = ImageFit::Fit;
  EXPECT_GT(redCorner(), 200);
  background.blur = 5;
  const int blurred = redCorner();
  EXPECT_GT(blurred, 120);
  background.blur = 50;
  options.background = background;
  EXPECT_THROW(options.check(), OptionError);
}

TEST(Backdrop, IsShrunkToWhatAFrameNeeds) {
  const test::ScratchFolder folder;
  Image wide(5000, 20, 1);
  writePng(folder / "wide.png", wide);
  const auto backdrop = readBackdrop(folder / "wide.png");
  EXPECT_EQ(backdrop->width, 2048);
  EXPECT_EQ(backdrop->height, 8);
  EXPECT_EQ(backdrop->channels, 3);
}

TEST(OpenModel, SaysThatAModelIsTooLargeBeforeItLoadsIt) {
  const test::ScratchFolder folder;
  if (!test::writeHugeModel(folder / "huge.safetensors")) {
    GTEST_SKIP() << "no file of a terabyte can be made here";
  }
  SilentContext context;
  try {
    openModel(folder / "huge.safetensors", context);
    FAIL() << "a terabyte was loaded";
  } catch (const DeviceError& refusal) {
    EXPECT_NE(std::string(refusal.what()).find("1649.6 GB"), std::string::npos) << refusal.what();
    EXPECT_NE(std::string(refusal.what()).find("huge"), std::string::npos) << refusal.what();
  }
}

}  // namespace
}  // namespace panohead
