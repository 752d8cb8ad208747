// Full-width networks whose weights follow the rule of full.golden.json: parity that needs no
// checkpoint file.
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "tests/support/golden.h"
#include "tests/support/rule_weights.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

namespace panohead {
namespace {

using test::Golden;
using test::Parity;

at::Tensor everyNth(const at::Tensor& picture, std::int64_t n) {
  return picture.slice(2, 0, at::nullopt, n).slice(3, 0, at::nullopt, n);
}

at::Tensor centre64(const at::Tensor& picture) {
  const std::int64_t first = picture.size(2) / 2 - 32;
  return picture.slice(2, first, first + 64).slice(3, first, first + 64);
}

TEST(SuperResolution, FullWidthMatchesReference) {
  const Golden golden(test::dataFile("super_resolution.golden.safetensors"));
  struct Published {
    const char* name;
    SuperResolutionKind kind;
    std::int64_t input;
  };
  constexpr Published kPublished[] = {{"SR2X", SuperResolutionKind::X2, 64},
                                      {"SR4X", SuperResolutionKind::X4, 128},
                                      {"SR8X", SuperResolutionKind::X8, 128},
                                      {"SR8XDC", SuperResolutionKind::X8DC, 128}};
  const at::NoGradGuard no_grad;
  for (const auto& [name, kind, input] : kPublished) {
    Parity parity(golden, name);
    ParameterStore store = ParameterStore::uninitialised();
    const SuperResolution network(Scope(store), {.kind = kind, .input = input});
    test::fillByRule(store, name, std::string(name) + ".");
    for (const std::int64_t r : {64, 128}) {
      test::RandomTensors random(static_cast<std::uint32_t>(100 + r));
      const at::Tensor rgb = random.randn({1, 3, r, r});
      const at::Tensor feature = random.randn({1, 32, r, r});
      const at::Tensor ws = random.randn({1, 14, 512});
      const at::Tensor image = network(rgb, feature, ws.select(1, -1), {.noise = NoiseMode::None});
      parity.expect(fmt::format("{}.in{}.image_every4", name, r), everyNth(image, 4));
      parity.expect(fmt::format("{}.in{}.image_centre64", name, r), centre64(image));
    }
  }
}

TEST(Generator, FullSizeMatchesReference) {
  const Golden golden(test::dataFile("full.golden.safetensors"));
  Parity parity(golden, "full-size generator");
  Generator generator = Generator::uninitialised(GeneratorConfig{});
  test::fillByRule(generator.store(), "G", "");
  const at::NoGradGuard no_grad;
  const nn::Truncation truncation{0.7, 14};

  const at::Tensor z = test::RandomTensors(7).randn({1, 512});
  const at::Tensor c = golden["c_conditioning"];
  parity.expect("z", z);
  const at::Tensor ws = generator.map(z, c, truncation);
  parity.expect("ws", ws);
  parity.expect("delta_c", generator.cameraDelta(z, c));  // not truncated
  const at::Tensor ws_background = generator.map(test::RandomTensors(8).randn({1, 512}), c, truncation);
  parity.expect("ws_background", ws_background);

  const at::Tensor planes = generator.planes(ws, {});
  const at::Tensor flat = planes.reshape({1, 288, 256, 256});
  parity.expect("planes_every16", everyNth(flat, 16));
  parity.expect("planes_std_per_channel", flat.flatten(2).std(2, true));
  const at::Tensor background = generator.background(ws, {});
  parity.expect("bcg_every4", everyNth(background, 4));

  SynthesisSettings settings = generator.defaultSettings();
  for (const auto& [view, resolution] :
       {std::pair("yaw0_r64", 64), {"yaw120_r64", 64}, {"yaw-60_r128", 128}}) {
    const auto key = [&, name = std::string(view)](const char* what) { return name + "." + what; };
    settings.neural_resolution = resolution;
    const SynthesisOutput out =
        generator.draw(planes, background, ws.select(1, -1), golden[key("c")], settings);
    parity.expect(key("image_raw"), out.image_raw);
    parity.expect(key("image_mask"), out.mask);
    parity.expect(key("image_depth"), out.depth);
    parity.expect(key("image_every4"), everyNth(out.image, 4));
    parity.expect(key("image_centre64"), centre64(out.image));
  }
  settings.neural_resolution = 64;
  const SynthesisOutput swapped = generator.draw(
      planes, generator.background(ws_background, {}), ws.select(1, -1), golden["yaw0_r64_swap.c"], settings);
  parity.expect("yaw0_r64_swap.image_every4", everyNth(swapped.image, 4));
  parity.expect("yaw0_r64_swap.image_centre64", centre64(swapped.image));
}

TEST(Generator, HasThePublishedParameterNamesAndShapes) {
  // The rule table lists every parameter and buffer of the published full-size network but the filters.
  const nlohmann::json golden = nlohmann::json::parse(std::ifstream(test::dataFile("full.golden.json")));
  std::map<std::string, std::vector<std::int64_t>> published;
  for (const nlohmann::json& row : golden.at("tables").at("G")) {
    published[row.at("name")] = row.at("shape").get<std::vector<std::int64_t>>();
  }
  const Generator generator = Generator::uninitialised(GeneratorConfig{});
  std::map<std::string, std::vector<std::int64_t>> ours;
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    if (!entry.is_derived) {
      ours[entry.name] = entry.tensor.sizes().vec();
    }
  }
  EXPECT_EQ(ours, published);
  EXPECT_EQ(generator.store().parameterCount(), 53741548);
  EXPECT_EQ(generator.numWs(), 14);
}

}  // namespace
}  // namespace panohead
