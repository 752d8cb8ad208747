#include "core/training/training_networks.h"

#include "core/base/error.h"
#include "core/tensor/record_tensor.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace panohead {
namespace {

constexpr double kHalfPrecisionClamp = 256.0;

SuperResolutionKind superResolutionFor(int resolution) {
  switch (resolution) {
    case 64:  // from 32 px
    case 128:
      return SuperResolutionKind::X2;
    case 256:
      return SuperResolutionKind::X4;
    case 512:
      return SuperResolutionKind::X8DC;
    default:
      throw OptionError(
          fmt::format("--resolution: there is no super-resolution network for {} px", resolution),
          "choose 64, 128, 256 or 512; larger pictures are shrunk");
  }
}

DecoderActivation activationOf(const std::string& name) {
  return name == "sigmoid" ? DecoderActivation::Sigmoid
         : name == "lrelu" ? DecoderActivation::LeakyRelu
                           : DecoderActivation::None;
}

NoiseMode noiseOf(const std::string& name) {
  return name == "random" ? NoiseMode::Random : name == "const" ? NoiseMode::Const : NoiseMode::None;
}

std::optional<double> clampOf(const TrainingOptions& options) {
  return options.num_fp16_res > 0 ? std::optional(kHalfPrecisionClamp) : std::nullopt;
}

}  // namespace

GeneratorConfig generatorConfig(const TrainingOptions& o, int resolution) {
  GeneratorConfig c;
  c.z_dim = o.z_dim;
  c.w_dim = o.w_dim;
  c.img_resolution = resolution;
  c.mapping_layers = o.map_depth;
  c.channel_base = o.cbase;
  c.channel_max = o.cmax;
  c.conv_clamp = std::nullopt;  // the backbone runs in full precision
  c.sr_conv_clamp = clampOf(o);
  c.neural_resolution = o.neural_rendering_resolution_initial;
  c.triplane_size = o.triplane_size;
  c.triplane_depth = o.triplane_depth;
  c.decoder_activation = activationOf(o.decoder_activation);
  c.decoder_lr_multiplier = o.decoder_lr_mul;
  c.scale_feature = c.decoder_activation == DecoderActivation::Sigmoid;
  c.torgb_raw = o.use_torgb_raw;
  c.background = o.background;
  c.camera_adjustment = o.camera_adjustment;
  c.super_resolution = superResolutionFor(resolution);
  c.sr_noise = noiseOf(o.sr_noise_mode);
  c.conditioning_zero = !o.gen_pose_cond;
  c.conditioning_scale = o.c_scale;
  c.volume.coarse_samples = o.depth_resolution;
  c.volume.fine_samples = o.depth_resolution_importance;
  c.volume.ray_start = o.ray_start;
  c.volume.ray_end = o.ray_end;
  c.volume.box_warp = o.box_warp;
  try {
    c.check();
  } catch (const CheckpointError& error) {
    throw OptionError(fmt::format("the options describe no generator: {}", error.what()),
                      "change the option that the message names");
  }
  return c;
}

DiscriminatorConfig discriminatorConfig(const TrainingOptions& o, int resolution) {
  DiscriminatorConfig c;
  c.kind = o.discriminator == "dual" ? DiscriminatorKind::Dual
           : o.discriminator == "v1" ? DiscriminatorKind::MaskV1
                                     : DiscriminatorKind::MaskV2;
  c.img_resolution = resolution;
  c.mask_resolution = std::min<std::int64_t>(resolution, c.mask_resolution);
  c.channel_base = o.d_cbase;
  c.channel_max = o.d_cmax;
  c.conv_clamp = clampOf(o);
  c.mbstd_group = o.mbstd_group;
  c.mapping_layers = o.d_map_depth;
  c.label_noise = o.disc_c_noise;
  return c;
}

NetworkState generatorState(const std::string& key,
                            const Generator& generator,
                            std::int64_t neural_resolution) {
  GeneratorConfig config = generator.config();
  config.neural_resolution = neural_resolution;
  return {.key = key,
          .class_name = "TriPlaneGenerator",
          .config = config.toJson(),
          .tensors = toRecords(generator.store())};
}

NetworkState discriminatorState(const std::string& key, const Discriminator& discriminator) {
  return {.key = key,
          .class_name = discriminatorClass(discriminator.config().kind),
          .config = discriminatorJson(discriminator.config()),
          .tensors = toRecords(discriminator.store())};
}

std::string discriminatorJson(const DiscriminatorConfig& c) {
  using Json = nlohmann::json;
  const Json json{{"c_dim", c.c_dim},
                  {"img_resolution", c.img_resolution},
                  {"img_channels", c.img_channels},
                  {"seg_resolution", c.mask_resolution},
                  {"seg_channels", 1},
                  {"channel_base", c.channel_base},
                  {"channel_max", c.channel_max},
                  {"conv_clamp", c.conv_clamp ? Json(*c.conv_clamp) : Json()},
                  {"disc_c_noise", c.label_noise},
                  {"mapping_kwargs", {{"num_layers", c.mapping_layers}}},
                  {"epilogue_kwargs", {{"mbstd_group_size", c.mbstd_group}}}};
  return json.dump();
}

const char* discriminatorClass(DiscriminatorKind kind) {
  switch (kind) {
    case DiscriminatorKind::Dual:
      return "DualDiscriminator";
    case DiscriminatorKind::MaskV1:
      return "MaskDualDiscriminator";
    case DiscriminatorKind::MaskV2:
      break;
  }
  return "MaskDualDiscriminatorV2";
}

}  // namespace panohead
