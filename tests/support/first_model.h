#pragma once

#include "core/session/model.h"

#include <filesystem>

namespace panohead::test {

/// The model that comes with the program, opened once a process.
inline ModelPtr firstModel() {
  static const ModelPtr model = [] {
    SilentContext context;
    return openModel(
        std::filesystem::path(PANOHEAD_SOURCE_DIR) / "resources/models/heads256/model.safetensors", context);
  }();
  return model;
}

}  // namespace panohead::test
