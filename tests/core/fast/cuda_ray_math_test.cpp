// The CUDA renderer's own text of a ray, run on the CPU, against the specification.
#include "core/fast/cuda/draw_ray.h"
#include "core/fast/cuda/finish_math.h"
#include "core/fast/fast_volume.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "tests/support/cuda_scene.h"
#include "tests/support/host_lanes.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace panohead {
namespace {

using namespace fast::cuda;
using test::CudaScene;
using test::decibels;
using test::FloatPrecision;
using test::HalfPrecision;

/// A frame as the kernels draw it.
struct Drawing {
  at::Tensor feature, weight_sum, depth;  // [pixels, 32], [pixels], [pixels]
  int multiplied = 0;
};

template <typename Precision>
class HostVolume {
 public:
  using Pair = typename Precision::Pair;

  explicit HostVolume(const CudaScene& scene) : volume_(scene.volume) {
    planes_ = scene.packed.to(c10::CppTypeToScalarType<typename Precision::Element>::value).contiguous();
    volume_.planes = planes_.const_data_ptr();
    fragments_.resize(kTiles * kSteps * kLanes * 2);
    arrangeHidden(scene.decoder.hidden_weight, fragments_.data(), Precision::pack);
    feature_fragments_.resize(kFeatureTiles * kFeatureSteps * kLanes * 2);
    arrangeFeature(scene.decoder.feature_weight, feature_fragments_.data(), Precision::pack);
    tables_ = {.hidden_fragments = fragments_.data(),
               .hidden_bias = scene.decoder.hidden_bias,
               .density_weight = scene.decoder.density_weight,
               .density_bias = scene.decoder.density_bias,
               .feature_weight = scene.decoder.feature_weight,
               .feature_bias = scene.decoder.feature_bias,
               .activation = scene.decoder.activation,
               .feature_fragments = feature_fragments_.data()};
    lookEverywhere();
  }
  HostVolume(const HostVolume&) = delete;
  HostVolume& operator=(const HostVolume&) = delete;

  void lookEverywhere() {
    cells_.assign(kCells * kCells * kCells + 2, kernels::kEvaluateCell);
    cells_.back() = kernels::kCroppedCell;
    volume_.cells = cells_.data();
  }

  /// As densityKernel, cellsKernel and outsideKernel.
  void findEmptySpace() {
    std::vector<float> density(kMeasured);
    std::vector<Pair> features(kBatch * kPairsOfRow);
    test::HostLanes<Precision> lanes;
    for (int first = 0; first < kMeasured; first += kBatch) {
      const int rows = std::min(kBatch, kMeasured - first);
      const auto point_of = [&](int row, float(&point)[3]) { pointOfMeasure(volume_, first + row, point); };
      gatherBatch(lanes, volume_, 0, rows, point_of, features.data());
      densityOfBatch(lanes, tables_, features.data(), 0, rows, [&](int row, float value) {
        density[static_cast<std::size_t>(first + row)] = value;
      });
    }
    for (int i = 0; i < kCells * kCells * kCells; ++i) {
      cells_[static_cast<std::size_t>(i)] =
          codeOfCell(density.data(), i % kCells, i / kCells % kCells, i / kCells / kCells);
    }
    bool shows = false;
    for (int i = kCorners; i < kMeasured; ++i) {
      shows = shows || showsOutside(volume_, i, density[static_cast<std::size_t>(i)]);
    }
    cells_[kCells * kCells * kCells] = shows ? kernels::kEvaluateCell : codeOfDensity(density.back());
  }
  const std::vector<std::int8_t>& cells() const { return cells_; }

