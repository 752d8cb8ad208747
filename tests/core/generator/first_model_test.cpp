// The model that the program first shipped with, made outside of it, gives the pictures its makers expect.
#include "core/generator/load_generator.h"
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"
#include "tests/support/checkpoints.h"
#include "tests/support/golden.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

TEST(FirstModel, MatchesItsExpectedPictures) {
  PANOHEAD_SHARED_FILE(model, "models/heads256_warmup/model.safetensors");
  const Checkpoint checkpoint = test::open(model);
  const Generator generator = loadGenerator(checkpoint.network());
  const test::Golden golden(test::dataFile("warmup_expected.safetensors"));
  const at::NoGradGuard no_grad;
  const SynthesisSettings settings = generator.defaultSettings();
  double worst = 0;
  double worst_w = 0;
  const auto compare = [&](const std::string& key, const at::Tensor& actual) {
    // The public reference met these to 5e-5 (the model's card): float32 noise. Three times that.
    const double difference = (actual - golden[key]).abs().max().item<double>();
    EXPECT_LT(difference, 1.5e-4) << key;
    worst = std::max(worst, difference);
  };
  for (int seed = 0; seed < 4; ++seed) {
    const auto key = [&](const char* rest) { return fmt::format("seed{}.{}", seed, rest); };
    const std::vector<double> numbers = NumpyRandom(static_cast<std::uint32_t>(seed)).randn(512);
    const at::Tensor z = at::tensor(numbers, at::kDouble).to(at::kFloat).unsqueeze(0);
    compare(key("z"), z);
    // The mapping has large weights: its rounding is a part of w's size.
    const at::Tensor ws = golden[key("ws")];
    const at::Tensor mapped = generator.map(z, golden["c.yaw0"]);
    const double relative = ((mapped - ws).abs().max() / ws.abs().max()).item<double>();
    EXPECT_LT(relative, 1e-4) << key("ws");
    worst_w = std::max(worst_w, relative);
    for (const char* yaw : {"yaw0", "yaw90"}) {
      const SynthesisOutput out = generator.synthesize(ws, golden[fmt::format("c.{}", yaw)], settings);
      compare(key(yaw) + ".image_every2", out.image.slice(2, 0, at::nullopt, 2).slice(3, 0, at::nullopt, 2));
      compare(key(yaw) + ".image_raw", out.image_raw);
      compare(key(yaw) + ".image_mask", out.mask);
    }
  }
  fmt::print(
      "  parity first model: worst difference {:.2e} of 1.5e-4; w {:.1e} of its size\n", worst, worst_w);
}

}  // namespace
}  // namespace panohead
