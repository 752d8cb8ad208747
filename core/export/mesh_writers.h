#pragma once

#include "core/export/mesh_file.h"
#include "core/export/output_file.h"

#include <string>

namespace panohead {

// Each writes one format; the mesh was checked, and is not empty. Positions are multiplied by
// metres_per_unit.

void writeGlb(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out);
/// @param material name of the .mtl file beside it; empty: none
void writeObj(const Mesh& mesh, const MeshFileOptions& options, const std::string& material, OutputFile& out);
/// @param texture name of the .png file beside it; empty: none
void writeMtl(const std::string& texture, OutputFile& out);
void writePly(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out);
void writeStl(const Mesh& mesh, const MeshFileOptions& options, OutputFile& out);

/// Colours of the vertices: the mesh's own, else what its texture has at their uvs, else none.
std::vector<glm::u8vec3> vertexColours(const Mesh& mesh);

/// [0, 1] of a byte of sRGB, in linear light.
float linearLight(std::uint8_t srgb) noexcept;

}  // namespace panohead
