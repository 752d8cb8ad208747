#pragma once

#include "core/generator/generator_config.h"

namespace panohead::test {

/// The smallest generator that has every part of a published one: 128 px, 2X super-resolution.
/// @param channels at most, of backbone and background
inline GeneratorConfig smallConfig(std::int64_t channels = 32, int samples = 8) {
  GeneratorConfig config;
  config.z_dim = 16;
  config.w_dim = 32;
  config.img_resolution = 128;
  config.super_resolution = SuperResolutionKind::X2;
  config.channel_base = 32 * channels;
  config.channel_max = channels;
  config.triplane_size = 64;
  config.neural_resolution = 16;
  config.volume.coarse_samples = config.volume.fine_samples = samples;
  return config;
}

}  // namespace panohead::test
