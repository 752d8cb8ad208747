// Model -> head -> frame, as the window and the command line use them.
#include "core/session/studio.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/full_model.h"
#include "tests/support/golden.h"
#include "tests/support/image_psnr.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stop_token>

namespace panohead {
namespace {

ModelPtr firstModel() {
  static const ModelPtr model = [] {
    SilentContext context;
    return openModel(test::firstModelFile(), context);
  }();
  return model;
}

HeadPtr makeHead(const HeadOptions& options) {
  SilentContext context;
  return makeHead(firstModel(), options, context);
}

ViewOptions view(double yaw, double pitch = 0) {
  ViewOptions options;
  options.camera = orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch});
  return options;
}

Frame draw(const HeadPtr& head, const ViewOptions& options) {
  SilentContext context;
  return renderFrame(*head, options, context);
}

double meanDifference(const Image& a, const Image& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  }
  return sum / static_cast<double>(a.pixels.size());
}

TEST(Studio, EqualArgumentsGiveEqualBytes) {
  const Frame a = draw(makeHead({.seed = 3}), view(30));
  const Frame b = draw(makeHead({.seed = 3}), view(30));
  EXPECT_EQ(a.picture.pixels, b.picture.pixels);
  EXPECT_EQ(a.depth, b.depth);
  EXPECT_EQ(a.picture.width, 256);
  EXPECT_EQ(a.neural_resolution, 64);
  EXPECT_GT(meanDifference(a.picture, draw(makeHead({.seed = 4}), view(30)).picture), 2);
  EXPECT_GT(meanDifference(a.picture, draw(makeHead({.seed = 3}), view(-60)).picture), 2);
}

TEST(Studio, RandomNoiseIsRepeatableAndNoneDiffers) {
  const HeadOptions random{.seed = 1, .noise = NoiseMode::Random};
  const Frame a = draw(makeHead(random), view(0));
  EXPECT_EQ(a.picture.pixels, draw(makeHead(random), view(0)).picture.pixels);
  EXPECT_GT(meanDifference(a.picture, draw(makeHead({.seed = 1, .noise = NoiseMode::None}), view(0)).picture),
            0.1);
}

TEST(Studio, BackgroundSwapLeavesTheHeadAlone) {
  const HeadPtr head = makeHead({.seed = 2});
  SilentContext context;
  const HeadPtr swapped = withBackground(head, SeedBackground{9}, context);
  const Frame own = draw(head, view(0));
  const Frame other = draw(swapped, view(0));
  EXPECT_EQ(own.mask, other.mask);
  double inside = 0, outside = 0;
  int inside_count = 0, outside_count = 0;
  const int scale = own.picture.width / own.neural_resolution;
  for (int y = 0; y < own.picture.height; ++y) {
    for (int x = 0; x < own.picture.width * 3; ++x) {
      const float weight =
          own.mask[static_cast<std::size_t>(y / scale * own.neural_resolution + x / 3 / scale)];
      const double difference = std::abs(int{own.picture.row(y)[x]} - int{other.picture.row(y)[x]});
      if (weight > 0.98F) {
        inside += difference;
        ++inside_count;
      } else if (weight < 0.02F) {
        outside += difference;
        ++outside_count;
      }
    }
  }
  ASSERT_GT(inside_count, 1000);
  ASSERT_GT(outside_count, 1000);
  EXPECT_LT(inside / inside_count, 1.5);
  EXPECT_GT(outside / outside_count, 5);
}

TEST(Studio, CutOutHasAlphaAndColourIsBehindIt) {
  const Frame cut = draw(makeHead({.seed = 0, .background = NoBackground{}}), view(0));
  ASSERT_EQ(cut.picture.channels, 4);
  const auto alpha = [&](int x, int y) { return cut.picture.row(y)[4 * x + 3]; };
  EXPECT_EQ(alpha(0, 0), 0);
  EXPECT_GT(alpha(128, 128), 250);
  const Frame green = draw(makeHead({.seed = 0, .background = ColourBackground{0, 255, 0}}), view(0));
  ASSERT_EQ(green.picture.channels, 3);
  EXPECT_LE(green.picture.row(0)[0], 1);
  EXPECT_GE(green.picture.row(0)[1], 254);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(green.picture.row(128)[3 * 128 + c], cut.picture.row(128)[4 * 128 + c], 3);
  }
}