  /// As limitsKernel and drawKernel.
  Drawing draw(const FrameOptions& frame, const at::Tensor& view) const {
    const int pixels = frame.resolution * frame.resolution;
    const float* c = view.const_data_ptr<float>();
    RangeLimits limits{kFarAway, -kFarAway, kFarAway, -kFarAway};
    const auto rangeOf = [&](const Ray& ray) {
      return frame.auto_range ? boxRange(intersectBox(ray, volume_.half), limits) : viewRange(c);
    };
    for (int i = 0; frame.auto_range && i < pixels; ++i) {
      const Range range = intersectBox(cameraRay(c, frame.resolution, i), volume_.half);
      if (range.end > range.start) {
        limits.first_start = std::min(limits.first_start, range.start);
        limits.last_start = std::max(limits.last_start, range.start);
      }
    }
    for (int i = 0; i < pixels; ++i) {
      const Range range = rangeOf(cameraRay(c, frame.resolution, i));
      limits.nearest = std::min(limits.nearest, coarseDepth(frame, range, 0));
      limits.farthest = std::max(limits.farthest, coarseDepth(frame, range, frame.coarse - 1));
    }
    Drawing drawing{at::empty({pixels, kFeatures}), at::empty({pixels}), at::empty({pixels})};
    const DrawnFrame out{drawing.feature.data_ptr<float>(),
                         drawing.weight_sum.data_ptr<float>(),
                         drawing.depth.data_ptr<float>()};
    const int samples = frame.coarse + frame.fine;
    // Whatever lay in shared memory before must not matter: it is not a number here.
    std::vector<std::uint64_t> memory(rayStoreBytes<Pair>(samples) / 8 + 2, ~0ULL);
    void* aligned = memory.data();
    std::size_t room = memory.size() * 8;
    std::align(16, rayStoreBytes<Pair>(samples), aligned, room);
    test::HostLanes<Precision> lanes;
    for (int order = 0; order < pixels; ++order) {
      const int pixel = pixelOfOrder(order, frame.resolution);
      const Ray ray = cameraRay(c, frame.resolution, pixel);
      const RayStore<Pair> store = makeRayStore<Pair>(aligned, samples);
      if (tables_.activation == FeatureActivation::None) {
        drawRay<false>(lanes, volume_, tables_, frame, ray, rangeOf(ray), limits, pixel, store, out);
      } else {
        drawRay<true>(lanes, volume_, tables_, frame, ray, rangeOf(ray), limits, pixel, store, out);
      }
    }
    drawing.multiplied = lanes.multiplied;
    return drawing;
  }

