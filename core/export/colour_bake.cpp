#include "core/export/colour_bake.h"

#include "core/export/mesh_raster.h"

#include <glm/common.hpp>
#include <glm/vec4.hpp>

#include <array>
#include <cmath>
#include <limits>

namespace panohead {

namespace {

constexpr float kHiddenBehind = 0.006F;  // of the mesh's size: so much nearer another surface hides a point
constexpr float kOutlineStep = 0.04F;    // of the mesh's size: an outline, to one of two neighbouring pixels
constexpr float kLeastFacing = 0.15F;    // cosine of the angle to a camera that still sees a point
constexpr float kSharpness = 20;         // power of that cosine: the squarest picture decides
constexpr std::size_t kBetweenStops = 1 << 16;  // points, between which the user may cancel

/// How near an outline a pixel is not: 1 well inside of a surface, 0 where the depth jumps beside it.
std::vector<float> insideness(const DepthPicture& depth, float step, JobContext& context) {
  constexpr int kReach = 2;  // pixels
  std::vector<float> inside(depth.depth.size());
  for (int y = 0; y < depth.side; ++y) {
    context.checkpoint();
    for (int x = 0; x < depth.side; ++x) {
      const float here = depth.at(x, y);
      float value = std::isfinite(here) ? 1.0F : 0.0F;
      for (int dy = -kReach; dy <= kReach && value > 0; ++dy) {
        for (int dx = -kReach; dx <= kReach; ++dx) {
          const int px = x + dx, py = y + dy;
          if (px < 0 || py < 0 || px >= depth.side || py >= depth.side) {
            continue;
          }
          const float away = std::sqrt(static_cast<float>(dx * dx + dy * dy));
          const bool jump = !(std::abs(depth.at(px, py) - here) < step * std::max(1.0F, away));
          value = jump ? std::min(value, std::max(0.0F, away - 1) / kReach) : value;
        }
      }
      inside[static_cast<std::size_t>(y) * static_cast<std::size_t>(depth.side) +
             static_cast<std::size_t>(x)] = value;
    }
  }
  return inside;
}

}  // namespace

ColourBake::ColourBake(const Mesh& mesh, std::vector<SurfacePoint> points)
    : mesh_(mesh), points_(std::move(points)), sums_(points_.size(), glm::vec4(0)) {
  const MeshBounds bounds = meshBounds(mesh);
  size_ = glm::length(bounds.high - bounds.low);
}

void ColourBake::addPicture(const Image& picture,
                            const CameraLabel& camera,
                            float trust,
                            JobContext& context) {
  const Pinhole pinhole(camera);
  const int side = picture.width;
  const DepthPicture depth = rasteriseDepth(mesh_, pinhole, side, [&context] { context.checkpoint(); });
  const std::vector<float> inside = insideness(depth, kOutlineStep * size_, context);
  const int channels = picture.channels;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (i % kBetweenStops == 0) {
      context.checkpoint();
    }
    const SurfacePoint& point = points_[i];
    const glm::vec3 towards = glm::normalize(pinhole.origin() - point.position);
    const float facing = glm::dot(point.normal, towards);
    if (facing < kLeastFacing) {
      continue;
    }
    const glm::vec3 place = pinhole.project(point.position);
    // Between the centres of four pixels.
    const float px = place.x * static_cast<float>(side) - 0.5F,
                py = place.y * static_cast<float>(side) - 0.5F;
    if (!(place.z > 0 && px >= 0 && py >= 0 && px < static_cast<float>(side - 1) &&
          py < static_cast<float>(side - 1))) {
      continue;
    }
    const int x = static_cast<int>(px), y = static_cast<int>(py);
    const float fx = px - static_cast<float>(x), fy = py - static_cast<float>(y);
    const std::array<float, 4> weights = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
    glm::vec3 colour(0);
    float opaque = 0, clear = 1;
    float nearest = std::numeric_limits<float>::infinity(), farthest = 0;
    for (int k = 0; k < 4; ++k) {
      const int qx = x + (k & 1), qy = y + (k >> 1);
      const std::uint8_t* pixel = picture.row(qy) + static_cast<std::ptrdiff_t>(qx) * channels;
      const float alpha = channels == 4 ? static_cast<float>(pixel[3]) / 255 : 1.0F;
      const float share = weights[static_cast<std::size_t>(k)] * alpha;
      colour += glm::vec3(pixel[0], pixel[channels > 1 ? 1 : 0], pixel[channels > 2 ? 2 : 0]) * share;
      opaque += share;
      clear = std::min(clear,
                       inside[static_cast<std::size_t>(qy) * static_cast<std::size_t>(side) +
                              static_cast<std::size_t>(qx)]);
      nearest = std::min(nearest, depth.at(qx, qy));
      farthest = std::max(farthest, depth.at(qx, qy));
    }
    // Steep surfaces have much depth within a pixel: the nearer of the four is theirs as well.
    const float slope = std::isfinite(farthest) ? farthest - nearest : 0.0F;
    if (place.z > nearest + kHiddenBehind * size_ + slope || !(opaque > 0.5F)) {
      continue;
    }
    const float share = trust * std::pow(facing, kSharpness) * (1e-3F + clear) * opaque * opaque;
    sums_[i] += glm::vec4(colour / opaque * share, share);
  }
}

ColourBake::Result ColourBake::result() const {
  Result result{std::vector<glm::vec3>(points_.size()), std::vector<std::uint8_t>(points_.size())};
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    if (sums_[i].w > 0) {
      result.colours[i] = glm::vec3(sums_[i]) / sums_[i].w;
      result.known[i] = 1;
    }
  }
  return result;
}

void fillVertexColours(const Mesh& mesh, ColourBake::Result& colours, JobContext& context) {
  for (bool more = true; more;) {
    more = false;
    std::vector<glm::vec4> sums(colours.colours.size(), glm::vec4(0));
    for (std::size_t i = 0; i < mesh.indices.size(); ++i) {
      if (i % kBetweenStops == 0) {
        context.checkpoint();
      }
      const std::size_t triangle = i / 3 * 3;
      const std::uint32_t a = mesh.indices[i], b = mesh.indices[triangle + (i + 1) % 3];
      for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
        if (colours.known[from] != 0 && colours.known[to] == 0) {
          sums[to] += glm::vec4(colours.colours[from], 1);
        }
      }
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (sums[i].w > 0) {
        colours.colours[i] = glm::vec3(sums[i]) / sums[i].w;
        colours.known[i] = 1;
        more = true;
      }
    }
  }
}

}  // namespace panohead
