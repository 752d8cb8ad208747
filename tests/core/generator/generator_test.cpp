// Behaviour that golden data do not show: configurations, gradients, chunks.
#include "core/generator/generator.h"

#include "core/base/camera.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/volume/tri_grid_sampler.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/small_config.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace panohead {
namespace {

GeneratorConfig smallConfig() {
  at::manual_seed(1);  // of the latents that the tests draw
  return test::smallConfig(16);
}

at::Tensor label(double yaw) { return test::labelOf({.yaw_degrees = yaw}); }

TEST(GeneratorConfig, SurvivesItsOwnJson) {
  GeneratorConfig config = smallConfig();
  config.decoder_activation = DecoderActivation::LeakyRelu;
  config.volume.third_plane = ThirdPlane::ZXY;
  config.triplane_depth = 1;
  config.volume.auto_range = true;
  config.camera_adjustment = false;
  config.conv_clamp = 256;
  const GeneratorConfig again = GeneratorConfig::fromJson(config.toJson());
  EXPECT_EQ(again.toJson(), config.toJson());
  EXPECT_EQ(again.volume.third_plane, ThirdPlane::ZXY);
  EXPECT_FALSE(again.camera_adjustment);
}

TEST(GeneratorConfig, FilesWithoutPanoHeadKeysAreEg3d) {
  nlohmann::json json = nlohmann::json::parse(smallConfig().toJson());
  for (const char* key : {"triplane_depth",
                          "triplane_size",
                          "use_torgb_raw",
                          "use_background",
                          "decoder_activation",
                          "trans_reg"}) {
    json["rendering_kwargs"].erase(key);
  }
  const GeneratorConfig config = GeneratorConfig::fromJson(json.dump());
  EXPECT_EQ(config.triplane_depth, 1);
  EXPECT_EQ(config.triplane_size, 256);
  EXPECT_EQ(config.volume.third_plane, ThirdPlane::ZXY);
  EXPECT_EQ(config.decoder_activation, DecoderActivation::Sigmoid);
  EXPECT_TRUE(config.scale_feature);
  EXPECT_FALSE(config.background || config.torgb_raw || config.camera_adjustment);
}

TEST(GeneratorConfig, RefusesWhatCannotBeANetwork) {
  const nlohmann::json good = nlohmann::json::parse(smallConfig().toJson());
  const auto refused = [&](const char* pointer, const nlohmann::json& value) {
    nlohmann::json bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = value;
    EXPECT_THROW(GeneratorConfig::fromJson(bad.dump()), CheckpointError) << pointer << " " << value;
  };
  refused("/z_dim", 0);
  refused("/z_dim", "many");
  refused("/img_resolution", 100);
  refused("/img_resolution", 32);
  refused("/img_resolution", 256);  // by 2X
  refused("/img_resolution", 1 << 30);
  refused("/channel_base", -1);
  refused("/rendering_kwargs/triplane_depth", 1000000);
  refused("/rendering_kwargs/superresolution_module", "os.system");
  refused("/rendering_kwargs/triplane_size", 32);
  refused("/rendering_kwargs/ray_end", 0.1);
  refused("/rendering_kwargs/depth_resolution", 1);
  EXPECT_THROW(GeneratorConfig::fromJson("{}"), CheckpointError);
  EXPECT_THROW(GeneratorConfig::fromJson("not json"), CheckpointError);
}

TEST(TriGridSampler, Eg3dReadsItsThirdPlaneAtZX) {
  // A tri-plane whose third plane is the coordinate along its width, the others zero: only z matters.
  constexpr std::int64_t kSize = 64;
  const at::Tensor centres = (at::arange(kSize, at::kFloat) + 0.5) * (2.0 / kSize) - 1;
  at::Tensor planes = at::zeros({1, 3, 1, kSize, kSize});
  planes[0][2][0].copy_(centres.unsqueeze(0).expand({kSize, kSize}));
  const at::Tensor points = at::tensor({0.1F, -0.2F, 0.3F}).view({1, 1, 3});
  VolumeOptions options;
  // With one slice, the third coordinate (d) weighs by 1 - |d| / 2: y for EG3D, x for PanoHead.
  options.third_plane = ThirdPlane::ZXY;
  const float eg3d = sampleTriGrid(planes, points, 1, options)[0][2][0][0].item<float>();
  EXPECT_NEAR(eg3d, 0.6F * (1 - 0.4F / 2), 1e-5);
  options.third_plane = ThirdPlane::YZX;
  const float panohead = sampleTriGrid(planes, points, 1, options)[0][2][0][0].item<float>();
  EXPECT_NEAR(panohead, -0.4F * (1 - 0.2F / 2), 1e-5);
}

TEST(Generator, GradientsReachEveryParameterThatIsUsed) {
  Generator generator(smallConfig(), 1);
  generator.store().requireGrad(true);
  SynthesisSettings settings = generator.defaultSettings();
  settings.run.fused = false;
  const at::Tensor z = at::randn({1, 16});
  const SynthesisOutput out = generator.forward(z, label(20), {}, settings);
  (out.image.square().mean() + out.image_raw.square().mean() + out.mask.mean()).backward();
  int without = 0;
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    if (!entry.is_parameter) {
      continue;
    }
    // Super-resolution draws no noise.
    const bool unused = entry.name.starts_with("superresolution") && entry.name.ends_with("noise_strength");
    EXPECT_EQ(entry.tensor.grad().defined(), !unused) << entry.name;
    if (entry.tensor.grad().defined()) {
      EXPECT_TRUE(at::isfinite(entry.tensor.grad()).all().item<bool>()) << entry.name;
    }
    without += unused ? 1 : 0;
  }
  EXPECT_EQ(without, 4);
}

