#pragma once

#include "core/export/mesh.h"

namespace panohead {

/// Leaves the component (connected by edges) with the most triangles. Vertices keep their order; those that
/// are no longer used go. @return how many triangles went
std::int64_t keepLargestComponent(Mesh& mesh);

/// Removes vertices that no triangle uses.
void dropUnusedVertices(Mesh& mesh);

}  // namespace panohead
