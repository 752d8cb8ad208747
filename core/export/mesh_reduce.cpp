#include "core/export/mesh_reduce.h"

#include "core/export/mesh_parts.h"

#include <glm/common.hpp>
#include <glm/geometric.hpp>

#ifdef PANOHEAD_HAVE_MESHOPTIMIZER
#include <meshoptimizer.h>
#endif

#include <algorithm>
#include <cmath>

namespace panohead {

bool canReduceMesh() noexcept {
#ifdef PANOHEAD_HAVE_MESHOPTIMIZER
  return true;
#else
  return false;
#endif
}

void reduceMesh(Mesh& mesh, std::int64_t triangles, JobContext& context) {
  if (mesh.triangles() <= triangles) {
    return;
  }
#ifdef PANOHEAD_HAVE_MESHOPTIMIZER
  // In steps, between which the user may cancel: each of the library's calls halves the mesh at most.
  // Mending adds a few triangles again.
  const std::int64_t before = mesh.triangles(), wanted = triangles - triangles / 200;
  for (;;) {
    context.checkpoint();
    context.report({"reducing", before - mesh.triangles(), before - wanted, {}});
    const std::int64_t now = mesh.triangles();
    const std::int64_t target = std::max(wanted, now * 3 / 4);
    constexpr float kAnyError = 1;  // of the mesh's size: the number of triangles decides
    std::vector<std::uint32_t> kept(mesh.indices.size());
    kept.resize(meshopt_simplify(kept.data(),
                                 mesh.indices.data(),
                                 mesh.indices.size(),
                                 &mesh.positions.front().x,
                                 mesh.positions.size(),
                                 sizeof(glm::vec3),
                                 static_cast<std::size_t>(target) * 3,
                                 kAnyError));
    mesh.indices = std::move(kept);
    if (mesh.triangles() <= wanted || mesh.triangles() >= now) {
      break;
    }
  }
  dropUnusedVertices(mesh);
  mendCrowdedEdges(mesh);  // the library collapses edges whose ends have other neighbours in common
#else
  (void)context;
  throw MeshError("this build cannot reduce meshes: it was made without meshoptimizer",
                  "ask for all triangles (0), or build with libmeshoptimizer-dev");
#endif
}

void smoothMesh(Mesh& mesh, int passes, JobContext& context) {
  // Neighbours of vertex i are neighbour[first[i]] .. neighbour[first[i + 1] - 1]: in a closed mesh every
  // edge is seen once from each of its ends.
  const std::size_t count = mesh.positions.size();
  std::vector<std::uint32_t> first(count + 1), neighbour(mesh.indices.size());
  for (const std::uint32_t i : mesh.indices) {
    ++first[i + 1];
  }
  for (std::size_t i = 0; i < count; ++i) {
    first[i + 1] += first[i];
  }
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (std::size_t i = 0; i < mesh.indices.size(); ++i) {
    const std::size_t triangle = i / 3 * 3;
    neighbour[next[mesh.indices[i]]++] = mesh.indices[triangle + (i + 1) % 3];
  }
  constexpr float kInward = 0.5F, kOutward = -0.53F;  // Taubin's lambda and mu: what passes is below 0.1
  std::vector<glm::vec3> moved(count);
  for (int pass = 0; pass < 2 * passes; ++pass) {
    context.checkpoint();
    context.report({"smoothing", pass / 2, passes, {}});
    const float share = pass % 2 == 0 ? kInward : kOutward;
    for (std::size_t i = 0; i < count; ++i) {
      glm::vec3 sum(0);
      for (std::uint32_t n = first[i]; n < first[i + 1]; ++n) {
        sum += mesh.positions[neighbour[n]];
      }
      const auto around = static_cast<float>(first[i + 1] - first[i]);
      moved[i] =
          around > 0 ? mesh.positions[i] + share * (sum / around - mesh.positions[i]) : mesh.positions[i];
    }
    mesh.positions.swap(moved);
  }
  if (passes > 0) {
    triangleNormals(mesh);
  }
}

void triangleNormals(Mesh& mesh) {
  mesh.normals.assign(mesh.positions.size(), glm::vec3(0));
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    const std::uint32_t* corner = mesh.indices.data() + i;
    const auto position = [&](std::size_t k) { return mesh.positions[corner[k % 3]]; };
    const glm::vec3 across = glm::cross(position(1) - position(0), position(2) - position(0));
    const float area = glm::length(across);
    if (!(area > 0)) {
      continue;
    }
    for (std::size_t k = 0; k < 3; ++k) {
      const glm::vec3 a = position(k + 1) - position(k), b = position(k + 2) - position(k);
      const float angle = std::atan2(area, glm::dot(a, b));
      mesh.normals[corner[k]] += across / area * angle;
    }
  }
  for (glm::vec3& n : mesh.normals) {
    const float length = glm::length(n);
    n = length > 0 ? n / length : glm::vec3(0, 1, 0);
  }
}

}  // namespace panohead
