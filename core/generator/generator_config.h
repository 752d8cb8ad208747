#pragma once

#include "core/base/noise_mode.h"
#include "core/volume/volume_options.h"

#include <cstdint>
#include <optional>
#include <string>

namespace panohead {

enum class SuperResolutionKind { X2, X4, X8, X8DC };

/// Input size of super-resolution, and size of the background picture, where pictures of `resolution` pixels
/// are made: 128 for 256 and 512 as published, else half of the picture (64 for 128 as published, 32 for 64).
constexpr std::int64_t superResolutionInputFor(std::int64_t resolution) noexcept {
  return resolution <= 128 ? resolution / 2 : 128;
}

/// Everything that tells one published generator from another, as data: PanoHead and EG3D models
/// differ in nothing else.
struct GeneratorConfig {
  std::int64_t z_dim = 512;
  std::int64_t c_dim = 25;
  std::int64_t w_dim = 512;
  std::int64_t img_resolution = 512;  // pixels on a side of the super-resolved picture
  std::int64_t img_channels = 3;
  int mapping_layers = 2;
  std::int64_t channel_base = 32768;  // backbone; the background network has half
  std::int64_t channel_max = 512;
  std::optional<double> conv_clamp{};          // backbone and background
  std::optional<double> sr_conv_clamp{256.0};  // super-resolution: 256 in half-precision models
  std::int64_t neural_resolution = 64;         // pixels on a side of the volume-rendered picture

  std::int64_t triplane_size = 256;    // pixels on a side of a grid
  std::int64_t triplane_depth = 3;     // slices of a grid; 1 = EG3D's tri-plane
  std::int64_t feature_channels = 32;  // channels of a grid and of the rendered feature
  DecoderActivation decoder_activation = DecoderActivation::None;
  double decoder_lr_multiplier = 1.0;
  bool scale_feature = false;     // rendered features in [0, 1] are mapped to [-1, 1] (sigmoid decoders)
  bool torgb_raw = true;          // raw picture by a ToRGB layer; else the first three features
  bool background = true;         // has a background network
  bool camera_adjustment = true;  // has t_mapping
  int camera_adjustment_layers = 2;

  SuperResolutionKind super_resolution = SuperResolutionKind::X8DC;
  bool sr_antialias = true;
  NoiseMode sr_noise = NoiseMode::None;

  bool conditioning_zero = false;   // the conditioning label is replaced by zeros
  double conditioning_scale = 1.0;  // and multiplied by this
  VolumeOptions volume{};

  std::int64_t superResolutionInput() const noexcept { return superResolutionInputFor(img_resolution); }

  /// Reads the JSON text that checkpoint readers make (constructor keywords and rendering_kwargs).
  /// Throws CheckpointError naming the key that is missing or out of range.
  static GeneratorConfig fromJson(const std::string& text);
  /// JSON text that fromJson reads back, with the published names.
  std::string toJson() const;
  /// Throws CheckpointError naming the field.
  void check() const;
};

}  // namespace panohead
