#pragma once

#include "core/export/mesh.h"
#include "core/jobs/job.h"

namespace panohead {

/// Whether this build can reduce meshes (with meshoptimizer).
bool canReduceMesh() noexcept;

/// Reduces a mesh to at most `triangles` by collapsing edges where the surface changes least (Garland and
/// Heckbert, 1997). Vertices that stay keep what belongs to them; a watertight mesh stays watertight. Stops
/// earlier where no edge may collapse. Throws MeshError in a build without meshoptimizer, Cancelled.
void reduceMesh(Mesh& mesh, std::int64_t triangles, JobContext& context);

/// Smooths a surface without shrinking it (Taubin, 1995): `passes` times every vertex moves towards the mean
/// of its neighbours and then a little farther away from it. Normals are made anew, from the triangles.
/// Reports progress. Throws Cancelled.
void smoothMesh(Mesh& mesh, int passes, JobContext& context);

/// Normals of vertices from the triangles around them, weighted by their angle there.
void triangleNormals(Mesh& mesh);

}  // namespace panohead
