// The drawing kernels against the specification's volume renderer.
#include "core/fast/fast_volume.h"

#include "core/base/error.h"
#include "core/fast/head_renderer.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/checkpoints.h"
#include "tests/support/closeness.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/first_model.h"
#include "tests/support/golden.h"
#include "tests/support/small_config.h"
#include "tests/support/with_threads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

namespace panohead {
namespace {

using fast::FastVolume;
using test::labelOf;
using test::psnr;

constexpr std::int64_t kRays = 32;  // on a side

GeneratorConfig smallConfig() { return test::smallConfig(32, 24); }

/// Random blobs: smooth grids and a decoder of random weights, shifted so that a tenth of the volume is
/// matter.
class Blobs {
 public:
  explicit Blobs(const GeneratorConfig& config, std::int64_t size = 64) : generator(config, 5) {
    const at::NoGradGuard no_grad;
    at::manual_seed(11);
    const std::int64_t channels = 3 * config.triplane_depth * config.feature_channels;
    planes = at::upsample_bilinear2d(at::randn({1, channels, 8, 8}), {size, size}, false)
                 .view({1, 3, channels / 3, size, size});
    const Decoder& decoder = generator.decoder();
    decoder.hidden.bias.normal_(0, 0.5);
    decoder.out.bias.normal_(0, 0.5);
    const at::Tensor points = (at::rand({1, 20000, 3}) - 0.5) * (0.8 * config.volume.box_warp);
    const auto density = [&] { return generator.volume(planes).query(points, config.volume).density; };
    decoder.out.weight[0].mul_(10.0 / density().std().item<double>());
    decoder.out.bias[0].sub_(std::get<0>(density().flatten().sort())[18000].item<double>());
  }

  SynthesisSettings settings() const {
    SynthesisSettings settings = generator.defaultSettings();
    settings.neural_resolution = kRays;
    return settings;
  }

