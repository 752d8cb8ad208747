#pragma once

#include "core/session/model.h"
#include "tests/support/small_config.h"

namespace panohead::test {

/// A small random model that the fast path does not know: too many channels.
inline ModelPtr modelWithoutFastPath() {
  GeneratorConfig config = smallConfig();
  config.feature_channels = 96;
  ModelInfo info;
  info.image_resolution = 128;
  return std::make_shared<const Model>(std::move(info), Generator(config, 5));
}

}  // namespace panohead::test
