#pragma once

#include "core/export/mesh.h"
#include "core/jobs/job.h"

#include <filesystem>
#include <vector>

namespace panohead {

/// glTF 2.0 in one file; Wavefront OBJ with MTL and `name_texture.png` beside it; Stanford PLY (binary); STL
/// (binary, shape only).
enum class MeshFormat { Glb, Obj, Ply, Stl };

struct MeshFileOptions {
  double metres_per_unit = 0.4;  // life-size for heads aligned as the published ones (eyes 0.15 units apart)
  bool unlit = false;  // GLB: the colours carry their light, shaders shall add none (KHR_materials_unlit)
  bool jpeg = false;   // GLB: texture as JPEG (quality 92) rather than PNG
  void check() const;  // throws OptionError naming the field
};

/// By the suffix of a name. Throws OptionError naming the suffixes that are known.
MeshFormat meshFormatOf(const std::filesystem::path& path);

/// Writes a mesh in metres, y up. Nothing appears under the final names before all of it is written; an OBJ's
/// texture and material appear before the file that names them. Normals, uvs, colours and texture are written
/// where the mesh and the format have them.
/// @return the files written, the named one first
/// Throws MeshError (bad mesh), OptionError (suffix; more than the format can hold), SaveError, Cancelled.
std::vector<std::filesystem::path> saveMesh(const Mesh& mesh,
                                            const std::filesystem::path& path,
                                            const MeshFileOptions& options,
                                            JobContext& context);

}  // namespace panohead
