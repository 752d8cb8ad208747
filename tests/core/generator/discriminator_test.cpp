// The three discriminators; logits of V2 and Dual are compared with the reference in tiny_networks_test.
#include "core/generator/discriminator.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/closeness.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

DiscriminatorConfig smallConfig(DiscriminatorKind kind) {
  at::manual_seed(1);  // of the pictures that the tests draw
  DiscriminatorConfig config;
  config.kind = kind;
  config.img_resolution = 32;
  config.mask_resolution = 16;
  config.channel_base = 256;
  config.channel_max = 16;
  return config;
}

class EveryDiscriminator : public ::testing::TestWithParam<DiscriminatorKind> {};

TEST_P(EveryDiscriminator, JudgesWhatItShouldAndNothingElse) {
  const Discriminator d(smallConfig(GetParam()), 1);
  const DiscriminatorInput in{at::randn({4, 3, 32, 32}), at::randn({4, 3, 16, 16}), at::rand({4, 1, 16, 16})};
  const at::Tensor c = at::randn({4, 25});
  const at::Tensor logits = d(in, c);
  EXPECT_EQ(logits.sizes(), at::IntArrayRef({4, 1}));
  const auto changes = [&](const DiscriminatorInput& other, const at::Tensor& label) {
    return (d(other, label) - logits).abs().max().item<double>() > 1e-6;
  };
  EXPECT_TRUE(changes({in.image + 0.5, in.image_raw, in.image_mask}, c));
  EXPECT_TRUE(changes({in.image, in.image_raw + 0.5, in.image_mask}, c));
  EXPECT_TRUE(changes(in, c + 1));
  EXPECT_EQ(changes({in.image, in.image_raw, 1 - in.image_mask}, c), GetParam() != DiscriminatorKind::Dual);
}

TEST_P(EveryDiscriminator, HasASecondDerivativeForR1) {
  Discriminator d(smallConfig(GetParam()), 2);
  d.store().requireGrad(true);
  DiscriminatorInput in{at::randn({2, 3, 32, 32}), at::randn({2, 3, 16, 16}), at::rand({2, 1, 16, 16})};
  in.image.requires_grad_(true);
  const at::Tensor logits = d(in, at::randn({2, 25}));
  logits.sum().backward({}, true, true);
  const at::Tensor penalty = in.image.grad().square().sum();
  EXPECT_GT(penalty.item<double>(), 0);
  const at::Tensor weight = d.store().at("b32.conv0.weight");
  const at::Tensor before = weight.grad().detach().clone();
  penalty.backward();
  EXPECT_GT((weight.grad() - before).abs().max().item<double>(), 0);
}

TEST_P(EveryDiscriminator, InReducedTypesJudgesAndPenalisesAlike) {
  Discriminator d(smallConfig(GetParam()), 2);
  d.store().requireGrad(true);
  const DiscriminatorInput pictures{
      at::randn({4, 3, 32, 32}), at::randn({4, 3, 16, 16}), at::rand({4, 1, 16, 16})};
  const at::Tensor c = at::randn({4, 25});
  struct Result {
    at::Tensor logits, slope, penalty;
    std::vector<at::Tensor> gradients;  // of the penalty
  };
  const auto run = [&](const DiscriminatorRun& how) {
    for (const ParameterStore::Entry& entry : d.store().entries()) {
      entry.tensor.mutable_grad() = at::Tensor();
    }
    DiscriminatorInput in = pictures;
    in.image = in.image.clone().requires_grad_(true);
    Result result;
    const at::Tensor logits = d(in, c, how);
    EXPECT_EQ(logits.scalar_type(), at::kFloat);
    logits.sum().backward({}, true, true);
    const at::Tensor slope = in.image.grad();
    for (const ParameterStore::Entry& entry : d.store().entries()) {
      entry.tensor.mutable_grad() = at::Tensor();
    }
    const at::Tensor penalty = slope.square().sum();
    penalty.backward();
    result = {logits.detach(), slope.detach(), penalty.detach(), {}};
    for (const char* name :
         {"b32.fromrgb.weight", "b32.conv0.weight", "b16.conv1.weight", "b8.skip.weight"}) {
      result.gradients.push_back(d.store().at(name).grad().clone());
    }
    return result;
  };
  const Result exact = run({});
  // The slope's error is that of a few activations that change their side by rounding.
  for (const auto& [type, tolerance] : {std::pair(at::kBFloat16, 0.15), {at::kHalf, 0.04}}) {
    for (const int resolutions : {1, 4}) {
      const Result reduced = run({.dtype = type, .resolutions = resolutions});
      EXPECT_LT(test::relativeError(reduced.logits, exact.logits), tolerance);
      EXPECT_LT(test::relativeError(reduced.slope, exact.slope), tolerance);
      EXPECT_LT(test::relativeError(reduced.penalty, exact.penalty), tolerance);
      for (std::size_t i = 0; i < exact.gradients.size(); ++i) {
        EXPECT_LT(test::relativeError(reduced.gradients[i], exact.gradients[i]), tolerance) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Published,
                         EveryDiscriminator,
                         ::testing::Values(DiscriminatorKind::Dual,
                                           DiscriminatorKind::MaskV1,
                                           DiscriminatorKind::MaskV2));

TEST(DiscriminatorConfig, RefusesOtherClasses) {
  EXPECT_THROW(DiscriminatorConfig::fromJson("TriPlaneGenerator", "{}"), CheckpointError);
  EXPECT_THROW(DiscriminatorConfig::fromJson("DualDiscriminator", "{}"), CheckpointError);
  EXPECT_THROW(DiscriminatorConfig::fromJson("DualDiscriminator", R"({"c_dim": 25, "img_resolution": 7})"),
               CheckpointError);
}

}  // namespace
}  // namespace panohead
