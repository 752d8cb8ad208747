#pragma once

#include "core/checkpoint/checkpoint.h"

namespace panohead::test {

inline Checkpoint open(const std::filesystem::path& file) {
  SilentContext context;
  return openCheckpoint(file, context);
}

}  // namespace panohead::test
