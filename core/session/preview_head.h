#pragma once

#include "core/base/image.h"
#include "core/volume/volume_options.h"

#include <cstdint>
#include <vector>

namespace panohead {

class Head;

/// A head as plain numbers, for a renderer that knows no LibTorch (render/preview): everything that its raw
/// picture, mask and depth are drawn from. Immutable in use; large (the grids: 14 MB for grids of 128).
struct PreviewHead {
  int size = 0;      // pixels on a side of a grid
  int slices = 0;    // of a grid; 1 = EG3D's tri-plane
  int channels = 0;  // of a grid; a multiple of 4

  /// IEEE half floats, [channels / 4][depth()][side()][side()][4]: each group of four channels is one RGBA
  /// 3-D texture with the three grids one behind the other. Zeros lie around every slice and before, between
  /// and behind the grids, so that smooth sampling finds nothing outside a grid, as the specification wants.
  std::vector<std::uint16_t> texels;
  int side() const noexcept { return size + 2; }
  int depth() const noexcept { return 3 * (slices + 1) + 1; }

  /// The decoder, gains multiplied in: softplus(hidden_weight * mean of the grids + hidden_bias), then
  /// density (row 0) and features.
  int hidden = 0;                                          // a multiple of 4
  int features = 0;                                        // a multiple of 4
  std::vector<float> hidden_weight;                        // [hidden][channels]
  std::vector<float> hidden_bias;                          // [hidden]
  std::vector<float> output_weight;                        // [1 + features][hidden]
  std::vector<float> output_bias;                          // [1 + features]
  DecoderActivation activation = DecoderActivation::None;  // of the features
  bool scale_feature = false;  // composited features are mapped from [0, 1] to [-1, 1]

  /// Raw picture = rgb_weight * feature + rgb_bias: the modulated ToRGB layer, or the first three features.
  std::vector<float> rgb_weight;  // [3][features]
  std::vector<float> rgb_bias;    // [3]

  /// Behind the head: a feature image, or nothing: then the picture is a cut-out, its colour divided by the
  /// weight that it has.
  bool cut_out = false;
  /// What a cut-out is laid over: square, RGB, of one pixel where that is a colour; empty = nothing.
  Image behind{};
  int background_size = 0;           // pixels on a side; 0 = none
  std::vector<float> background;     // [features][background_size][background_size], row 0 at the top
  bool background_antialias = true;  // when it is made smaller
  int neural_resolution = 0;         // pixels on a side, as the model's file says
  VolumeOptions volume{};            // as the model's file says
};

/// Moving pictures have at most so many times the model's own rays on a side.
inline constexpr int kFinestPreview = 2;

/// Whether such a renderer can draw it: pictures that fade into each other are not among its numbers.
bool hasPreview(const Head& head);

/// Copies what drawing needs out of a head. Throws Error when out of memory only.
PreviewHead makePreviewHead(const Head& head);

}  // namespace panohead
