#pragma once

#include "core/training/warmup/picture_bank.h"
#include "core/volume/ray_sampler.h"

#include <cstdint>
#include <vector>

namespace panohead {

struct PatchOptions {
  int patch = 32;   // pixels on a side at the neural resolution
  int neural = 64;  // pixels on a side of the raw picture
  int views = 2;    // of every person
  int margin = 8;   // pixels at a rim inside the picture where the large patch does not count, because
                    // super-resolution sees zeros beyond it
};

/// Square parts of several views of some people, over random smooth backgrounds.
struct PatchBatch {
  at::Tensor people;      // int64 [n]
  Rays rays;              // [n, views * p * p, 3]
  at::Tensor raw;         // [n * views, 3, p, p] the picture over the background, [-1, 1]
  at::Tensor mask;        // [n * views, 1, p, p] in [0, 1]
  at::Tensor background;  // [n * views, 3, p, p]
  // The first view of everyone at the picture's resolution:
  at::Tensor large;             // [n, 3, P, P] over the background
  at::Tensor large_mask;        // [n, 1, P, P]
  at::Tensor large_background;  // [n, 3, P, P]
  at::Tensor counts;            // [n, 1, P, P] 1 where the loss counts
};

/// @param people indices; one of whom no two pictures can be decoded throws DatasetError
/// @param seeds one per person: decides views, places and backgrounds
PatchBatch makePatchBatch(PictureBank& bank,
                          const std::vector<std::int64_t>& people,
                          const std::vector<std::uint64_t>& seeds,
                          const PatchOptions& options);

}  // namespace panohead
