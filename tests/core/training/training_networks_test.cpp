#include "core/training/training_networks.h"

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/generator/load_generator.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::HasSubstr;

TEST(TrainingNetworks, SuperResolutionFollowsFromTheResolution) {
  const TrainingOptions options = trainingPreset("published-512");
  EXPECT_EQ(generatorConfig(options, 128).super_resolution, SuperResolutionKind::X2);
  EXPECT_EQ(generatorConfig(options, 256).super_resolution, SuperResolutionKind::X4);
  EXPECT_EQ(generatorConfig(options, 512).super_resolution, SuperResolutionKind::X8DC);
  EXPECT_EQ(generatorConfig(options, 64).super_resolution, SuperResolutionKind::X2);
  EXPECT_THROW(generatorConfig(options, 32), OptionError);
}

TEST(TrainingNetworks, SixtyFourPixelsComeFromThirtyTwo) {
  const TrainingOptions options = trainingPreset("smoke");
  const Generator generator(generatorConfig(options, 64), 1);
  EXPECT_EQ(generator.superResolution().options.input, 32);
  EXPECT_EQ(generator.store().at("superresolution.block0.conv0.noise_const").size(0), 32);
  EXPECT_EQ(generator.store().at("superresolution.block1.conv1.noise_const").size(0), 64);
  const GeneratorConfig back = GeneratorConfig::fromJson(generator.config().toJson());
  EXPECT_EQ(back.img_resolution, 64);
  EXPECT_EQ(back.super_resolution, SuperResolutionKind::X2);
  const Discriminator discriminator(discriminatorConfig(options, 64), 2);
  EXPECT_EQ(discriminator.config().mask_resolution, 64);
  EXPECT_FALSE(generator.store().has("bcg_synthesis.b64.conv0.weight"));
  EXPECT_TRUE(generator.store().has("bcg_synthesis.b32.conv0.weight"));
}

TEST(TrainingNetworks, ClampsFollowFromHalfPrecision) {
  TrainingOptions options = trainingPreset("smoke");
  EXPECT_EQ(generatorConfig(options, 128).sr_conv_clamp, 256.0);
  EXPECT_EQ(generatorConfig(options, 128).conv_clamp, std::nullopt);
  EXPECT_EQ(discriminatorConfig(options, 128).conv_clamp, 256.0);
  options.num_fp16_res = 0;
  EXPECT_EQ(generatorConfig(options, 128).sr_conv_clamp, std::nullopt);
  EXPECT_EQ(discriminatorConfig(options, 128).conv_clamp, std::nullopt);
}

TEST(TrainingNetworks, GeneratorOptionsReachTheConfiguration) {
  TrainingOptions o = trainingPreset("smoke");
  o.map_depth = 3;
  o.decoder_activation = "sigmoid";
  o.sr_noise_mode = "random";
  o.gen_pose_cond = false;
  o.c_scale = 0.5;
  o.ray_start = 2;
  o.box_warp = 1.5;
  o.triplane_depth = 2;
  o.camera_adjustment = false;
  const GeneratorConfig c = generatorConfig(o, 128);
  EXPECT_EQ(c.mapping_layers, 3);
  EXPECT_EQ(c.decoder_activation, DecoderActivation::Sigmoid);
  EXPECT_TRUE(c.scale_feature);
  EXPECT_EQ(c.sr_noise, NoiseMode::Random);
  EXPECT_TRUE(c.conditioning_zero);
  EXPECT_EQ(c.conditioning_scale, 0.5);
  EXPECT_EQ(c.volume.coarse_samples, 8);
  EXPECT_EQ(c.volume.ray_start, 2);
  EXPECT_EQ(c.volume.box_warp, 1.5);
  EXPECT_EQ(c.triplane_depth, 2);
  EXPECT_EQ(c.channel_base, 1024);
  EXPECT_EQ(c.channel_max, 32);
  EXPECT_FALSE(c.camera_adjustment);
  EXPECT_EQ(c.neural_resolution, 32);
}

TEST(TrainingNetworks, OptionsThatDescribeNoGeneratorNameTheReason) {
  TrainingOptions options = trainingPreset("smoke");  // a tri-grid too small for the background of 256 px
  try {
    generatorConfig(options, 256);
    FAIL();
  } catch (const OptionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("triplane_size"));
  }
}

TEST(TrainingNetworks, DiscriminatorConfigurationSurvivesItsJson) {
  for (const char* kind : {"v2", "v1", "dual"}) {
    TrainingOptions options = trainingPreset("smoke");
    options.discriminator = kind;
    options.d_map_depth = 4;
    options.disc_c_noise = 0.25;
    options.mbstd_group = 2;
    options.num_fp16_res = 0;
    const DiscriminatorConfig config = discriminatorConfig(options, 128);
    const DiscriminatorConfig back =
        DiscriminatorConfig::fromJson(discriminatorClass(config.kind), discriminatorJson(config));
    EXPECT_EQ(back.kind, config.kind);
    EXPECT_EQ(back.img_resolution, 128);
    EXPECT_EQ(back.mask_resolution, 128);
    EXPECT_EQ(back.channel_base, 1024);
    EXPECT_EQ(back.channel_max, 32);
    EXPECT_EQ(back.mbstd_group, 2);
    EXPECT_EQ(back.mapping_layers, 4);
    EXPECT_EQ(back.label_noise, 0.25);
    EXPECT_EQ(back.conv_clamp, std::nullopt);
  }
}

TEST(TrainingNetworks, NetworkFileOpensAsTheSameNetworks) {
  const test::ScratchFolder scratch;
  const TrainingOptions options = trainingPreset("smoke");
  const Generator generator(generatorConfig(options, 128), 1);
  const Discriminator discriminator(discriminatorConfig(options, 128), 2);
  SilentContext context;
  const std::vector<NetworkState> networks{generatorState("G_ema", generator, 48),
                                           discriminatorState("D", discriminator)};
  writeSafetensors(scratch / "network.safetensors", networks, {}, context);

  const Checkpoint checkpoint = openCheckpoint(scratch / "network.safetensors", context);
  EXPECT_EQ(checkpoint.network().key, "G_ema");
  const Generator generator_back = loadGenerator(checkpoint.network());
  EXPECT_EQ(generator_back.config().neural_resolution, 48);
  for (const auto& entry : generator.store().entries()) {
    EXPECT_TRUE(entry.tensor.equal(generator_back.store().at(entry.name))) << entry.name;
  }
  const Discriminator discriminator_back = loadDiscriminator(checkpoint.network("D"));
  for (const auto& entry : discriminator.store().entries()) {
    EXPECT_TRUE(entry.tensor.equal(discriminator_back.store().at(entry.name))) << entry.name;
  }
}

}  // namespace
}  // namespace panohead
