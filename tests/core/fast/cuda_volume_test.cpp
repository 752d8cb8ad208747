// The CUDA kernels through their raw interface, on machines with a GPU; elsewhere that they are not there is
// said.
#include "core/fast/cuda/cuda_volume.h"

#include "core/base/error.h"
#include "core/fast/cuda/cuda_renderer.h"
#include "core/fast/cuda/finish.h"
#include "core/nn/resample.h"
#include "core/tensor/prelude.h"
#include "tests/support/cuda_scene.h"

#include <gtest/gtest.h>

#include <chrono>

namespace panohead {
namespace {

using namespace fast::cuda;
using test::CudaScene;
using test::decibels;

DeviceMemory toDevice(const at::Tensor& t) {
  const at::Tensor whole = t.contiguous();
  DeviceMemory memory(whole.nbytes());
  memory.upload(whole.const_data_ptr(), whole.nbytes());
  return memory;
}

at::Tensor fromDevice(const DeviceMemory& memory, at::IntArrayRef sizes, at::ScalarType type = at::kFloat) {
  const at::Tensor t = at::empty(sizes, type);
  memory.download(t.data_ptr(), t.nbytes());
  return t;
}

class CudaKernels : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!unavailable().empty()) {
      GTEST_SKIP() << unavailable();
    }
  }
};

/// A scene with its planes on the GPU.
struct DeviceScene {
  CudaScene scene;
  DeviceMemory planes, view;
  std::unique_ptr<CudaVolume> volume;

  explicit DeviceScene(const GeneratorConfig& config = CudaScene::config(), double mean = -15)
      : scene(config, 25, mean) {
    planes = toDevice(scene.packed.to(at::kHalf));
    view = toDevice(scene.view);
    measure();
  }
  void measure() {
    Volume v = scene.volume;
    v.planes = planes.data();
    volume = std::make_unique<CudaVolume>(v, scene.decoder, nullptr);
  }

  struct Drawing {
    at::Tensor feature, weight_sum, depth;
    double milliseconds = 0;  // of the second of two equal frames, with launch and wait
  };
  Drawing draw(const FrameOptions& frame) const {
    const std::int64_t pixels = std::int64_t{frame.resolution} * frame.resolution;
    const DeviceMemory feature(sizeof(float) * static_cast<std::size_t>(pixels * kFeatures));
    const DeviceMemory weight(sizeof(float) * static_cast<std::size_t>(pixels));
    const DeviceMemory depth(sizeof(float) * static_cast<std::size_t>(pixels));
    const DeviceMemory limits(sizeof(RangeLimits));
    const DrawnFrame out{feature.as<float>(), weight.as<float>(), depth.as<float>()};
    Drawing drawing;
    for (int i = 0; i < 2; ++i) {
      const auto start = std::chrono::steady_clock::now();
      volume->render(frame, view.as<float>(), limits.as<RangeLimits>(), out, nullptr);
      synchronise(nullptr);
      drawing.milliseconds =
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    }
    drawing.feature = fromDevice(feature, {pixels, kFeatures});
    drawing.weight_sum = fromDevice(weight, {pixels});
    drawing.depth = fromDevice(depth, {pixels});
    return drawing;
  }
};

TEST(CudaProbe, SaysWhyThereIsNone) {
  // Whatever the machine: no crash, and either a reason or memory to be had.
  if (unavailable().empty()) {
    EXPECT_NO_THROW(DeviceMemory(1024));
  } else {
    std::printf("%s\n", unavailable().c_str());
    EXPECT_THROW(DeviceMemory(1024), DeviceError);
    EXPECT_THROW(synchronise(nullptr), DeviceError);
  }
  const CudaScene scene;
  EXPECT_EQ(makeCudaModel(scene.generator), nullptr) << "its parameters are on the CPU";
  if (!unavailable().empty()) {
    EXPECT_THROW(CudaVolume(scene.volume, scene.decoder, nullptr), DeviceError);
  }
}

