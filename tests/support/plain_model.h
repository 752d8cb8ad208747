#pragma once

#include "core/session/model.h"

namespace panohead::test {

/// A small random model that the fast path does not know: too many channels.
inline ModelPtr modelWithoutFastPath() {
  GeneratorConfig config;
  config.z_dim = 16;
  config.w_dim = 32;
  config.img_resolution = 128;
  config.super_resolution = SuperResolutionKind::X2;
  config.channel_base = 1024;
  config.channel_max = 32;
  config.triplane_size = 64;
  config.feature_channels = 96;
  config.volume.coarse_samples = config.volume.fine_samples = 8;
  ModelInfo info;
  info.image_resolution = 128;
  return std::make_shared<const Model>(std::move(info), Generator(config, 5));
}

}  // namespace panohead::test
