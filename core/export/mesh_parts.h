#pragma once

#include "core/export/mesh.h"

namespace panohead {

/// Leaves the component (connected by edges) with the most triangles. Vertices keep their order; those that
/// are no longer used go. @return how many triangles went
std::int64_t keepLargestComponent(Mesh& mesh);

/// Removes vertices that no triangle uses.
void dropUnusedVertices(Mesh& mesh);

/// Makes a closed mesh in which more than two triangles meet at some edges one where they do not: triangles
/// that lie back to back go, the others are paired around the edge, and every pair gets a middle of the edge
/// of its own. For meshes without uvs and colours. @return how many edges were mended
std::int64_t mendCrowdedEdges(Mesh& mesh);

}  // namespace panohead
