#pragma once

#include <ATen/core/Generator.h>
#include <c10/core/ScalarType.h>

#include <vector>

namespace panohead {

struct QuickRenderOptions {
  at::ScalarType decoder_dtype = at::kBFloat16;  // of the decoder's matrix products; or float32
  /// Sources of random numbers (VolumeOptions::jitter, density noise): one for each item, so that an item's
  /// rays do not depend on the batch it is in; or empty: the default generator for all.
  std::vector<at::Generator> generators{};
};

}  // namespace panohead
