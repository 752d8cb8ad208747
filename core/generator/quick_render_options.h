#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/ScalarType.h>

#include <vector>

namespace panohead {

struct QuickRenderOptions {
  /// One kernel for each ray where the decoder has no activation (core/volume/quick_rays.h), in float32;
  /// false: operation by operation, as for other decoders.
  bool fused = true;
  at::ScalarType decoder_dtype = at::kBFloat16;  // of the decoder's matrix products where not fused
  /// Sources of random numbers (VolumeOptions::jitter, density noise): one for each item, so that an item's
  /// rays do not depend on the batch it is in; or empty: the default generator for all.
  std::vector<at::Generator> generators{};
};

}  // namespace panohead
