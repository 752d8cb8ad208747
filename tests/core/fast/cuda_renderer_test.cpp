// Whole frames with CUDA against the specification on the same GPU: needs a LibTorch with CUDA.
#include "core/fast/cuda/cuda_renderer.h"

#include "core/tensor/prelude.h"
#include "tests/support/cuda_scene.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace panohead {
namespace {

using test::CudaScene;
using test::decibels;

class CudaFrames : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::globalContext().hasCUDA()) {
      GTEST_SKIP() << "LibTorch has no CUDA here";
    }
    open(CudaScene::config());
  }

  void open(const GeneratorConfig& of) {
    renderer_.reset();
    specification_.reset();
    model_.reset();
    scene_ = std::make_unique<CudaScene>(of);
    const at::NoGradGuard no_grad;
    scene_->generator.store().moveTo(at::kCUDA);
    model_ = makeCudaModel(scene_->generator);
    if (model_ == nullptr) {
      GTEST_SKIP() << fast::cuda::unavailable();
    }
    at::manual_seed(8);
    const GeneratorConfig& config = scene_->generator.config();
    head_.ws = at::randn({1, scene_->generator.numWs(), config.w_dim}).to(at::kCUDA);
    head_.planes = scene_->planes.to(at::kCUDA);
    head_.background = scene_->generator.background(head_.ws, {});
    head_.last_w = head_.ws.select(1, head_.ws.size(1) - 1).contiguous();
    specification_ = specificationRenderer(scene_->generator, head_);
    renderer_ = cudaRenderer(model_, head_);
  }

  static at::Tensor label(double yaw) {
    const CameraLabel l = orbitLabel({.yaw_degrees = yaw});
    return at::tensor(at::ArrayRef<float>(l.data(), l.size())).unsqueeze(0);
  }
  SynthesisOutput reference(double yaw, const SynthesisSettings& settings) const {
    const at::NoGradGuard no_grad;
    return specification_->finish(
        specification_->renderFeature(label(yaw).to(at::kCUDA), settings), head_.background, settings);
  }

  std::unique_ptr<CudaScene> scene_;
  std::shared_ptr<const CudaModel> model_;
  PreparedHead head_;
  std::unique_ptr<HeadRenderer> specification_;
  std::unique_ptr<HeadRenderer> renderer_;
};

TEST_F(CudaFrames, AreTheSpecification) {
  SynthesisSettings settings = scene_->generator.defaultSettings();
  for (const int resolution : {64, 32, 64, 37}) {
    settings.neural_resolution = resolution;
    for (const double yaw : {10.0, -120.0}) {
      const SynthesisOutput expected = reference(yaw, settings);
      const SynthesisOutput steps =
          renderer_->finish(renderer_->renderFeature(label(yaw), settings), head_.background, settings);
      // A graph from the second time on that such a frame is asked for.
      const SynthesisOutput drawn = renderer_->draw(label(yaw), head_.background, settings);
      for (const SynthesisOutput* actual : {&steps, &drawn}) {
        const double image = decibels(actual->image.cpu(), expected.image.cpu());
        const double raw = decibels(actual->image_raw.cpu(), expected.image_raw.cpu());
        std::printf("%d px, yaw %.0f, %s: picture %.1f dB, raw %.1f dB\n",
                    resolution,
                    yaw,
                    actual == &steps ? "steps" : "drawn",
                    image,
                    raw);
        EXPECT_GT(image, 40);
        EXPECT_GT(raw, 45);
        EXPECT_GT(decibels(actual->mask.cpu(), expected.mask.cpu()), 45);
        EXPECT_GT(decibels(actual->depth.cpu(), expected.depth.cpu()), 30);
      }
    }
  }
}

TEST_F(CudaFrames, CutOutAreTheSpecification) {
  const SynthesisSettings settings = scene_->generator.defaultSettings();
  for (const double yaw : {10.0, 10.0, -120.0}) {  // the first one step by step, the next ones by a graph
    const SynthesisOutput drawn = renderer_->drawAlone(label(yaw), settings);
    const SynthesisOutput expected = specification_->drawAlone(label(yaw).to(at::kCUDA), settings);
    EXPECT_GT(decibels(drawn.image.cpu(), expected.image.cpu()), 40) << yaw;
    EXPECT_GT(decibels(drawn.mask.cpu(), expected.mask.cpu()), 45) << yaw;
    EXPECT_LT(decibels(drawn.image.cpu(), reference(yaw, settings).image.cpu()), 40)
        << "as over its background";
  }
}

TEST_F(CudaFrames, OfDecodersWithAnActivationAreTheSpecification) {
  for (const DecoderActivation activation : {DecoderActivation::Sigmoid, DecoderActivation::LeakyRelu}) {
    GeneratorConfig config = CudaScene::config();
    config.decoder_activation = activation;
    config.scale_feature = activation == DecoderActivation::Sigmoid;
    open(config);
    const SynthesisSettings settings = scene_->generator.defaultSettings();
    for (const double yaw : {10.0, -120.0}) {
      const at::Tensor expected = reference(yaw, settings).image.cpu();
      EXPECT_GT(decibels(renderer_->draw(label(yaw), head_.background, settings).image.cpu(), expected), 40)
          << static_cast<int>(activation);
    }
  }
}

