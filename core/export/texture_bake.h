#pragma once

#include "core/export/colour_bake.h"
#include "core/export/mesh.h"

#include <cstdint>
#include <vector>

namespace panohead {

/// The pixels of a texture that an unwrapped mesh covers, and the points of the surface that they show.
struct TexturePoints {
  int side = 0;                       // pixels
  std::vector<std::uint32_t> pixels;  // covered ones, row by row
  std::vector<SurfacePoint> points;   // of each of them
};

/// @param mesh with uvs and normals. Throws Cancelled.
TexturePoints texturePoints(const Mesh& mesh, int side, JobContext& context);

/// A texture from the colours of its points: what no picture shows and what lies between charts is filled
/// from what is around it. Throws Cancelled.
Image textureOf(const TexturePoints& points, const ColourBake::Result& colours, JobContext& context);

}  // namespace panohead
