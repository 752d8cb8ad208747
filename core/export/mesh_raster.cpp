#include "core/export/mesh_raster.h"

#include <limits>

namespace panohead {

DepthPicture rasteriseDepth(const Mesh& mesh,
                            const Pinhole& camera,
                            int side,
                            const std::function<void()>& checkpoint) {
  constexpr std::size_t kBetweenStops = 1 << 16;  // triangles
  DepthPicture picture{side, {}};
  const auto pixels = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  picture.depth.assign(pixels, std::numeric_limits<float>::infinity());
  std::vector<glm::vec3> places(mesh.positions.size());
  const auto scale = static_cast<float>(side);
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] = camera.project(mesh.positions[i]) * glm::vec3(scale, scale, 1);
  }
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    if (i % (3 * kBetweenStops) == 0) {
      checkpoint();
    }
    const glm::vec3 &a = places[mesh.indices[i]], &b = places[mesh.indices[i + 1]],
                    &c = places[mesh.indices[i + 2]];
    if (!(a.z > 0 && b.z > 0 && c.z > 0)) {
      continue;
    }
    const glm::vec3 near(1 / a.z, 1 / b.z, 1 / c.z);  // what is linear in the picture
    rasteriseTriangle(
        {glm::vec2(a), glm::vec2(b), glm::vec2(c)}, side, side, [&](int x, int y, const glm::vec3& w) {
          float& depth = picture.depth[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
                                       static_cast<std::size_t>(x)];
          depth = std::min(depth, 1 / glm::dot(near, w));
        });
  }
  return picture;
}

}  // namespace panohead