TEST(Studio, PhotoBackgroundCovers) {
  auto photo = std::make_shared<Image>(40, 10, 3);
  std::fill(photo->pixels.begin(), photo->pixels.end(), std::uint8_t{77});
  const Frame frame = draw(makeHead({.seed = 0, .background = ImageBackground{photo}}), view(0));
  EXPECT_NEAR(frame.picture.row(0)[0], 77, 1);
  EXPECT_NEAR(frame.picture.row(0)[3 * 255 + 2], 77, 1);
}

TEST(Studio, ModesHaveTheirOwnSizes) {
  const HeadPtr head = makeHead({.seed = 0});
  ViewOptions options = view(0);
  options.neural_resolution = 32;
  for (const RenderMode mode : {RenderMode::Raw, RenderMode::Depth, RenderMode::Mask}) {
    options.mode = mode;
    EXPECT_EQ(draw(head, options).picture.width, 32);
  }
  options.mode = RenderMode::Mask;
  const Image mask = draw(head, options).picture;
  EXPECT_GT(mask.row(16)[3 * 16], 250);
  EXPECT_LT(mask.row(0)[0], 5);
}

TEST(Studio, CameraMayComeNearAndGoFar) {
  const HeadPtr head = makeHead({.seed = 0});
  const auto covered = [&](double radius, double focal) {
    ViewOptions options;
    options.camera = orbitLabel({.radius = radius, .fov_degrees = fovFromFocal(focal)});
    const Frame frame = draw(head, options);
    return std::accumulate(frame.mask.begin(), frame.mask.end(), 0.0) /
           static_cast<double>(frame.mask.size());
  };
  const double focal = focalFromFov(kHeadFovDegrees);
  const double usual = covered(kHeadCameraRadius, focal);
  EXPECT_GT(covered(1.6, focal), 1.2 * usual);
  // Twice as far with twice the focal length: the same framing, nothing cut away.
  EXPECT_NEAR(covered(2 * kHeadCameraRadius, 2 * focal), usual, 0.08 * usual);
}

TEST(Studio, BlendOfOneSeedIsThatSeed) {
  const Frame seed = draw(makeHead({.seed = 5}), view(0));
  const Frame blend = draw(makeHead({.blend = {{5, 1.0}}}), view(0));
  EXPECT_EQ(seed.picture.pixels, blend.picture.pixels);
  const Frame middle = draw(makeHead({.blend = {{5, 0.5}, {6, 0.5}}}), view(0));
  EXPECT_GT(meanDifference(seed.picture, middle.picture), 1);
}

TEST(Studio, SenselessOptionsAreRefused) {
  EXPECT_THROW(makeHead({.truncation_psi = 5}), OptionError);
  EXPECT_THROW(makeHead({.blend = {{1, 0.2}, {2, 0.2}}}), OptionError);
  const HeadPtr head = makeHead({});
  ViewOptions options = view(0);
  options.neural_resolution = 100000;
  EXPECT_THROW(draw(head, options), OptionError);
  options = view(0);
  options.camera[3] = std::nanf("");
  EXPECT_THROW(draw(head, options), OptionError);
}

class StoppingContext final : public JobContext {
 public:
  explicit StoppingContext(int after) : left_(after) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {
    if (left_-- <= 0) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }

 private:
  int left_;
};

TEST(Studio, CancelsInTheMiddleOfEverything) {
  for (const int after : {0, 1, 5}) {
    StoppingContext context(after);
    const auto unseen = static_cast<std::uint32_t>(100 + after);  // of a w seen before, small blocks are kept
    EXPECT_THROW(makeHead(firstModel(), {.seed = unseen}, context), Cancelled);
    StoppingContext frame_context(after);
    EXPECT_THROW(renderFrame(*makeHead({}), view(0), frame_context), Cancelled);
  }
}