TEST_F(CudaKernels, DrawTheSpecification) {
  struct Case {
    const char* name;
    void (*change)(GeneratorConfig&);
    int resolution;
  };
  const Case cases[] = {
      {"PanoHead", [](GeneratorConfig&) {}, 64},
      {"odd size", [](GeneratorConfig&) {}, 37},
      {"one pass", [](GeneratorConfig& c) { c.volume.fine_samples = 0; }, 32},
      {"most samples",
       [](GeneratorConfig& c) {
         c.volume.coarse_samples = 100;
         c.volume.fine_samples = 156;
       },
       16},
      {"white back", [](GeneratorConfig& c) { c.volume.white_back = true; }, 32},
      {"disparity", [](GeneratorConfig& c) { c.volume.disparity_sampling = true; }, 32},
      {"EG3D",
       [](GeneratorConfig& c) {
         c.triplane_depth = 1;
         c.volume.third_plane = ThirdPlane::ZXY;
         c.volume.crop = 0;
         c.volume.auto_range = true;
         c.decoder_activation = DecoderActivation::Sigmoid;
       },
       32},
      {"leaky ReLU", [](GeneratorConfig& c) { c.decoder_activation = DecoderActivation::LeakyRelu; }, 32}};
  for (const Case& c : cases) {
    GeneratorConfig config = CudaScene::config();
    c.change(config);
    const DeviceScene scene(config);
    const DeviceScene::Drawing drawn = scene.draw(scene.scene.frame(c.resolution));
    const RenderedRays reference = scene.scene.specification(c.resolution);
    const double feature = decibels(drawn.feature, reference.feature);
    const double weight = decibels(drawn.weight_sum, reference.weight_sum);
    const double depth = decibels(drawn.depth, reference.depth);
    std::printf("%s, %d px: feature %.1f dB, weight %.1f dB, depth %.1f dB, %.3f ms\n",
                c.name,
                c.resolution,
                feature,
                weight,
                depth,
                drawn.milliseconds);
    EXPECT_GT(feature, 45) << c.name;
    EXPECT_GT(weight, 45) << c.name;
    EXPECT_GT(depth, 30) << c.name;
  }
}

TEST_F(CudaKernels, GiveTheSameBytesTwice) {
  const DeviceScene scene;
  const FrameOptions frame = scene.scene.frame(48);
  const DeviceScene::Drawing a = scene.draw(frame);
  const DeviceScene::Drawing b = scene.draw(frame);
  EXPECT_TRUE(at::equal(a.feature, b.feature));
  EXPECT_TRUE(at::equal(a.depth, b.depth));
}

TEST_F(CudaKernels, MeasureDensityAsTheSpecification) {
  const DeviceScene scene;
  at::manual_seed(4);
  const at::Tensor points = at::rand({1, 1001, 3}) - 0.5;
  const DeviceMemory from = toDevice(points);
  const DeviceMemory to(1001 * sizeof(float));
  scene.volume->density(from.as<float>(), 1001, to.as<float>(), nullptr);
  const at::NoGradGuard no_grad;
  const at::Tensor reference =
      scene.scene.generator.volume(scene.scene.planes).query(points, scene.scene.options()).density;
  EXPECT_GT(decibels(fromDevice(to, {1001}), reference), 55);
}

TEST_F(CudaKernels, FindEmptySpaceAndEndRaysEarly) {
  GeneratorConfig config = CudaScene::config();
  config.volume.coarse_samples = 96;
  const DeviceScene scene(config, -5);
  const std::vector<std::int8_t> cells = scene.volume->cells();
  const auto all = std::ssize(cells) - 2;
  const auto filled = std::count(cells.begin(), cells.begin() + all, kernels::kEvaluateCell);
  std::printf("%.1f %% of the cells are filled\n",
              100.0 * static_cast<double>(filled) / static_cast<double>(all));
  EXPECT_GT(filled, all / 20);
  EXPECT_LT(filled, all * 19 / 20);
  EXPECT_EQ(cells.back(), kernels::kCroppedCell);
  FrameOptions frame = scene.scene.frame(32);
  frame.least_transmittance = 0;
  const DeviceScene::Drawing whole = scene.draw(frame);
  frame.least_transmittance = 1e-3F;
  const DeviceScene::Drawing ended = scene.draw(frame);
  EXPECT_GT(decibels(ended.feature, whole.feature), 50);
  EXPECT_LT((ended.weight_sum - whole.weight_sum).abs().max().item<float>(), 3e-3F);
}

