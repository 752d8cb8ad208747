// Perceptual networks of the user's own, of a line each.
#include "core/inversion/vgg_distance.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/core/inversion/fit_scene.h"
#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>
#include <torch/script.h>

namespace panohead {
namespace {

class VggDistanceTest : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& source) {
    torch::jit::Module module("Perceptual");
    module.define(source);
    module.save((folder_ / "vgg16.pt").string());
    return folder_ / "vgg16.pt";
  }

  test::ScratchFolder folder_;
  SilentContext context_;
};

TEST_F(VggDistanceTest, AProgramWithoutForwardIsRefused) {
  const auto path = file(R"(
def other(self, x):
  return x
)");
  EXPECT_THROW(VggDistance(path, at::kCPU, context_), CheckpointError);
}

TEST_F(VggDistanceTest, ALossThatIsNoNumberLeavesTheFitAsItWas) {
  FitOptions options = test::shortFit();
  options.raw_share = 0;
  options.vgg_file = file(R"(
def forward(self, x):
  return torch.log(x * -1.0 - 1.0).flatten(1)
)");
  const FitPhoto photo = test::photoOf(test::smallGenerator(), 14, {});
  for (const int latent_steps : {4, 0}) {
    options.latent_steps = latent_steps;
    PhotoFit fit(test::smallGenerator(), nullptr, {photo}, options, context_);
    const FitState before = fit.state();
    EXPECT_THROW(fit.step(context_), TrainingError);
    test::expectSameFit(fit.state(), before);
  }
}

}  // namespace
}  // namespace panohead