TEST_F(CudaFrames, OfAGraphAreTheCallersOwn) {
  const SynthesisSettings settings = scene_->generator.defaultSettings();
  renderer_->draw(label(45), head_.background, settings);  // the next ones are graphs
  const SynthesisOutput first = renderer_->draw(label(0), head_.background, settings);
  const at::Tensor before = first.image.cpu().clone();
  const SynthesisOutput second = renderer_->draw(label(90), head_.background, settings);
  EXPECT_TRUE(at::equal(first.image.cpu(), before)) << "the second replay wrote into the first result";
  EXPECT_FALSE(at::equal(second.image.cpu(), before));
  EXPECT_TRUE(at::equal(renderer_->draw(label(0), head_.background, settings).image.cpu(), before));
}

TEST_F(CudaFrames, OfTwoHeadsAtOnceAreTheirOwn) {
  const SynthesisSettings settings = scene_->generator.defaultSettings();
  PreparedHead other_head = head_;
  other_head.planes = head_.planes.neg();  // other contents, the same sizes: memory that graphs share
  const std::unique_ptr<HeadRenderer> other = cudaRenderer(model_, other_head);
  const auto drawn = [&](const HeadRenderer& renderer) {
    const at::NoGradGuard no_grad;
    return renderer.draw(label(30), head_.background, settings).image.cpu();
  };
  for (int i = 0; i < 2; ++i) {  // from now on both are graphs
    drawn(*renderer_);
    drawn(*other);
  }
  const at::Tensor mine = drawn(*renderer_), theirs = drawn(*other);
  ASSERT_FALSE(at::equal(mine, theirs));
  std::atomic<int> wrong = 0;
  const auto again = [&](const HeadRenderer& renderer, const at::Tensor& expected) {
    for (int i = 0; i < 200; ++i) {
      wrong += at::equal(drawn(renderer), expected) ? 0 : 1;
    }
  };
  std::thread beside([&] { again(*other, theirs); });
  again(*renderer_, mine);
  beside.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(CudaFrames, OfOneGraphHaveTheirOwnRanges) {
  SynthesisSettings settings = scene_->generator.defaultSettings();
  if (settings.volume.auto_range) {
    GTEST_SKIP() << "the range of this model comes from its box";
  }
  for (const double shift : {0.0, 0.0, 0.2, -0.15}) {
    settings.volume.ray_start = scene_->options().ray_start + shift;
    settings.volume.ray_end = scene_->options().ray_end + shift;
    const SynthesisOutput expected = reference(30, settings);
    const SynthesisOutput drawn = renderer_->draw(label(30), head_.background, settings);
    EXPECT_GT(decibels(drawn.image_raw.cpu(), expected.image_raw.cpu()), 45) << shift;
  }
}

TEST_F(CudaFrames, HeadsOfTheFastPathAreDrawnFromHostMemory) {
  const at::NoGradGuard no_grad;
  PreparedHead head = head_;
  head.planes = scene_->packed.to(at::kBFloat16).to(at::kCUDA);
  const std::unique_ptr<HeadRenderer> renderer = cudaRenderer(model_, head);
  const at::Tensor background = head_.background.cpu();
  SynthesisSettings settings = scene_->generator.defaultSettings();
  for (const double yaw : {10.0, -120.0}) {
    const at::Tensor expected = reference(yaw, settings).image.cpu();
    EXPECT_GT(decibels(renderer->draw(label(yaw), background, settings).image.cpu(), expected), 40);
    const FeatureImage feature = renderer->renderFeature(label(yaw), settings);
    EXPECT_GT(decibels(renderer->finish(feature, background, settings).image.cpu(), expected), 40);
  }
  settings.volume.jitter = true;  // which the specification draws
  EXPECT_TRUE(renderer->draw(label(10), background, settings).image.isfinite().all().item<bool>());
}

TEST_F(CudaFrames, RawPicturesNeedNoSuperResolution) {
  SynthesisSettings settings = scene_->generator.defaultSettings();
  settings.super_resolution = false;
  const SynthesisOutput output = renderer_->draw(label(0), {}, settings);
  EXPECT_FALSE(output.image.defined());
  EXPECT_TRUE(output.image_raw.defined());
}

TEST(CudaFramesWithoutCuda, AreRefused) {
  if (at::globalContext().hasCUDA()) {
    GTEST_SKIP() << "LibTorch has CUDA";
  }
  const CudaScene scene;
  EXPECT_EQ(makeCudaModel(scene.generator), nullptr) << "the one thing that a renderer can be made of";
}

}  // namespace
}  // namespace panohead
