#pragma once

#include "core/export/mesh.h"
#include "core/export/pinhole.h"
#include "core/jobs/job.h"

#include <glm/vec4.hpp>

#include <cstdint>
#include <vector>

namespace panohead {

/// A point of a surface that wants a colour.
struct SurfacePoint {
  glm::vec3 position{0};  // world units
  glm::vec3 normal{0};    // unit length
};

/// Colours points of a surface from pictures of it. Every picture has a share in a point that it shows, the
/// larger the more squarely it looks at it: where one picture gives way to the next their shares change
/// smoothly, and no seam is seen. What is hidden behind the mesh, close to an outline, or not opaque in the
/// picture is not taken.
class ColourBake {
 public:
  /// @param mesh what may hide points; outlives the bake
  ColourBake(const Mesh& mesh, std::vector<SurfacePoint> points);

  /// @param picture RGB or RGBA (straight alpha), square  @param trust share of this picture beside equal
  /// ones. Throws Cancelled: then the bake is of no use.
  void addPicture(const Image& picture, const CameraLabel& camera, float trust, JobContext& context);

  struct Result {
    std::vector<glm::vec3> colours;   // of the points, [0, 255]
    std::vector<std::uint8_t> known;  // 0: no picture shows the point
  };
  Result result() const;

 private:
  const Mesh& mesh_;
  std::vector<SurfacePoint> points_;
  std::vector<glm::vec4> sums_;  // colour times share, share
  float size_ = 0;               // of the mesh, world units
};

/// Gives vertices without a colour the mean of their neighbours, from what is known outwards. Throws
/// Cancelled.
void fillVertexColours(const Mesh& mesh, ColourBake::Result& colours, JobContext& context);

}  // namespace panohead
