#include "core/avatar/weight_delta.h"

#include "core/avatar/delta_compression.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/small_config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace panohead {
namespace {

TEST(WeightDelta, RepresentableRowsComeBackExactly) {
  for (int width = 2; width <= 8; ++width) {
    const int most = (1 << (width - 1)) - 1;
    at::Tensor row = at::randint(-most, most + 1, {1, 37}, at::kFloat) * 0.25;
    row[0][3] = 0.25F * static_cast<float>(most);
    row[0][4] = -0.25F * static_cast<float>(most);
    const QuantisedRows packed = quantise(row, {static_cast<std::uint8_t>(width)});
    EXPECT_EQ(packed.bytes.size(), static_cast<std::size_t>((37 * width + 7) / 8));
    EXPECT_TRUE(at::allclose(unpack(packed), row, 0, 1e-6)) << width << " bits";
  }
}

TEST(WeightDelta, LossesAreThoseThatTheCompressionExpects) {
  const at::Tensor rows = at::randn({64, 4000});
  double before = 1;
  for (int width = 0; width <= 8; ++width) {
    const at::Tensor back =
        unpack(quantise(rows, std::vector<std::uint8_t>(64, static_cast<std::uint8_t>(width))));
    const double loss = ((back - rows).square().sum() / rows.square().sum()).item<double>();
    std::printf("[   INFO   ] %d bits lose %.5f of a normal row's energy\n", width, loss);
    EXPECT_LT(loss, before * (width == 0 ? 1.001 : 0.6));
    before = loss;
  }
  EXPECT_LT(before, 2e-4);
}

TEST(WeightDelta, SparseGapsReachFar) {
  DeltaPart part{.name = "x", .shape = {10, 100}, .kind = DeltaPart::Kind::Sparse};
  part.right = quantise(at::tensor({127.0F, -64.0F, 3.0F}).view({1, 3}), {8});
  part.gaps = {1, 254, 255, 255, 0};  // places 0, 254, 764
  const at::Tensor back = unpack(part).flatten();
  EXPECT_EQ(back.count_nonzero().item<std::int64_t>(), 3);
  EXPECT_NEAR(back[0].item<float>(), 127, 1e-3);
  EXPECT_NEAR(back[254].item<float>(), -64, 1e-3);
  EXPECT_NEAR(back[764].item<float>(), 3, 1e-3);
}

TEST(WeightDelta, OfAnotherNetworkIsRefused) {
  const Generator generator(test::smallConfig(), 1);
  CompactDelta delta;
  delta.parts.push_back(
      {.name = "nothing.weight", .shape = {2}, .kind = DeltaPart::Kind::Half, .half = {0, 0}});
  EXPECT_THROW(tunedParameters(generator.store(), {{&delta, 1}}), CheckpointError);
  delta.parts[0].name = "torgb.weight";
  EXPECT_THROW(tunedParameters(generator.store(), {{&delta, 1}}), CheckpointError);
}

TEST(WeightDelta, SharedParametersAreShared) {
  const Generator generator(test::smallConfig(), 1);
  const at::Tensor other = generator.store().at("torgb.weight") + 1;
  const Generator changed = generator.withParameters({{"torgb.weight", other}});
  ASSERT_EQ(changed.store().entries().size(), generator.store().entries().size());
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    const at::Tensor& now = changed.store().at(entry.name);
    EXPECT_TRUE(now.is_same(entry.name == "torgb.weight" ? other : entry.tensor)) << entry.name;
  }
  EXPECT_TRUE(changed.rawToRgb().weight.is_same(other)) << "the layer does not use it";
  EXPECT_THROW(generator.withParameters({{"nothing", other}}), Error);
  EXPECT_THROW(generator.withParameters({{"torgb.bias", other}}), Error);
}