TEST_F(CudaKernels, LeaveAnEmptyVolumeAlone) {
  DeviceScene scene;
  scene.scene.decoder.density_bias = -200;
  scene.measure();
  const DeviceScene::Drawing drawn = scene.draw(scene.scene.frame(16));
  EXPECT_EQ(drawn.weight_sum.abs().max().item<float>(), 0.0F);
  EXPECT_EQ(drawn.feature.abs().max().item<float>(), 0.0F);
}

TEST_F(CudaKernels, RefuseWhatTheyDoNotKnow) {
  const DeviceScene scene;
  FrameOptions frame = scene.scene.frame(16);
  frame.coarse = 200;
  frame.fine = 200;
  EXPECT_THROW(scene.draw(frame), OptionError);
  Volume volume = scene.scene.volume;
  volume.size = 1;
  EXPECT_THROW(CudaVolume(volume, scene.scene.decoder, nullptr), OptionError);
}

TEST_F(CudaKernels, FinishAConvolution) {
  at::manual_seed(9);
  for (const std::int64_t channels : {8, 64, 256, 264}) {
    for (const bool bfloat16 : {false, true}) {
      const at::ScalarType type = bfloat16 ? at::kBFloat16 : at::kHalf;
      const std::int64_t h = 6;
      const std::int64_t w = 10;
      const at::Tensor phases = (at::randn({h, w, 2, 2, channels}) * 3).to(type);
      const at::Tensor bias = at::randn({channels});
      const at::Tensor noise = at::randn({2 * h, 2 * w});
      const at::Tensor rgb_weight = at::randn({3, channels}) / 8;
      const at::Tensor rgb_bias = at::randn({3});
      const at::Tensor before = at::randn({h, w, 3});
      // By plain operations.
      at::Tensor x = phases.to(at::kFloat).permute({0, 2, 1, 3, 4}).reshape({2 * h, 2 * w, channels});
      x = at::leaky_relu(x + bias + noise.unsqueeze(2), 0.2).clamp(-5, 5);
      const at::Tensor rgb = (at::matmul(x, rgb_weight.t()) + rgb_bias).clamp(-4, 4);
      const at::Tensor enlarged =
          nn::upsample2(before.permute({2, 0, 1}).unsqueeze(0), nn::binomialFilter())[0].permute({1, 2, 0});

      const DeviceMemory source = toDevice(phases);
      const DeviceMemory d_bias = toDevice(bias);
      const DeviceMemory d_noise = toDevice(noise);
      const DeviceMemory d_weight = toDevice(rgb_weight);
      const DeviceMemory d_rgb_bias = toDevice(rgb_bias);
      const DeviceMemory d_before = toDevice(before);
      const DeviceMemory result(source.bytes());
      const DeviceMemory picture(static_cast<std::size_t>(4 * h * w * 3) * sizeof(float));
      Finish f;
      f.height = static_cast<int>(2 * h);
      f.width = static_cast<int>(2 * w);
      f.channels = static_cast<int>(channels);
      f.bfloat16 = bfloat16;
      f.phases = true;
      f.bias = d_bias.as<float>();
      f.noise = d_noise.as<float>();
      f.limit = 5;
      f.rgb_weight = d_weight.as<float>();
      f.rgb_bias = d_rgb_bias.as<float>();
      f.rgb_limit = 4;
      f.before = d_before.as<float>();
      f.enlarge = true;
      f.rgb = picture.as<float>();
      finish(f, source.data(), result.data(), nullptr);
      const at::Tensor y = fromDevice(result, {2 * h, 2 * w, channels}, type);
      EXPECT_LT((y.to(at::kFloat) - x).abs().max().item<float>(), bfloat16 ? 0.03F : 0.005F);
      EXPECT_LT((fromDevice(picture, {2 * h, 2 * w, 3}) - rgb - enlarged).abs().max().item<float>(), 1e-3F);
    }
  }
}

}  // namespace
}  // namespace panohead
