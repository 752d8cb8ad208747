// Stanford PLY, binary.

#include "core/export/mesh_writers.h"

#include <fmt/format.h>

namespace panohead {

void writePly(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out) {
  const auto scale = static_cast<float>(options.metres_per_unit);
  const std::vector<glm::u8vec3> colours = vertexColours(mesh);
  std::string header = fmt::format(
      "ply\nformat binary_little_endian 1.0\ncomment PanoHead Studio, metres, y up\nelement vertex {}\n"
      "property float x\nproperty float y\nproperty float z\n",
      mesh.positions.size());
  header += mesh.normals.empty() ? "" : "property float nx\nproperty float ny\nproperty float nz\n";
  header += colours.empty() ? "" : "property uchar red\nproperty uchar green\nproperty uchar blue\n";
  header +=
      fmt::format("element face {}\nproperty list uchar uint vertex_indices\nend_header\n", mesh.triangles());
  out.write(header);
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    out.writeValue(mesh.positions[i] * scale);
    if (!mesh.normals.empty()) {
      out.writeValue(mesh.normals[i]);
    }
    if (!colours.empty()) {
      out.writeValue(colours[i]);
    }
  }
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    out.writeValue(std::uint8_t{3});
    out.write(std::as_bytes(std::span(mesh.indices).subspan(i, 3)));
  }
}

}  // namespace panohead