double psnrOf(const std::vector<float>& a, const std::vector<float>& b, const std::vector<float>& where) {
  double squares = 0;
  double count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (where[i] > 0.5F) {
      squares += std::pow(double(a[i]) - b[i], 2);
      ++count;
    }
  }
  EXPECT_GT(count, 0);
  return squares > 0 ? 10 * std::log10(count / squares) : 99;
}

/// The fast path's frame beside the specification's: colours, alpha, depth where there is a head, mask.
void expectFastFrame(const Head& head, ViewOptions options, const Frame& exact, const char* name) {
  SilentContext context;
  options.exact = false;
  const Frame fast = renderFrame(head, options, context);
  ASSERT_EQ(fast.picture.channels, exact.picture.channels);
  ASSERT_EQ(fast.mask.size(), exact.mask.size());
  const double picture = test::psnr(fast.picture, exact.picture);
  const double depth = psnrOf(fast.depth, exact.depth, exact.mask);
  const double mask = psnrOf(fast.mask, exact.mask, std::vector<float>(exact.mask.size(), 1));
  fmt::print("  the fast path, {}: picture {:.1f} dB, depth {:.1f} dB, mask {:.1f} dB\n",
             name,
             picture,
             depth,
             mask);
  EXPECT_GT(picture, 40) << name;
  EXPECT_LT(picture, 99) << name << ": another path indeed";
  EXPECT_GT(depth, 40) << name;
  EXPECT_GT(mask, 40) << name;
  if (exact.picture.channels == 4) {
    double squares = 0;
    for (std::size_t i = 3; i < exact.picture.pixels.size(); i += 4) {
      squares += std::pow((int{fast.picture.pixels[i]} - int{exact.picture.pixels[i]}) / 255.0, 2);
    }
    EXPECT_GT(10 * std::log10(static_cast<double>(exact.picture.pixels.size()) / 4 / squares), 40) << "alpha";
  }
}

void expectFastFrame(const Head& head, ViewOptions options, const char* name) {
  SilentContext context;
  options.exact = true;
  expectFastFrame(head, options, renderFrame(head, options, context), name);
}

// "Works at full size": by rule -> safetensors -> model -> frame, against the reference's picture.
TEST(Studio, FullSizeModelFromItsFileDrawsTheReferencePicture) {
  const test::ScratchFolder folder;
  test::writeFullSizeModel(folder / "full.safetensors");
  SilentContext context;
  const ModelPtr model = openModel(folder / "full.safetensors", context);
  EXPECT_EQ(modelInfo(*model).image_resolution, 512);
  EXPECT_EQ(modelInfo(*model).parameters, 53741548);
  const HeadPtr head = makeHead(model, {.seed = 7}, context);
  const test::Golden golden(test::dataFile("full.golden.safetensors"));
  ViewOptions options;
  options.exact = true;
  const at::Tensor label = golden["yaw0_r64.c"];
  std::copy_n(label.const_data_ptr<float>(), 25, options.camera.begin());
  const Frame frame = renderFrame(*head, options, context);
  const at::Tensor reference = (golden["yaw0_r64.image_every4"] * 127.5 + 128).clamp(0, 255);
  ASSERT_EQ(frame.picture.width, 512);
  double worst = 0;
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double expected = std::floor(reference[0][c][y][x].item<float>());
        worst = std::max(worst, std::abs(expected - frame.picture.row(4 * y)[3 * 4 * x + c]));
      }
    }
  }
  EXPECT_LE(worst, 1) << "bytes";

  // The fast path, whose grids are rounded, too.
  expectFastFrame(*head, options, frame, "picture, 64");
  options.mode = RenderMode::Raw;
  expectFastFrame(*head, options, "raw, 64");
  options.mode = RenderMode::Picture;
  options.camera = orbitLabel({.yaw_degrees = 100, .pitch_degrees = 10});
  expectFastFrame(*withBackground(head, NoBackground{}, context), options, "cut-out, 64");
  options.neural_resolution = 128;
  expectFastFrame(*head, options, "picture, 128");
}

}  // namespace
}  // namespace panohead
