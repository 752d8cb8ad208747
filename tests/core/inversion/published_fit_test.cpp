// The published preset beside both of its stages written out from SPEC.md ("Inversion"), by the specification
// path.
#include "core/base/camera.h"
#include "core/generator/load_generator.h"
#include "core/inversion/fit.h"
#include "core/inversion/photo_target.h"
#include "core/tensor/batch_random.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"
#include "tests/support/checkpoints.h"
#include "tests/support/golden.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <map>
#include <numbers>
#include <optional>
#include <set>

namespace panohead {
namespace {

constexpr int kSteps = 3;
constexpr double kStepsOfStage = 500;

at::Tensor row(const CameraLabel& label) {
  return at::tensor(at::ArrayRef<float>(label.data(), label.size()), at::kFloat).unsqueeze(0);
}

/// Adam (Kingma & Ba 2015, algorithm 1) with betas 0.9 and 0.999.
struct HandAdam {
  at::Tensor value, average, square;
  explicit HandAdam(const at::Tensor& v) : value(v), average(at::zeros_like(v)), square(at::zeros_like(v)) {}
  void step(const at::Tensor& gradient, double rate, int t) {
    average = 0.9 * average + 0.1 * gradient;
    square = 0.999 * square + 0.001 * gradient * gradient;
    const at::Tensor m = average / (1 - std::pow(0.9, t));
    const at::Tensor v = square / (1 - std::pow(0.999, t));
    const at::NoGradGuard no_grad;
    value.sub_(rate * m / (v.sqrt() + 1e-8));
  }
};

class PublishedFit : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string file = std::string("golden/") + GetParam() + ".pkl";
    if (test::sharedFile(file).empty()) {
      GTEST_SKIP() << test::skipMessage(file);
    }
    const Checkpoint checkpoint = test::open(test::sharedFile(file));
    generator_.emplace(loadGenerator(checkpoint.network()));
    const auto side = static_cast<int>(generator_->config().img_resolution);
    photo_.picture = Image(side, side, 3);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side * 3; ++x) {
        photo_.picture.row(y)[x] = static_cast<std::uint8_t>(128 + 100 * std::sin(0.1 * x + 0.07 * y));
      }
    }
    photo_.camera = orbitLabel({.yaw_degrees = 12, .pitch_degrees = 4});
    // A perceptual network of three lines stands in for VGG16; it is called in the published way.
    torch::jit::Module module("Perceptual");
    module.define(R"(
def forward(self, x, resize_images: bool = True, return_lpips: bool = False):
  assert return_lpips and not resize_images
  y = torch.avg_pool2d(torch.relu(x / 255 - 0.4), 8)
  return 0.1 * y.flatten(1)
)");
    module.save((folder_ / "vgg16.pt").string());
    options_ = fitPreset("published");
    options_.vgg_file = folder_ / "vgg16.pt";
    options_.exact = true;
    settings_ = generator_->defaultSettings();
    settings_.volume.ray_start = 2.35;
    settings_.run.fused = false;
    target_ = imageTensor(photo_.picture) * 2.0 - 1.0;
    const at::Tensor c = row(photo_.camera);
    camera_ = c.clone();
    const at::NoGradGuard no_grad;
    NumpyRandom random(123);
    const std::int64_t z_dim = generator_->config().z_dim;
    const at::Tensor drawn =
        at::tensor(random.randn(static_cast<std::size_t>(10000 * z_dim)), at::kDouble).view({10000, z_dim});
    const at::Tensor z = drawn.to(at::kFloat);
    const at::Tensor delta = generator_->cameraDelta(drawn.mean(0, true).to(at::kFloat), c);
    for (int axis = 0; axis < 3; ++axis) {
      camera_[0][3 + 4 * axis] += delta[0][axis];
    }
    const double half = std::numbers::pi / 2;
    people_ =
        generator_->map(z, row(lookAtPose(half, half, {0, 0, 0}, 2.7)).expand({10000, 25})).select(1, 0);
    mean_ = people_.mean(0, true);
  }

  static at::Tensor perceptual(const at::Tensor& picture) {
    return 0.1 * at::avg_pool2d(at::relu((picture + 1) * 127.5 / 255 - 0.4), 8).flatten(1);
  }
  at::Tensor imageLoss(const at::Tensor& image) const {
    return 0.1 * (image - target_).square().mean() + (perceptual(image) - perceptual(target_)).square().sum();
  }

  test::ScratchFolder folder_;
  std::optional<Generator> generator_;
  FitPhoto photo_;
  FitOptions options_;
  SynthesisSettings settings_;
  at::Tensor target_, camera_, people_, mean_;
};