/// Random directions as a tuning would change all matrices, of which each layer's inputs see a part.
class Compression : public testing::Test {
 protected:
  Compression() {
    at::manual_seed(5);
    for (const ParameterStore::Entry& entry : generator_.store().entries()) {
      if (entry.is_parameter && entry.name.find("mapping") == std::string::npos) {
        tuned_.emplace_back(entry.name, entry.tensor + 0.01 * at::randn(entry.tensor.sizes()).sign());
        names_.push_back(entry.name);
      }
    }
    std::erase_if(names_, [&](const std::string& name) { return generator_.store().at(name).dim() < 2; });
    ws_ = generator_.map(at::randn({1, 16}), at::zeros({1, 25}));
    cameras_ = {orbitLabel({}), orbitLabel({.yaw_degrees = 70})};
  }

  at::Tensor picture(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> pictures;
    const Generator generator = generator_.withParameters(parameters);
    for (const CameraLabel& camera : cameras_) {
      const at::Tensor label = at::tensor(at::ArrayRef<float>(camera.data(), camera.size())).unsqueeze(0);
      pictures.push_back(generator.synthesize(ws_, label, generator.defaultSettings()).image / 2);
    }
    return at::cat(pictures);
  }
  double error(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const {
    return (picture(parameters) - picture(tuned_)).square().mean().item<double>();
  }

  Generator generator_{test::smallConfig(), 3};
  std::vector<std::pair<std::string, at::Tensor>> tuned_;
  std::vector<std::string> names_;
  at::Tensor ws_;
  std::vector<CameraLabel> cameras_;
  SilentContext context_;
};

TEST_F(Compression, ImportanceForetellsWhatASmallChangeDoes) {
  const auto importance = measureImportance(
      generator_, names_, ws_, {}, {cameras_[0], cameras_[1], cameras_[0], cameras_[1]}, context_);
  int compared = 0;
  for (const char* name : {"backbone.synthesis.b16.conv1.weight",
                           "backbone.synthesis.b64.conv0.weight",
                           "bcg_synthesis.b16.conv1.weight",
                           "superresolution.block0.conv1.weight"}) {
    ASSERT_TRUE(importance.contains(name)) << name;
    const WeightImportance& of = importance.at(name);
    const at::Tensor weight = generator_.store().at(name);
    const at::Tensor change = 0.01 * at::randn(weight.sizes());
    const double expected =
        (of.row_gain * at::matmul(change.flatten(1), of.inputs).square().sum(1)).sum().item<double>();
    const double real = (picture({{name, weight + change}}) - picture({})).square().mean().item<double>();
    std::printf("[   INFO   ] %s: expected %.3g, is %.3g\n", name, expected, real);
    EXPECT_GT(real, expected / 5);
    EXPECT_LT(real, expected * 5);
    ++compared;
  }
  EXPECT_EQ(compared, 4);
}

TEST_F(Compression, MoreBytesBringThePictureNearer) {
  const auto importance = measureImportance(generator_, names_, ws_, {}, cameras_, context_);
  const DeltaCompressor everything(generator_.store(), tuned_, importance, context_);
  EXPECT_THROW(everything.compress({.budget = 2000}, context_), OptionError) << "for the small ones alone";
  std::erase_if(tuned_, [](const auto& parameter) {
    return parameter.second.dim() < 2 || parameter.second.numel() <= 8192;
  });
  const DeltaCompressor compressor(generator_.store(), tuned_, importance, context_);
  const double untuned = error({});
  std::printf("[   INFO   ] untuned: %.3g\n", untuned);
  double expected = std::numeric_limits<double>::infinity(), now = untuned;
  for (const std::size_t budget : {30'000UL, 100'000UL, 300'000UL}) {
    const CompressedDelta made = compressor.compress({.budget = budget}, context_);
    EXPECT_LE(made.delta.size(), budget);
    EXPECT_LT(made.expected_error, expected);
    expected = made.expected_error;
    now = error(tunedParameters(generator_.store(), {{&made.delta, 1}}));
    std::printf("[   INFO   ] %zu bytes: %.3g, expected %.3g\n", made.delta.size(), now, expected);
  }
  EXPECT_LT(now, 0.1 * untuned);
  // An error that is allowed needs no more bytes than it must.
  const CompressedDelta loose = compressor.compress({.budget = 300'000, .error = 8 * expected}, context_);
  EXPECT_LT(loose.delta.size(), 290'000U);
}

}  // namespace
}  // namespace panohead
