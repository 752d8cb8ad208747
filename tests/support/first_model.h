#pragma once

#include "core/session/model.h"
#include "tests/support/places.h"

#include <filesystem>

namespace panohead::test {

/// The model that comes with the program, opened once a process.
inline ModelPtr firstModel() {
  static const ModelPtr model = [] {
    SilentContext context;
    return openModel(firstModelFile(), context);
  }();
  return model;
}

}  // namespace panohead::test