TEST_P(PublishedFit, LatentStageFollowsTheSpecification) {
  SilentContext context;
  PhotoFit fit(*generator_, nullptr, {photo_}, options_, context);

  const std::int64_t layers = generator_->numWs();
  at::Tensor w = mean_.unsqueeze(1).repeat({1, layers, 1}).requires_grad_(true);
  HandAdam adam(w);
  const double deviation = std::sqrt((people_ - mean_).square().sum(1).mean().item<double>());
  for (int step = 0; step < kSteps; ++step) {
    const FitMoment moment = fit.step(context);
    const double t = step / kStepsOfStage;
    const double noise = 0.05 * deviation * std::pow(1 - t / 0.75, 2);
    const at::Tensor draw =
        BatchRandom(0, static_cast<std::uint64_t>(step), 0, 0, 1).normal({layers, mean_.size(1)});
    const at::Tensor image = generator_->synthesize(w + draw * noise, camera_, settings_).image;
    const at::Tensor loss = imageLoss(image) + (w - mean_.unsqueeze(1)).square().mean();
    EXPECT_NEAR(moment.losses.front().value, loss.item<double>(), 1e-5 * loss.item<double>()) << step;
    w.mutable_grad().reset();
    loss.backward();
    adam.step(w.grad(), 0.1 * std::min(1.0, t / 0.05), step + 1);
  }
  const at::Tensor found = fit.result().ws;
  EXPECT_GT((w - mean_.unsqueeze(1)).abs().max().item<double>(), 0.005);
  EXPECT_LT((found - w).abs().max().item<double>(), 1e-4);
  EXPECT_FALSE(at::equal(found.select(1, 0), found.select(1, 1)));
  EXPECT_LT((row(fit.cameras().front()) - camera_).abs().max().item<double>(), 1e-6);
}

TEST_P(PublishedFit, TuningStageFollowsTheSpecification) {
  SilentContext context;
  options_.latent_steps = 0;
  PhotoFit fit(*generator_, nullptr, {photo_}, options_, context);
  std::vector<double> losses;
  for (int step = 0; step < kSteps; ++step) {
    losses.push_back(fit.step(context).losses.front().value);
  }
  const FitResult result = fit.result();

  // The generator itself is tuned here: the fit worked on a copy.
  std::map<std::string, HandAdam> adams;
  std::map<std::string, at::Tensor> before;
  generator_->store().requireGrad(true);
  for (const ParameterStore::Entry& entry : generator_->store().entries()) {
    if (entry.is_parameter) {
      adams.emplace(entry.name, entry.tensor);
      before.emplace(entry.name, entry.tensor.detach().clone());
    }
  }
  const at::Tensor ws = mean_.unsqueeze(1).expand({1, generator_->numWs(), -1});
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor loss = imageLoss(generator_->synthesize(ws, camera_, settings_).image);
    EXPECT_NEAR(losses[static_cast<std::size_t>(step)], loss.item<double>(), 1e-5 * loss.item<double>())
        << step;
    for (auto& [name, adam] : adams) {
      adam.value.mutable_grad().reset();
    }
    loss.backward();
    for (auto& [name, adam] : adams) {
      if (adam.value.grad().defined()) {
        adam.step(adam.value.grad(), 3e-4, step + 1);
      }
    }
  }
  EXPECT_LT(losses.back(), losses.front());
  ASSERT_GT(result.tuned.size(), 30U);
  std::set<std::string> tuned;
  for (const auto& [name, value] : result.tuned) {
    tuned.insert(name);
    // Where gradients are rounding noise Adam's steps are, too: most of a tensor must agree.
    const at::Tensor difference = (value - adams.at(name).value.detach()).abs();
    EXPECT_LT(difference.mean().item<double>(), 3e-5) << name;
  }
  for (const auto& [name, adam] : adams) {
    EXPECT_EQ(tuned.contains(name), !at::equal(adam.value.detach(), before.at(name))) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks,
                         PublishedFit,
                         ::testing::Values("tiny_panohead", "tiny_eg3d"),
                         [](const auto& network) { return std::string(network.param); });

}  // namespace
}  // namespace panohead