 private:
  Volume volume_;
  at::Tensor planes_;
  std::vector<Pair> fragments_, feature_fragments_;
  DecoderTables<Pair> tables_;
  std::vector<std::int8_t> cells_;
};

struct Case {
  const char* name;
  void (*change)(GeneratorConfig&);
  int resolution = 12;
};

class CudaRays : public ::testing::TestWithParam<Case> {};

TEST_P(CudaRays, AreTheSpecificationInFloat32) {
  GeneratorConfig config = CudaScene::config();
  GetParam().change(config);
  const CudaScene scene(config);
  const HostVolume<FloatPrecision> volume(scene);
  FrameOptions frame = scene.frame(GetParam().resolution);
  frame.least_transmittance = 0;
  const Drawing drawn = volume.draw(frame, scene.view);
  const RenderedRays reference = scene.specification(frame.resolution);
  EXPECT_GT(reference.weight_sum.max().item<float>(), 0.5F) << "there is matter";
  EXPECT_LT(reference.weight_sum.min().item<float>(), 0.5F) << "there is air";
  const double feature = decibels(drawn.feature, reference.feature);
  const double weight = decibels(drawn.weight_sum, reference.weight_sum);
  const double depth = decibels(drawn.depth, reference.depth);
  std::printf(
      "%s: feature %.1f dB, weight %.1f dB, depth %.1f dB\n", GetParam().name, feature, weight, depth);
  EXPECT_GT(feature, 60);
  EXPECT_GT(weight, 60);
  EXPECT_GT(depth, 45) << "a quotient of what is small where little is hit";
}

INSTANTIATE_TEST_SUITE_P(
    Options,
    CudaRays,
    ::testing::Values(Case{"PanoHead", [](GeneratorConfig&) {}},
                      Case{"OddSize", [](GeneratorConfig&) {}, 11},
                      Case{"Tiles", [](GeneratorConfig&) {}, 16},
                      Case{"OnePass", [](GeneratorConfig& c) { c.volume.fine_samples = 0; }},
                      Case{"OneFineSample", [](GeneratorConfig& c) { c.volume.fine_samples = 1; }},
                      Case{"FewSamples",
                           [](GeneratorConfig& c) {
                             c.volume.coarse_samples = 4;
                             c.volume.fine_samples = 3;
                           }},
                      Case{"ManySamples",
                           [](GeneratorConfig& c) {
                             c.volume.coarse_samples = 100;
                             c.volume.fine_samples = 156;
                           },
                           6},
                      Case{"WhiteBack", [](GeneratorConfig& c) { c.volume.white_back = true; }},
                      Case{"Disparity", [](GeneratorConfig& c) { c.volume.disparity_sampling = true; }},
                      Case{"Eg3d",
                           [](GeneratorConfig& c) {
                             c.triplane_depth = 1;
                             c.volume.third_plane = ThirdPlane::ZXY;
                             c.volume.crop = 0;
                             c.volume.auto_range = true;
                             c.decoder_activation = DecoderActivation::Sigmoid;
                           }},
                      Case{"LeakyReluWhiteBack",
                           [](GeneratorConfig& c) {
                             c.decoder_activation = DecoderActivation::LeakyRelu;
                             c.volume.white_back = true;
                           }},
                      Case{"AutoRange", [](GeneratorConfig& c) { c.volume.auto_range = true; }}),
    [](const auto& info) { return info.param.name; });

TEST(CudaRaysInHalf, AreNearTheSpecification) {
  for (const DecoderActivation activation :
       {DecoderActivation::None, DecoderActivation::Sigmoid, DecoderActivation::LeakyRelu}) {
    GeneratorConfig config = CudaScene::config();
    config.decoder_activation = activation;
    const CudaScene scene(config);
    const HostVolume<HalfPrecision> volume(scene);
    FrameOptions frame = scene.frame(16);
    frame.least_transmittance = 0;
    const Drawing drawn = volume.draw(frame, scene.view);
    const RenderedRays reference = scene.specification(16);
    const double feature = decibels(drawn.feature, reference.feature);
    std::printf("half precision, activation %d: feature %.1f dB\n", static_cast<int>(activation), feature);
    EXPECT_GT(feature, 50);
    EXPECT_GT(decibels(drawn.weight_sum, reference.weight_sum), 50);
  }
}

TEST(CudaRaysInHalf, EmptySpaceAndHiddenSamplesAreLeftOut) {
  GeneratorConfig config = CudaScene::config();
  config.volume.coarse_samples = 96;
  const CudaScene scene(config, 25, 5);  // matter that hides what is behind it
  HostVolume<HalfPrecision> volume(scene);
  FrameOptions frame = scene.frame(16);
  frame.least_transmittance = 0;
  const Drawing whole = volume.draw(frame, scene.view);
  volume.findEmptySpace();
  const Drawing skipped = volume.draw(frame, scene.view);
  frame.least_transmittance = 1e-3F;
  const Drawing ended = volume.draw(frame, scene.view);
  const RenderedRays reference = scene.specification(16);
  std::printf("decoded: all %d, filled cells %d, before the light is gone %d; %.1f dB\n",
              whole.multiplied,
              skipped.multiplied,
              ended.multiplied,
              decibels(ended.feature, reference.feature));
  EXPECT_LT(skipped.multiplied, whole.multiplied);
  EXPECT_LT(ended.multiplied, skipped.multiplied);
  EXPECT_GT(decibels(ended.feature, reference.feature), 45);
  EXPECT_GT(decibels(ended.weight_sum, reference.weight_sum), 45);
}

TEST(CudaRaysInHalf, EmptySpaceIsWhatTheCpuRendererFinds) {
  const CudaScene scene;
  HostVolume<HalfPrecision> volume(scene);
  volume.findEmptySpace();
  const fast::FastVolume reference(scene.generator, scene.planes);
  const kernels::OccupancyLayout layout = reference.occupancy().layout();
  ASSERT_EQ(layout.size, kCells);
  // Cells of the margin are never asked for, and the CPU does not measure them. Planes are in bfloat16 there
  // and in float16 here: a cell may fall on the other side, a density round to the next step.
  const float step = 2 * scene.volume.half / kCells;
  const auto inMargin = [&](int i) {
    return std::abs((static_cast<float>(i) + 0.5F) * step - scene.volume.half) >
           scene.volume.limit - 2 * step;
  };
  int compared = 0;
  int different = 0;
  const int count = kCells * kCells * kCells;
  for (int i = 0; i < count; ++i) {
    if (!inMargin(i % kCells) && !inMargin(i / kCells / kCells)) {
      const int a = volume.cells()[static_cast<std::size_t>(i)];
      const int b = layout.cells[i];
      ++compared;
      different += std::abs(a - b) > 1 ? 1 : 0;
    }
  }
  std::printf("%d of %d cells differ\n", different, compared);
  EXPECT_LT(different, compared / 100);
  EXPECT_NEAR(volume.cells()[count], layout.cells[count], 1);
  EXPECT_EQ(volume.cells().back(), kernels::kCroppedCell);
  const auto filled = std::count(volume.cells().begin(), volume.cells().end() - 2, kernels::kEvaluateCell);
  EXPECT_GT(filled, count / 20);
  EXPECT_LT(filled, count * 19 / 20) << "else nothing is tested";
}

TEST(CudaRaysInHalf, FewSamplesSeeWhatLiesBetweenCells) {
  GeneratorConfig config = CudaScene::config();
  config.volume.coarse_samples = 12;
  config.volume.fine_samples = 0;
  const CudaScene scene(config);
  HostVolume<HalfPrecision> volume(scene);
  volume.findEmptySpace();
  const Drawing drawn = volume.draw(scene.frame(16), scene.view);
  EXPECT_GT(decibels(drawn.feature, scene.specification(16).feature), 45);
}

TEST(CudaRaysInHalf, AnEmptyVolumeIsLeftAlone) {
  CudaScene scene;
  scene.decoder.density_bias = -200;
  HostVolume<HalfPrecision> volume(scene);
  volume.findEmptySpace();
  for (const bool white : {false, true}) {
    FrameOptions frame = scene.frame(8);
    frame.white_back = white;
    const Drawing drawn = volume.draw(frame, scene.view);
    EXPECT_EQ(drawn.multiplied, 0);
    EXPECT_EQ(drawn.weight_sum.abs().max().item<float>(), 0.0F);
    EXPECT_TRUE(at::equal(drawn.feature, at::full_like(drawn.feature, white ? 1.0 : 0.0)));
    EXPECT_TRUE(drawn.depth.isfinite().all().item<bool>());
  }
}

TEST(CudaRaysInHalf, OnlyRaysThroughWhatIsNotANumberShowIt) {
  const CudaScene clean;
  CudaScene scene;
  scene.packed = scene.packed.clone();
  scene.packed.slice(1, 20, 22).slice(2, 20, 22).fill_(std::numeric_limits<float>::quiet_NaN());
  HostVolume<HalfPrecision> volume(scene);
  volume.findEmptySpace();
  const Drawing drawn = volume.draw(scene.frame(16), scene.view);
  const at::Tensor bad = drawn.feature.isnan().any(1);
  EXPECT_TRUE(bad.any().item<bool>());
  EXPECT_FALSE(bad.all().item<bool>());
}

// Numbers too small for the usual form, of float32 and of what the device keeps.
TEST(CudaRaysOfGrids, WithDenormalsAreTheSpecification) {
  CudaScene scene;
  scene.planes = scene.planes.clone();
  scene.planes.select(1, 1).slice(2, 0, 24).fill_(1e-41F);
  scene.packed = packPlanes(scene.planes, scene.generator.config().triplane_depth).contiguous();
  const HostVolume<FloatPrecision> volume(scene);
  FrameOptions frame = scene.frame(12);
  frame.least_transmittance = 0;
  const Drawing drawn = volume.draw(frame, scene.view);
  const RenderedRays reference = scene.specification(12);
  EXPECT_LT(decibels(reference.feature, CudaScene().specification(12).feature), 40) << "they show";
  EXPECT_GT(decibels(drawn.feature, reference.feature), 60);
  EXPECT_GT(decibels(drawn.weight_sum, reference.weight_sum), 60);
}

// Most of the grids' values are denormal float16 here: to lose them would be to lose the head.
TEST(CudaRaysInHalf, DenormalsAreNumbersLikeOthers) {
  constexpr double kSmall = 1.0 / 16384;
  CudaScene scene;
  scene.packed = scene.packed * kSmall;
  for (float& weight : scene.hidden_weight) {
    weight /= static_cast<float>(kSmall);
  }
  const at::Tensor kept = scene.packed.to(at::kHalf).abs();
  const auto denormal = ((kept > 0) & (kept < 6.1e-5)).to(at::kFloat).mean().item<double>();
  ASSERT_GT(denormal, 0.5);
  const HostVolume<HalfPrecision> volume(scene);
  FrameOptions frame = scene.frame(16);
  frame.least_transmittance = 0;
  const Drawing drawn = volume.draw(frame, scene.view);
  const RenderedRays reference = scene.specification(16);
  const double feature = decibels(drawn.feature, reference.feature);
  std::printf("%.0f %% of the grids denormal: feature %.1f dB\n", 100 * denormal, feature);
  EXPECT_GT(feature, 45);
  EXPECT_GT(decibels(drawn.weight_sum, reference.weight_sum), 45);
}

TEST(CudaRayMath, CameraRaysAreTheSpecification) {
  for (const double yaw : {0.0, 130.0}) {
    const CudaScene scene(CudaScene::config(), yaw);
    const Rays rays = sampleRays(scene.label, 9);
    for (int i = 0; i < 81; ++i) {
      const Ray ray = cameraRay(scene.label.const_data_ptr<float>(), 9, i);
      for (int a = 0; a < 3; ++a) {
        EXPECT_NEAR(ray.direction[a], rays.directions[0][i][a].item<float>(), 1e-6F);
        EXPECT_EQ(ray.origin[a], rays.origins[0][i][a].item<float>());
      }
    }
  }
}

TEST(CudaRayMath, EveryPixelIsDrawnOnce) {
  for (const int resolution : {8, 24, 11, 64}) {
    std::set<int> seen;
    for (int i = 0; i < resolution * resolution; ++i) {
      const int pixel = pixelOfOrder(i, resolution);
      EXPECT_TRUE(pixel >= 0 && pixel < resolution * resolution && seen.insert(pixel).second);
    }
  }
}

TEST(CudaRayMath, FineDepthsIncreaseToTheLastBit) {
  at::manual_seed(3);
  FrameOptions frame;
  frame.coarse = 48;
  frame.fine = 208;
  for (int n = 0; n < 50; ++n) {
    std::vector<float> depth(48);
    std::vector<float> cumulative(46, 0.0F);
    const std::vector<float> weight = CudaScene::values(at::rand({47}).pow(n % 9));
    for (int i = 0; i < 48; ++i) {
      depth[static_cast<std::size_t>(i)] = coarseDepth(frame, {2, 3}, i);
    }
    for (int i = 0; i < 45; ++i) {
      cumulative[static_cast<std::size_t>(i + 1)] =
          cumulative[static_cast<std::size_t>(i)] + binWeight(weight.data(), i);
    }
    float before = 0;
    for (int i = 0; i < frame.fine; ++i) {
      const float fine = fineDepth(frame, depth.data(), cumulative.data(), i);
      EXPECT_GE(fine, before);
      before = fine;
    }
  }
}

TEST(CudaFinishMath, UpsamplingIsTheSpecification) {
  at::manual_seed(2);
  const at::Tensor x = at::randn({1, 3, 5, 7});
  const at::Tensor rows = x.permute({0, 2, 3, 1}).contiguous();
  const at::Tensor reference = nn::upsample2(x, nn::binomialFilter());
  for (int y = 0; y < 10; ++y) {
    for (int i = 0; i < 14; ++i) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(upsampledAt(rows.const_data_ptr<float>(), 10, 14, y, i, c),
                    reference[0][c][y][i].item<float>(),
                    1e-5F);
      }
    }
  }
}

TEST(CudaFinishMath, PhasesAreReadWhereTheConvolutionLeavesThem) {
  // Channels of a folded convolution: [phase y][phase x][out] (core/fast/prepared_conv.h).
  EXPECT_EQ(sourcePixel(0, 0, 8, true), 0);
  EXPECT_EQ(sourcePixel(0, 1, 8, true), 1);
  EXPECT_EQ(sourcePixel(1, 0, 8, true), 2);
  EXPECT_EQ(sourcePixel(1, 1, 8, true), 3);
  EXPECT_EQ(sourcePixel(2, 4, 8, true), (1 * 4 + 2) * 4);
  EXPECT_EQ(sourcePixel(3, 5, 8, false), 29);
  EXPECT_EQ(activate(-1.0F, 0.2F, 256), -0.2F);
  EXPECT_EQ(activate(300.0F, 0.2F, 256), 256.0F);
  EXPECT_EQ(activate(std::numeric_limits<float>::infinity(), 0.2F, 256), 256.0F);
}

}  // namespace
}  // namespace panohead