  Generator generator;
  at::Tensor planes;
};

struct Closeness {
  double feature = 0, mask = 0, depth = 0;  // dB
};

Closeness compare(const FeatureImage& actual, const FeatureImage& expected) {
  const at::Tensor shows = expected.weight_sum > 0.5;
  return {psnr(actual.feature, expected.feature),
          psnr(actual.weight_sum, expected.weight_sum, 1),
          psnr(actual.depth.masked_select(shows), expected.depth.masked_select(shows), 1)};
}

void expectCloser(const Closeness& closeness, double decibels, const char* than) {
  EXPECT_GT(closeness.feature, decibels) << than;
  EXPECT_GT(closeness.mask, decibels) << than;
  EXPECT_GT(closeness.depth, decibels) << than;
  fmt::print("  {} ({}): feature {:.1f} dB, mask {:.1f}, depth {:.1f}\n",
             than,
             kernels::simdLevelName(kernels::simdLevel()),
             closeness.feature,
             closeness.mask,
             closeness.depth);
}

at::Tensor rounded(const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); }

struct Variant {
  const char* name;
  std::function<void(GeneratorConfig&)> change;
  OrbitView camera{.yaw_degrees = 25, .pitch_degrees = 10};
  std::int64_t size = 64;  // of the grids
};

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

VolumeOptions& range(GeneratorConfig& config, double start, double end) {
  config.volume.ray_start = start;
  config.volume.ray_end = end;
  return config.volume;
}

const std::vector<Variant> kVariants{
    {"Published", [](auto&) {}},
    {"FromBehind", [](auto&) {}, {.yaw_degrees = -170, .pitch_degrees = -30}},
    {"OneSlice", [](auto& c) { c.triplane_depth = 1; }},
    {"ThirdGridOfEg3d", [](auto& c) { c.volume.third_plane = ThirdPlane::ZXY; }},
    {"OneSliceOfEg3d",
     [](auto& c) {
       c.triplane_depth = 1;
       c.volume.third_plane = ThirdPlane::ZXY;
       c.volume.crop = 0;
     }},
    {"RangeOfTheBox", [](auto& c) { c.volume.auto_range = true; }},
    {"RangeOfABoxThatRaysMiss",
     [](auto& c) { c.volume.auto_range = true; },
     {.yaw_degrees = 45, .fov_degrees = 40}},
    {"Disparity", [](auto& c) { c.volume.disparity_sampling = true; }},
    {"WhiteBack", [](auto& c) { c.volume.white_back = true; }},
    {"OnePass", [](auto& c) { c.volume.fine_samples = 0; }},
    {"FewSamples", [](auto& c) { c.volume.coarse_samples = 4, c.volume.fine_samples = 5; }},
    {"ManySamples", [](auto& c) { c.volume.coarse_samples = 100, c.volume.fine_samples = 60; }},
    {"LargeBox", [](auto& c) { range(c, 1.8, 3.6).box_warp = 1.6; }, {.yaw_degrees = 60, .fov_degrees = 30}},
    {"Near", [](auto& c) { range(c, 0.4, 1.6); }, {.yaw_degrees = 70, .radius = 1.0, .fov_degrees = 50}},
    {"Far", [](auto& c) { range(c, 7.4, 8.6); }, {.yaw_degrees = -70, .radius = 8, .fov_degrees = 7}},
    {"CameraInTheBox",
     [](auto& c) { range(c, 0.02, 0.9); },
     {.yaw_degrees = 10, .radius = 0.3, .fov_degrees = 80}},
    {"Wide", [](auto& c) { range(c, 1.5, 4.0); }, {.yaw_degrees = 200, .fov_degrees = 60}},
    // Samples near enough for occupancy to be used, and rays through what hangs out of the cube: grids of
    // three slices fade out over a third of half a box above and below it, those of one over a half.
    {"FromAboveAtTheRim",
     [](auto& c) { range(c, 1.5, 4.0).coarse_samples = 80; },
     {.yaw_degrees = 30, .pitch_degrees = 60, .fov_degrees = 40}},
    {"OneSliceFromBelowAtTheRim",
     [](auto& c) {
       c.volume.crop = 0;
       c.triplane_depth = 1;
       range(c, 1.5, 4.0).coarse_samples = 80;
     },
     {.yaw_degrees = 30, .pitch_degrees = -60, .fov_degrees = 40}},
    {"OddGrids", [](auto&) {}, {.yaw_degrees = 100}, 37},
    {"ManyChannels", [](auto& c) { c.feature_channels = 64; }},
    {"Sigmoid", [](auto& c) { c.decoder_activation = DecoderActivation::Sigmoid; }},
    {"LeakyRelu", [](auto& c) { c.decoder_activation = DecoderActivation::LeakyRelu; }},
    {"SigmoidWhiteBack",
     [](auto& c) {
       c.decoder_activation = DecoderActivation::Sigmoid;
       c.volume.white_back = true;
       c.triplane_depth = 1;
     }},
};

class EveryVariant : public ::testing::TestWithParam<Variant> {};

TEST_P(EveryVariant, IsDrawnAsSpecified) {
  const at::NoGradGuard no_grad;
  GeneratorConfig config = smallConfig();
  GetParam().change(config);
  const Blobs blobs(config, GetParam().size);
  const at::Tensor label = labelOf(GetParam().camera);
  const SynthesisSettings settings = blobs.settings();
  const FeatureImage expected = blobs.generator.renderFeature(blobs.planes, label, settings);
  const FeatureImage of_rounded = blobs.generator.renderFeature(rounded(blobs.planes), label, settings);
  ASSERT_GT(expected.weight_sum.max().item<double>(), 0.9);
  ASSERT_TRUE(FastVolume::applies(blobs.generator));
  ASSERT_TRUE(FastVolume::applies(settings.volume));
  test::atEverySimdLevel([&] {
    const FastVolume volume(blobs.generator, blobs.planes);
    EXPECT_GT(volume.occupancy().filled(), 0.1);
    EXPECT_LT(volume.occupancy().filled(), 0.7);
    const FeatureImage actual = volume.render(label, kRays, settings.volume, {});
    ASSERT_EQ(actual.feature.sizes(), expected.feature.sizes());
    ASSERT_EQ(actual.depth.sizes(), expected.depth.sizes());
    ASSERT_EQ(actual.weight_sum.sizes(), expected.weight_sum.sizes());
    expectCloser(compare(actual, expected), 45, "specification");
    // Without the rounding of the grids only little light and quick functions are left.
    expectCloser(compare(actual, of_rounded), 75, "specification of rounded grids");
    const FastVolume whole(blobs.generator, blobs.planes, false);
    expectCloser(
        compare(actual, whole.render(label, kRays, settings.volume, {})), 60, "every sample evaluated");
  });
}

INSTANTIATE_TEST_SUITE_P(FastVolume, EveryVariant, ::testing::ValuesIn(kVariants), [](const auto& info) {
  return std::string(info.param.name);
});

TEST(FastVolume, TakesPackedGrids) {
  const at::NoGradGuard no_grad;
  const Blobs blobs(smallConfig());
  const VolumeOptions options = blobs.settings().volume;
  const at::Tensor label = labelOf({.yaw_degrees = 40});
  const FeatureImage a = FastVolume(blobs.generator, blobs.planes).render(label, kRays, options, {});
  const FeatureImage b =
      FastVolume(blobs.generator, packPlanes(blobs.planes, 3)).render(label, kRays, options, {});
  EXPECT_TRUE(at::equal(a.feature, b.feature));
  EXPECT_TRUE(at::equal(a.weight_sum, b.weight_sum));
}

TEST(FastVolume, HasTheSameBytesForAnyNumberOfThreadsAndEachTime) {
  const at::NoGradGuard no_grad;
  const Blobs blobs(smallConfig());
  const VolumeOptions options = blobs.settings().volume;
  const at::Tensor label = labelOf({.yaw_degrees = 40});
  std::vector<FeatureImage> images;
  for (const int threads : {1, 2, 3, 2}) {
    const test::WithThreads with(threads);
    images.push_back(FastVolume(blobs.generator, blobs.planes).render(label, kRays + 1, options, {}));
  }
  for (const FeatureImage& image : images) {
    EXPECT_TRUE(at::equal(image.feature, images[0].feature));
    EXPECT_TRUE(at::equal(image.weight_sum, images[0].weight_sum));
    EXPECT_TRUE(at::equal(image.depth, images[0].depth));
  }
}

TEST(FastVolume, StopsWithinAFewTasks) {
  const at::NoGradGuard no_grad;
  const Blobs blobs(smallConfig());
  const FastVolume volume(blobs.generator, blobs.planes);
  const VolumeOptions options = blobs.settings().volume;
  const at::Tensor label = labelOf({});
  int asked = 0;
  volume.render(label, 64, options, [&] { ++asked; });
  EXPECT_GT(asked, 10);  // of 128 tasks on all threads
  const int in_all = asked;
  asked = 0;
  const auto stop = [&] {
    if (++asked >= 3) {
      throw Cancelled();
    }
  };
  EXPECT_THROW(volume.render(label, 64, options, stop), Cancelled);
  EXPECT_EQ(asked, 3);
  EXPECT_LT(asked, in_all);
}

TEST(FastVolume, KnowsWhatItCannotDraw) {
  GeneratorConfig wide = smallConfig();
  wide.feature_channels = 96;
  EXPECT_FALSE(FastVolume::applies(Generator(wide, 1)));
  VolumeOptions options;
  EXPECT_TRUE(FastVolume::applies(options));
  options.jitter = true;
  EXPECT_FALSE(FastVolume::applies(options));
  options = {};
  options.density_noise = 1;
  EXPECT_FALSE(FastVolume::applies(options));
  options = {};
  options.coarse_samples = 3;
  EXPECT_FALSE(FastVolume::applies(options));
  options = {};
  options.coarse_samples = 200;
  options.fine_samples = 57;
  EXPECT_FALSE(FastVolume::applies(options));
  options.fine_samples = 56;
  EXPECT_TRUE(FastVolume::applies(options));
}

/// The blobs with their density shifted.
FeatureImage drawnWithDensity(double shift, bool white_back, double* filled, FeatureImage& expected) {
  const at::NoGradGuard no_grad;
  GeneratorConfig config = smallConfig();
  config.volume.white_back = white_back;
  Blobs blobs(config);
  blobs.generator.decoder().out.bias[0].add_(shift);
  const at::Tensor label = labelOf({.yaw_degrees = 20});
  expected = blobs.generator.renderFeature(blobs.planes, label, blobs.settings());
  const FastVolume volume(blobs.generator, blobs.planes);
  *filled = volume.occupancy().filled();
  return volume.render(label, kRays, blobs.settings().volume, {});
}

TEST(FastVolume, DrawsNothingOfAnEmptyVolume) {
  double filled = 1;
  FeatureImage expected;
  for (const bool white_back : {false, true}) {
    const FeatureImage actual = drawnWithDensity(-200, white_back, &filled, expected);
    EXPECT_EQ(filled, 0);
    EXPECT_EQ(actual.weight_sum.abs().max().item<float>(), 0);
    EXPECT_TRUE(at::equal(actual.feature, at::full_like(actual.feature, white_back ? 1.0 : 0.0)));
    EXPECT_LT((actual.feature - expected.feature).abs().max().item<double>(), 1e-5);
    EXPECT_LT((actual.depth - expected.depth).abs().max().item<double>(), 2);  // within the range
  }
}

TEST(FastVolume, DrawsTheFaceOfAnOpaqueVolume) {
  double filled = 0;
  FeatureImage expected;
  const FeatureImage actual = drawnWithDensity(1000, false, &filled, expected);
  EXPECT_GT(filled, 0.8);  // all but the margin
  const Closeness close = compare(actual, expected);
  EXPECT_GT(close.feature, 45);
  EXPECT_GT(close.mask, 45);
  EXPECT_GT(close.depth, 45);
}

TEST(FastVolume, KeepsNumbersThatAreNoneToThemselves) {
  const at::NoGradGuard no_grad;
  const Blobs blobs(smallConfig());
  const at::Tensor label = labelOf({});
  at::Tensor damaged = blobs.planes.clone();
  // A patch of the first grid (x, y), all slices: a column of the volume along z.
  damaged.select(1, 0).slice(2, 30, 33).slice(3, 30, 33).fill_(std::numeric_limits<float>::quiet_NaN());
  damaged.select(1, 1).slice(2, 0, 9).fill_(1e-41F);  // denormal
  const FeatureImage expected = blobs.generator.renderFeature(damaged, label, blobs.settings());
  const at::Tensor sound = expected.weight_sum.isfinite();
  const auto share = sound.to(at::kFloat).mean().item<double>();
  ASSERT_GT(share, 0.5);
  ASSERT_LT(share, 1);
  test::atEverySimdLevel([&] {
    const FeatureImage actual =
        FastVolume(blobs.generator, damaged).render(label, kRays, blobs.settings().volume, {});
    EXPECT_GT(psnr(actual.weight_sum.masked_select(sound), expected.weight_sum.masked_select(sound), 1), 45);
    EXPECT_GT(psnr(actual.feature.masked_select(sound), expected.feature.masked_select(sound)), 45);
  });
}

/// What skipping of empty cells changes, from eight sides.
void expectNothingHidden(const Generator& generator, const PreparedHead& head, const char* name) {
  const at::NoGradGuard no_grad;
  const FastVolume volume(generator, head.planes);
  const FastVolume everything(generator, head.planes, false);
  EXPECT_EQ(everything.occupancy().filled(), 1);
  double worst = 1000;
  double worst_mask = 1000;
  for (int yaw = 0; yaw < 360; yaw += 45) {
    const bool wide = yaw % 90 != 0;  // and from above, with what hangs out of the box
    const at::Tensor label = labelOf({.yaw_degrees = static_cast<double>(yaw),
                                      .pitch_degrees = wide ? 35.0 : 0.0,
                                      .fov_degrees = wide ? 30.0 : kHeadFovDegrees});
    const auto raw = [&](const FeatureImage& image) {
      return generator.rawPicture(generator.composite(image, head.background), head.last_w).clamp(-1, 1);
    };
    const VolumeOptions& options = generator.config().volume;
    const FeatureImage whole = everything.render(label, 64, options, {});
    const FeatureImage actual = volume.render(label, 64, options, {});
    EXPECT_GT(psnr(actual.feature, whole.feature), 60) << yaw;
    EXPECT_GT(psnr(actual.weight_sum, whole.weight_sum, 1), 60) << yaw;
    worst = std::min(worst, psnr(raw(actual), raw(whole), 2));
    worst_mask = std::min(worst_mask, psnr(actual.weight_sum, whole.weight_sum, 1));
  }
  EXPECT_GT(worst, 60);
  EXPECT_GT(worst_mask, 60);
  fmt::print("  {}: {:.1f} % of the cells filled; without the others raw picture {:.1f} dB, mask {:.1f} dB\n",
             name,
             100 * volume.occupancy().filled(),
             worst,
             worst_mask);
}

TEST(Occupancy, HidesNothingOfTheEmbeddedModel) {
  SilentContext context;
  for (const std::uint32_t seed : {0, 7}) {
    const HeadPtr head = makeHead(test::firstModel(), {.seed = seed}, context);
    expectNothingHidden(head->model->generator, head->prepared, "embedded model");
    const double filled = FastVolume(head->model->generator, head->prepared.planes).occupancy().filled();
    EXPECT_GT(filled, 0.05);
    EXPECT_LT(filled, 0.5);
  }
}

// Where samples are farther apart than what shows is from empty cells, the colour of a sample in such a cell
// shows, too.
TEST(Occupancy, IsNotUsedForFewSamples) {
  const at::NoGradGuard no_grad;
  SilentContext context;
  const HeadPtr head = makeHead(test::firstModel(), {.seed = 0}, context);
  const Generator& generator = head->model->generator;
  const at::Tensor planes = generator.planes(head->prepared.ws, {});
  const FastVolume volume(generator, planes);
  SynthesisSettings settings = generator.defaultSettings();
  for (const auto& [coarse, fine] : {std::pair{4, 0}, {4, 4}, {12, 0}, {16, 0}, {12, 12}, {20, 0}, {24, 0}}) {
    settings.volume.coarse_samples = coarse;
    settings.volume.fine_samples = fine;
    const FeatureImage expected = generator.renderFeature(planes, labelOf({}), settings);
    const FeatureImage actual = volume.render(labelOf({}), 64, settings.volume, {});
    expectCloser(compare(actual, expected), 60, fmt::format("{} + {}", coarse, fine).c_str());
  }
}

TEST(Occupancy, HidesNothingOfTheTinyNetwork) {
  const std::string file = "golden/tiny_panohead.pkl";
  if (test::sharedFile(file).empty()) {
    GTEST_SKIP() << test::skipMessage(file);
  }
  SilentContext context;
  const ModelPtr model = openModel(test::sharedFile(file), context);
  const HeadPtr head = makeHead(model, {.seed = 1}, context);
  expectNothingHidden(model->generator, head->prepared, "tiny network");
}

TEST(FastVolume, DrawsTheTinyNetworkAsSpecified) {
  const std::string file = "golden/tiny_panohead.pkl";
  if (test::sharedFile(file).empty()) {
    GTEST_SKIP() << test::skipMessage(file);
  }
  const at::NoGradGuard no_grad;
  const Generator generator = loadGenerator(test::open(test::sharedFile(file)).network("G_ema"));
  const test::Golden golden(test::sharedFile("golden/tiny_panohead.golden.safetensors"));
  const at::Tensor planes = generator.planes(golden["ws"], {}).slice(0, 0, 1);
  const at::Tensor label = golden["c_adj"].slice(0, 0, 1);
  const FeatureImage actual = FastVolume(generator, planes).render(label, 32, generator.config().volume, {});
  // The public reference's own tensors.
  const Closeness close = compare(actual,
                                  {golden["r32.feature"].slice(0, 0, 1),
                                   golden["r32.depth"].slice(0, 0, 1),
                                   golden["r32.wsum"].slice(0, 0, 1)});
  EXPECT_GT(close.feature, 45);
  EXPECT_GT(close.mask, 45);
  EXPECT_GT(close.depth, 45);
}

}  // namespace
}  // namespace panohead