TEST(Generator, DrawsTheSameWithAndWithoutGradients) {
  Generator generator(smallConfig(), 2);
  const at::Tensor z = at::randn({2, 16});
  const at::Tensor c = at::cat({label(0), label(100)});
  SynthesisSettings settings = generator.defaultSettings();
  settings.run.fused = false;
  generator.store().requireGrad(true);
  const SynthesisOutput recorded = generator.forward(z, c, {0.7, 3}, settings);
  const at::NoGradGuard no_grad;
  settings.run.fused = true;
  settings.volume.rays_per_chunk = 37;  // does not divide the picture
  const SynthesisOutput drawn = generator.forward(z, c, {0.7, 3}, settings);
  const auto near = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>() / a.abs().max().item<double>();
  };
  EXPECT_LT(near(recorded.image, drawn.image), 1e-5);
  EXPECT_LT(near(recorded.image_raw, drawn.image_raw), 1e-5);
  EXPECT_LT(near(recorded.depth, drawn.depth), 1e-5);
  EXPECT_LT(near(recorded.mask, drawn.mask), 1e-5);
}

TEST(Generator, RandomInitialisationIsAsPublishedAndRepeatable) {
  const Generator a(smallConfig(), 3);
  const Generator b(smallConfig(), 3);
  const Generator c(smallConfig(), 4);
  const char* name = "backbone.synthesis.b8.conv0.weight";
  EXPECT_TRUE(at::equal(a.store().at(name), b.store().at(name)));
  EXPECT_FALSE(at::equal(a.store().at(name), c.store().at(name)));
  EXPECT_NEAR(a.store().at(name).std().item<double>(), 1, 0.1);
  // Stored divided by the learning-rate multiplier 0.01.
  EXPECT_NEAR(a.store().at("backbone.mapping.fc0.weight").std().item<double>(), 100, 10);
  EXPECT_EQ(a.store().at("backbone.synthesis.b8.conv0.affine.bias").min().item<double>(), 1);
  EXPECT_EQ(a.store().at("backbone.synthesis.b8.conv0.noise_strength").item<double>(), 0);
}

TEST(VolumeRenderer, AutomaticRangeFindsTheBox) {
  const Generator generator(smallConfig(), 5);
  const at::NoGradGuard no_grad;
  SynthesisSettings settings = generator.defaultSettings();
  settings.volume.auto_range = true;
  const at::Tensor ws = generator.map(at::ones({1, 16}), label(0));
  const SynthesisOutput out =
      generator.synthesize(ws, label(0), settings);  // where the label says, not adjusted
  EXPECT_TRUE(at::isfinite(out.image).all().item<bool>());
  EXPECT_GT(out.depth.min().item<double>(), 2.0);
  EXPECT_LT(out.depth.max().item<double>(), 3.6);
}

/// What is taken silently for something else gives a head that nobody trained.
TEST(GeneratorConfig, ValuesOfAnotherKindOrRangeAreRefusedByTheirKey) {
  const nlohmann::json good = nlohmann::json::parse(smallConfig().toJson());
  const auto errorOf = [&](const char* pointer, const nlohmann::json& value) -> std::string {
    nlohmann::json json = good;
    json[nlohmann::json::json_pointer(pointer)] = value;
    try {
      GeneratorConfig::fromJson(json.dump());
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "taken";
  };
  const std::pair<const char*, nlohmann::json> wrong[] = {{"/rendering_kwargs/ray_start", "2.9"},
                                                          {"/rendering_kwargs/ray_end", "2.9"},
                                                          {"/z_dim", 4294967344},
                                                          {"/z_dim", 18446744073709551615U},
                                                          {"/channel_max", 256.9},
                                                          {"/channel_max", 1e300},
                                                          {"/channel_max", true},
                                                          {"/conv_clamp", -5},
                                                          {"/conv_clamp", 0},
                                                          {"/conv_clamp", "256"},
                                                          {"/mapping_kwargs", 3},
                                                          {"/rendering_kwargs/c_scale", -1},
                                                          {"/rendering_kwargs/decoder_lr_mul", 0},
                                                          {"/rendering_kwargs/depth_resolution", 4294967344},
                                                          {"/rendering_kwargs/use_background", 1},
                                                          {"/rendering_kwargs/decoder_activation", 1}};
  for (const auto& [pointer, value] : wrong) {
    const std::string key = std::string(pointer).substr(std::string(pointer).rfind('/') + 1);
    EXPECT_NE(errorOf(pointer, value).find(key), std::string::npos)
        << pointer << " " << value << ": " << errorOf(pointer, value);
  }
  EXPECT_EQ(errorOf("/conv_clamp", 256), "taken");
  EXPECT_EQ(errorOf("/channel_max", good["channel_max"].get<double>()), "taken") << "512.0 is 512";
  EXPECT_EQ(errorOf("/rendering_kwargs/ray_start", "auto"), "taken");
}

}  // namespace
}  // namespace panohead
