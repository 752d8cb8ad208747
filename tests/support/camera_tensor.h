#pragma once

#include "core/base/camera.h"
#include "core/tensor/prelude.h"

namespace panohead::test {

/// The label of an orbit view. [1, 25]
inline at::Tensor labelOf(const OrbitView& view) {
  const CameraLabel label = orbitLabel(view);
  return at::tensor(at::ArrayRef<float>(label.data(), label.size())).unsqueeze(0);
}

}  // namespace panohead::test
