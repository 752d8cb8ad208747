// Wavefront OBJ and MTL.

#include "core/export/mesh_writers.h"

#include <fmt/format.h>

#include <iterator>

namespace panohead {

void writeObj(const Mesh& mesh,
              const MeshFileOptions& options,
              const std::string& material,
              OutputFile& out) {
  const auto scale = static_cast<float>(options.metres_per_unit);
  fmt::memory_buffer line;
  const auto flush = [&] {
    out.write(std::string_view(line.data(), line.size()));
    line.clear();
  };
  fmt::format_to(std::back_inserter(line), "# PanoHead Studio, metres, y up\n");
  if (!material.empty()) {
    fmt::format_to(std::back_inserter(line), "mtllib {}\n", material);
  }
  fmt::format_to(std::back_inserter(line), "o head\n");
  flush();
  // Readers know no colours beside a texture, but most take three more numbers of a vertex as one.
  const bool coloured = material.empty() && !mesh.colours.empty();
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) {
    const glm::vec3 p = mesh.positions[i] * scale;
    fmt::format_to(std::back_inserter(line), "v {:.7g} {:.7g} {:.7g}", p.x, p.y, p.z);
    if (coloured) {
      const glm::vec3 c = glm::vec3(mesh.colours[i]) / 255.0F;
      fmt::format_to(std::back_inserter(line), " {:.4f} {:.4f} {:.4f}", c.r, c.g, c.b);
    }
    line.push_back('\n');
    flush();
  }
  const bool textured = !material.empty();
  if (textured) {
    for (const glm::vec2& uv : mesh.uvs) {
      fmt::format_to(std::back_inserter(line), "vt {:.6f} {:.6f}\n", uv.x, 1 - uv.y);
      flush();
    }
  }
  for (const glm::vec3& n : mesh.normals) {
    fmt::format_to(std::back_inserter(line), "vn {:.5f} {:.5f} {:.5f}\n", n.x, n.y, n.z);
    flush();
  }
  out.write(textured ? "usemtl head\n" : "");
  const bool normals = !mesh.normals.empty();
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    line.push_back('f');
    for (std::size_t k = i; k < i + 3; ++k) {
      const std::uint64_t n = std::uint64_t{mesh.indices[k]} + 1;
      if (textured && normals) {
        fmt::format_to(std::back_inserter(line), " {0}/{0}/{0}", n);
      } else if (textured) {
        fmt::format_to(std::back_inserter(line), " {0}/{0}", n);
      } else if (normals) {
        fmt::format_to(std::back_inserter(line), " {0}//{0}", n);
      } else {
        fmt::format_to(std::back_inserter(line), " {}", n);
      }
    }
    line.push_back('\n');
    flush();
  }
}

void writeMtl(const std::string& texture, OutputFile& out) {
  out.write(
      fmt::format("# PanoHead Studio\nnewmtl head\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nNs 10\nd 1\nillum 1\n"
                  "map_Kd {}\n",
                  texture));
}

}  // namespace panohead
