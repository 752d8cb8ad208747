// Stereolithography, binary: shape alone.

#include "core/export/mesh_writers.h"

#include <glm/geometric.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace panohead {

void writeStl(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out) {
  if (mesh.triangles() > std::numeric_limits<std::uint32_t>::max()) {
    throw OptionError("the mesh has more triangles than an .stl file can hold",
                      "reduce its triangles, or write a .ply");
  }
  std::array<char, 80> header{};
  constexpr std::string_view kTitle = "PanoHead Studio, metres, y up";  // may not begin with "solid"
  std::ranges::copy(kTitle, header.begin());
  out.write(std::string_view(header.data(), header.size()));
  out.writeValue(static_cast<std::uint32_t>(mesh.triangles()));
  const auto scale = static_cast<float>(options.metres_per_unit);
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    std::array<glm::vec3, 4> facet{};  // normal, corners
    for (std::size_t k = 0; k < 3; ++k) {
      facet[k + 1] = mesh.positions[mesh.indices[i + k]] * scale;
    }
    const glm::vec3 normal = glm::cross(facet[2] - facet[1], facet[3] - facet[1]);
    const float length = glm::length(normal);
    facet[0] = length > 0 ? normal / length : glm::vec3(0);
    out.writeValue(facet);
    out.writeValue(std::uint16_t{0});
  }
}

}  // namespace panohead
