#include "core/export/texture_bake.h"

#include "core/export/mesh_raster.h"
#include "core/export/push_pull.h"

#include <glm/common.hpp>

#include <cmath>
#include <limits>

namespace panohead {

namespace {

using Size = std::size_t;

constexpr Size kBetweenStops = 1 << 16;  // pixels or triangles, between which the user may cancel

/// Gives pixels beside known ones the mean of these: interpolation at the rim of a chart reads no foreign
/// colour.
void widen(std::vector<glm::vec3>& pixels, std::vector<std::uint8_t>& known, int side, JobContext& context) {
  const std::vector<std::uint8_t> before = known;
  for (int y = 0; y < side; ++y) {
    context.checkpoint();
    for (int x = 0; x < side; ++x) {
      const Size here = static_cast<Size>(y) * static_cast<Size>(side) + static_cast<Size>(x);
      if (before[here] != 0) {
        continue;
      }
      glm::vec3 sum(0);
      float count = 0;
      for (int py = std::max(0, y - 1); py <= std::min(side - 1, y + 1); ++py) {
        for (int px = std::max(0, x - 1); px <= std::min(side - 1, x + 1); ++px) {
          const Size there = static_cast<Size>(py) * static_cast<Size>(side) + static_cast<Size>(px);
          if (before[there] != 0) {
            sum += pixels[there];
            ++count;
          }
        }
      }
      if (count > 0) {
        pixels[here] = sum / count;
        known[here] = 1;
      }
    }
  }
}

}  // namespace

TexturePoints texturePoints(const Mesh& mesh, int side, JobContext& context) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  const auto scale = static_cast<float>(side);
  std::vector<std::uint32_t> triangle(static_cast<Size>(side) * static_cast<Size>(side), kNone);
  const auto corners = [&](Size t) {
    return std::array{mesh.uvs[mesh.indices[t]] * scale,
                      mesh.uvs[mesh.indices[t + 1]] * scale,
                      mesh.uvs[mesh.indices[t + 2]] * scale};
  };
  for (Size t = 0; t < mesh.indices.size(); t += 3) {
    if (t % (3 * kBetweenStops) == 0) {
      context.checkpoint();
    }
    rasteriseTriangle(corners(t), side, side, [&](int x, int y, const glm::vec3&) {
      triangle[static_cast<Size>(y) * static_cast<Size>(side) + static_cast<Size>(x)] =
          static_cast<std::uint32_t>(t / 3);
    });
  }
  TexturePoints result{side, {}, {}};
  for (Size i = 0; i < triangle.size(); ++i) {
    if (i % kBetweenStops == 0) {
      context.checkpoint();
    }
    if (triangle[i] == kNone) {
      continue;
    }
    const Size t = Size{triangle[i]} * 3;
    const auto corner = corners(t);
    const glm::vec2 p(static_cast<float>(i % static_cast<Size>(side)) + 0.5F,
                      static_cast<float>(i / static_cast<Size>(side)) + 0.5F);
    const glm::vec2 b = corner[1] - corner[0], c = corner[2] - corner[0], q = p - corner[0];
    const float area = b.x * c.y - b.y * c.x;
    const float v = (q.x * c.y - q.y * c.x) / area, w = (b.x * q.y - b.y * q.x) / area;
    const auto at = [&](const std::vector<glm::vec3>& values) {
      return values[mesh.indices[t]] * (1 - v - w) + values[mesh.indices[t + 1]] * v +
             values[mesh.indices[t + 2]] * w;
    };
    const glm::vec3 normal = at(mesh.normals);
    const float length = glm::length(normal);
    result.pixels.push_back(static_cast<std::uint32_t>(i));
    result.points.push_back(
        {at(mesh.positions), length > 0 ? normal / length : mesh.normals[mesh.indices[t]]});
  }
  return result;
}

Image textureOf(const TexturePoints& points, const ColourBake::Result& colours, JobContext& context) {
  const int side = points.side;
  std::vector<glm::vec3> pixels(static_cast<Size>(side) * static_cast<Size>(side), glm::vec3(0));
  std::vector<std::uint8_t> known(pixels.size());
  for (Size i = 0; i < points.pixels.size(); ++i) {
    pixels[points.pixels[i]] = colours.colours[i];
    known[points.pixels[i]] = colours.known[i];
  }
  constexpr int kRim = 2;  // pixels; less than lie between two charts
  for (int pass = 0; pass < kRim; ++pass) {
    widen(pixels, known, side, context);
  }
  pushPull(pixels, known, side, side, context);
  Image image(side, side, 3);
  for (Size i = 0; i < pixels.size(); ++i) {
    if (i % kBetweenStops == 0) {
      context.checkpoint();
    }
    for (int c = 0; c < 3; ++c) {
      image.pixels[i * 3 + static_cast<Size>(c)] =
          static_cast<std::uint8_t>(std::clamp(std::lround(pixels[i][c]), 0L, 255L));
    }
  }
  return image;
}

}  // namespace panohead
