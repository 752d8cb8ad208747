#pragma once

#include "core/inversion/fit.h"

#include <ATen/core/Tensor.h>

namespace panohead {

/// A photo as the losses want it, at the model's two sizes.
struct PhotoTarget {
  at::Tensor image;       // [1, 3, R, R] in [-1, 1]
  at::Tensor image_raw;   // [1, 3, r, r], means over areas
  at::Tensor mask;        // [1, 1, R, R] in [0, 1]; undefined: unknown
  at::Tensor mask_raw;    // [1, 1, r, r], the same
  at::Tensor weight;      // [1, 1, R, R] what a pixel counts, mean 1
  at::Tensor weight_raw;  // [1, 1, r, r]
};

/// Throws ImageError: none, or one of them is empty, not square, smaller than 32 px, without a camera, has a
/// mask of another size or without a person.
void checkPhotos(const std::vector<FitPhoto>& photos);

/// A mask that is white all over says nothing and counts as unknown.
/// @param photo that checkPhotos() takes  @param outside weight of a pixel outside of the mask, inside is 1
PhotoTarget photoTarget(const FitPhoto& photo,
                        std::int64_t resolution,
                        std::int64_t raw_resolution,
                        double outside);

/// [1, C, H, W] in 0..1, float32.
at::Tensor imageTensor(const Image& image);
/// The picture of [1, 3, H, W] in [-1, 1].
Image tensorImage(const at::Tensor& picture);

}  // namespace panohead
