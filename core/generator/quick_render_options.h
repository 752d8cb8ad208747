#pragma once

#include "core/tensor/quick_type.h"

#include <ATen/core/Generator.h>

#include <vector>

namespace panohead {

struct QuickRenderOptions {
  /// One kernel for each ray where the decoder has no activation (core/volume/quick_rays.h), in float32;
  /// false: operation by operation, as for other decoders.
  bool fused = true;
  at::ScalarType decoder_dtype = quickType();  // of the decoder's matrix products where not fused
  /// Sources of random numbers (VolumeOptions::jitter, density noise): one for each item, so that an item's
  /// rays do not depend on the batch it is in; or empty: the default generator for all.
  std::vector<at::Generator> generators{};
};

}  // namespace panohead
