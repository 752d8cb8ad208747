#pragma once

#include "core/session/preview_head.h"

#include <glm/vec4.hpp>

#include <span>
#include <vector>

namespace panohead::render {

/// A head's decoder and ToRGB as the shader wants them (resources/shaders/tri_grid_preview.glsl): the layers
/// behind the last activation are linear, so they become one, from hidden values to four outputs.
struct PreviewDecoder {
  int output_quads = 0;             // 1: outputs are density, red, green, blue; else 1 + features / 4
  std::vector<float> hidden_layer;  // std140 of the block HiddenLayer
  std::vector<float> output_layer;  // std140 of the block OutputLayer
  glm::vec4 white{0};               // added to the colour for each unit of light that a ray lets through
  glm::vec4 colour_offset{0};       // xyz: added at the end; w: factor of the composited colour
};

/// Throws OptionError when sizes are no multiples of four or do not fit the shader.
PreviewDecoder previewDecoder(const PreviewHead& head);

/// Colours that a head's background adds behind it: ToRGB of the feature image, made `resolution` pixels
/// wide.
/// @return [resolution][resolution][4], row 0 at the top; zeros where the head has none
std::vector<float> previewBackdrop(const PreviewHead& head, int resolution);

/// Bilinear resizing of a square picture; the filter grows with the step when `antialias` (as
/// core/nn/resample.h does). @param picture [size][size][4]  @return [result][result][4]
std::vector<float> resizeSquare(std::span<const float> picture, int size, int result, bool antialias);

}  // namespace panohead::render
