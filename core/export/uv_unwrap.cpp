#include "core/export/uv_unwrap.h"

#include "core/export/mesh_edges.h"
#include "core/export/mesh_raster.h"
#include "core/export/rectangle_pack.h"

#include <glm/common.hpp>
#include <glm/geometric.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>

namespace panohead {

namespace {

using Size = std::size_t;
using std::numbers::pi_v;

constexpr float kTurn = 2 * pi_v<float>;
constexpr int kGutter = 3;        // pixels between charts and around them
constexpr int kNormalPasses = 8;  // that normals are smoothed with before faces are sorted by them
constexpr int kLabelPasses = 10;  // that borders of charts are smoothed with
constexpr float kWallFacing =
    0.45F;  // cosine of a face's angle to the cylinder that it is still unrolled from
constexpr float kLeastFacing = 0.2F;  // and of the angle at which a neighbour's projection is still taken
constexpr float kNearAxis = 0.2F;     // of the mean distance from it
constexpr double kLeastArea = 5e-4;   // part of the surface: smaller pieces join a neighbour
constexpr int kLayers = 5;            // of one projection, outer ones first

/// How a face is flattened.
enum Projection { Wall, Right, Left, Up, Down, Front, Back, kProjections };

class Unwrapping {
 public:
  Unwrapping(Mesh& mesh, int side, JobContext& context)
      : mesh_(mesh), side_(side), context_(context), faces_(mesh.indices.size() / 3) {}

  UnwrapStats run() {
    measure();
    measureWall();
    step(0);
    findNeighbours();
    chooseProjections();
    step(1);
    smoothProjections();
    joinSmallPieces();
    measureWall();
    step(2);
    makeCharts();
    separateLayers();
    step(3);
    return place();
  }

 private:
  struct Face {
    glm::vec3 middle{0};
    glm::vec3 normal{0};                       // unit length
    std::array<std::uint32_t, 3> neighbour{};  // across each edge; itself where there is none
    float area = 0;
    int projection = Wall;
    int layer = 0;
    std::uint32_t chart = 0;
  };

  void step(int number) {
    context_.checkpoint();
    context_.report({"unwrapping", number, 5, {}});
  }

  std::uint32_t corner(Size face, Size k) const { return mesh_.indices[face * 3 + k % 3]; }

  void measure() {
    double area = 0, x = 0, z = 0;
    for (Size f = 0; f < faces_.size(); ++f) {
      const glm::vec3 &a = mesh_.positions[corner(f, 0)], &b = mesh_.positions[corner(f, 1)],
                      &c = mesh_.positions[corner(f, 2)];
      Face& face = faces_[f];
      face.middle = (a + b + c) / 3.0F;
      const glm::vec3 across = glm::cross(b - a, c - a);
      const float size = glm::length(across);
      face.area = size / 2;
      face.normal = size > 0 ? across / size : glm::vec3(0, 1, 0);
      area += face.area;
      x += static_cast<double>(face.middle.x) * face.area;
      z += static_cast<double>(face.middle.z) * face.area;
    }
    area_ = area;
    axis_ = {static_cast<float>(x / area), 0, static_cast<float>(z / area)};
  }

  /// The cylinder is as wide as what is unrolled from it, on the average (at first: as everything).
  void measureWall() {
    double area = 1e-12, radius = 0;
    for (const Face& face : faces_) {
      if (face.projection == Wall) {
        radius +=
            static_cast<double>(std::hypot(face.middle.x - axis_.x, face.middle.z - axis_.z)) * face.area;
        area += face.area;
      }
    }
    radius_ = static_cast<float>(radius / area);
  }

  void findNeighbours() {
    for (Size f = 0; f < faces_.size(); ++f) {
      faces_[f].neighbour.fill(static_cast<std::uint32_t>(f));
    }
    const std::vector<Side> sides = sortedSides(mesh_);
    eachEdge(sides, [&](Size first, Size last) {
      for (Size i = first; i + 1 < last; i += 2) {
        const Side &a = sides[i], &b = sides[i + 1];
        faces_[a.triangle].neighbour[a.number] = b.triangle;
        faces_[b.triangle].neighbour[b.number] = a.triangle;
      }
    });
  }

  glm::vec3 outward(const glm::vec3& point) const {
    const glm::vec3 away(point.x - axis_.x, 0, point.z - axis_.z);
    const float length = glm::length(away);
    return length > 0 ? away / length : glm::vec3(0, 0, 1);
  }
  /// What a projection looks against.
  glm::vec3 direction(int projection, const glm::vec3& point) const {
    if (projection == Wall) {
      return outward(point);
    }
    glm::vec3 d(0);
    d[(projection - 1) / 2] = (projection - 1) % 2 == 0 ? 1.0F : -1.0F;
    return d;
  }
  float fromAxis(const Face& face) const {
    return std::hypot(face.middle.x - axis_.x, face.middle.z - axis_.z);
  }
  /// Cosine of the angle between a face and what a projection looks against. Near the axis a cylinder tears
  /// faces apart.
  float facing(const Face& face, int projection) const {
    return projection == Wall && fromAxis(face) < kNearAxis * radius_
               ? -1.0F
               : glm::dot(face.normal, direction(projection, face.middle));
  }

  void chooseProjections() {
    std::vector<glm::vec3> smooth = mesh_.normals, sums(smooth.size());
    for (int pass = 0; pass < kNormalPasses; ++pass) {
      std::ranges::fill(sums, glm::vec3(0));
      for (Size f = 0; f < faces_.size(); ++f) {
        const glm::vec3 sum = smooth[corner(f, 0)] + smooth[corner(f, 1)] + smooth[corner(f, 2)];
        for (Size k = 0; k < 3; ++k) {
          sums[corner(f, k)] += sum;
        }
      }
      for (Size i = 0; i < sums.size(); ++i) {
        const float length = glm::length(sums[i]);
        smooth[i] = length > 0 ? sums[i] / length : smooth[i];
      }
    }
    for (Size f = 0; f < faces_.size(); ++f) {
      Face& face = faces_[f];
      const glm::vec3 normal = glm::normalize(smooth[corner(f, 0)] + smooth[corner(f, 1)] +
                                              smooth[corner(f, 2)] + face.normal * 1e-3F);
      face.projection = Wall;
      if (glm::dot(normal, outward(face.middle)) < kWallFacing || fromAxis(face) < kNearAxis * radius_) {
        face.projection = best(face, normal);
      }
      // What the smoothed normal says would be seen edge-on: the cut's large triangles have corners on its
      // rim.
      if (facing(face, face.projection) < kLeastFacing) {
        face.projection = best(face, face.normal);
      }
    }
  }

  /// The projection along an axis that looks most squarely against a normal.
  int best(const Face& face, const glm::vec3& normal) const {
    int result = Right;
    for (int p = Right; p < kProjections; ++p) {
      if (glm::dot(normal, direction(p, face.middle)) > glm::dot(normal, direction(result, face.middle))) {
        result = p;
      }
    }
    return result;
  }

  void smoothProjections() {
    for (int pass = 0; pass < kLabelPasses; ++pass) {
      bool changed = false;
      for (Face& face : faces_) {
        const int a = faces_[face.neighbour[0]].projection, b = faces_[face.neighbour[1]].projection,
                  c = faces_[face.neighbour[2]].projection;
        const int most = b == c ? b : a;  // of three; where all differ, any
        const bool agreed = a == b || a == c || b == c;
        if (agreed && most != face.projection && facing(face, most) > kLeastFacing) {
          face.projection = most;
          changed = true;
        }
      }
      if (!changed) {
        break;
      }
    }
  }

  /// The angle around the axis, 0 in front, in [-pi, pi]: the seam is at the back.
  float angle(const glm::vec3& point) const { return std::atan2(point.x - axis_.x, point.z - axis_.z); }

  bool connected(const Face& a, const Face& b) const {
    return a.projection == b.projection && a.layer == b.layer &&
           (a.projection != Wall || std::abs(angle(a.middle) - angle(b.middle)) < pi_v<float>);
  }

  void makeCharts() {
    Groups pieces(faces_.size());
    for (Size f = 0; f < faces_.size(); ++f) {
      for (const std::uint32_t n : faces_[f].neighbour) {
        if (connected(faces_[f], faces_[n])) {
          pieces.join(static_cast<std::uint32_t>(f), n);
        }
      }
    }
    std::unordered_map<std::uint32_t, std::uint32_t> number;
    for (Size f = 0; f < faces_.size(); ++f) {
      faces_[f].chart = number
                            .try_emplace(pieces.root(static_cast<std::uint32_t>(f)),
                                         static_cast<std::uint32_t>(number.size()))
                            .first->second;
    }
    charts_ = number.size();
  }

  void joinSmallPieces() {
    for (int pass = 0; pass < 4; ++pass) {
      makeCharts();
      std::vector<double> area(charts_);
      for (const Face& face : faces_) {
        area[face.chart] += face.area;
      }
      // The neighbouring projection with the longest border, counted in faces.
      std::vector<std::array<int, kProjections>> border(charts_);
      for (const Face& face : faces_) {
        for (const std::uint32_t n : face.neighbour) {
          if (faces_[n].chart != face.chart && area[faces_[n].chart] >= area[face.chart]) {
            ++border[face.chart][static_cast<Size>(faces_[n].projection)];
          }
        }
      }
      // A piece joins as a whole, and no projection that sees it from behind.
      std::vector<std::array<double, kProjections>> seen(charts_);
      for (const Face& face : faces_) {
        for (int p = 0; p < kProjections && area[face.chart] < kLeastArea * area_; ++p) {
          seen[face.chart][static_cast<Size>(p)] += double{facing(face, p)} * face.area;
        }
      }
      bool changed = false;
      for (Face& face : faces_) {
        if (area[face.chart] >= kLeastArea * area_) {
          continue;
        }
        int longest = face.projection;
        int length = 0;
        for (int p = 0; p < kProjections; ++p) {
          const auto side = static_cast<Size>(p);
          if (seen[face.chart][side] > 0 && border[face.chart][side] > length) {
            longest = p;
            length = static_cast<int>(border[face.chart][side]);
          }
        }
        changed = changed || longest != face.projection;
        face.projection = longest;
      }
      if (!changed) {
        break;
      }
    }
  }

  /// A point flattened, world units, y down; and how far out it lies. @param near angle that the result's is
  /// close to
  glm::vec3 flattened(const glm::vec3& p, int projection, float near) const {
    switch (projection) {
      case Wall: {
        float turn = angle(p);
        turn += turn - near > pi_v<float> ? -kTurn : near - turn > pi_v<float> ? kTurn : 0;
        return {turn * radius_, -p.y, std::hypot(p.x - axis_.x, p.z - axis_.z)};
      }
      case Right:
        return {-p.z, -p.y, p.x};
      case Left:
        return {p.z, -p.y, -p.x};
      case Up:
        return {p.x, p.z, p.y};
      case Down:
        return {p.x, -p.z, -p.y};
      case Front:
        return {p.x, -p.y, p.z};
      default:
        return {-p.x, -p.y, -p.z};
    }
  }
  std::array<glm::vec3, 3> flattened(Size f) const {
    std::array<glm::vec3, 3> result;
    const float near = faces_[f].projection == Wall ? angle(faces_[f].middle) : 0;
    for (Size k = 0; k < 3; ++k) {
      result[k] = flattened(mesh_.positions[corner(f, k)], faces_[f].projection, near);
    }
    return result;
  }

  /// Faces that lie behind others of their chart, seen along its projection, go to charts of their own.
  void separateLayers() {
    const auto cell = static_cast<float>(std::sqrt(1.6 * area_) / std::min(side_, 1024));
    const float tolerance = 6 * cell;
    for (int layer = 0; layer + 1 < kLayers; ++layer) {
      context_.checkpoint();
      bool moved = false;
      for (const auto& members : facesOfCharts()) {
        moved = separateChart(members, cell, tolerance) || moved;
      }
      if (!moved) {
        return;
      }
      makeCharts();
    }
  }

  std::vector<std::vector<std::uint32_t>> facesOfCharts() const {
    std::vector<std::vector<std::uint32_t>> members(charts_);
    for (Size f = 0; f < faces_.size(); ++f) {
      members[faces_[f].chart].push_back(static_cast<std::uint32_t>(f));
    }
    return members;
  }

  bool separateChart(const std::vector<std::uint32_t>& members, float cell, float tolerance) {
    constexpr float kFar = std::numeric_limits<float>::infinity();
    glm::vec2 low(kFar), high(-kFar);
    for (const std::uint32_t f : members) {
      for (const glm::vec3& p : flattened(f)) {
        low = glm::min(low, glm::vec2(p));
        high = glm::max(high, glm::vec2(p));
      }
    }
    const glm::ivec2 size = glm::ivec2((high - low) / cell) + 1;
    std::vector<float> outermost(static_cast<Size>(size.x) * static_cast<Size>(size.y), -kFar);
    const auto at = [&](int x, int y) -> float& {
      return outermost[static_cast<Size>(y) * static_cast<Size>(size.x) + static_cast<Size>(x)];
    };
    const auto middleOf = [&](const std::array<glm::vec3, 3>& p) {
      const glm::vec3 m = (p[0] + p[1] + p[2]) / 3.0F;
      const glm::ivec2 place = glm::clamp(glm::ivec2((glm::vec2(m) - low) / cell), glm::ivec2(0), size - 1);
      return std::pair(place, m.z);
    };
    for (const std::uint32_t f : members) {
      const auto p = flattened(f);
      const auto [place, out] = middleOf(p);
      at(place.x, place.y) = std::max(at(place.x, place.y), out);
      const auto flat = [&](Size k) { return (glm::vec2(p[k]) - low) / cell; };
      rasteriseTriangle({flat(0), flat(1), flat(2)}, size.x, size.y, [&](int x, int y, const glm::vec3& w) {
        at(x, y) = std::max(at(x, y), w.x * p[0].z + w.y * p[1].z + w.z * p[2].z);
      });
    }
    std::vector<std::uint32_t> hidden;
    double hidden_area = 0;
    for (const std::uint32_t f : members) {
      const auto [place, out] = middleOf(flattened(f));
      if (out < at(place.x, place.y) - tolerance) {
        hidden.push_back(f);
        hidden_area += faces_[f].area;
      }
    }
    if (hidden_area < 0.1 * kLeastArea * area_ || hidden.size() == members.size()) {
      return false;
    }
    for (const std::uint32_t f : hidden) {
      ++faces_[f].layer;
    }
    return true;
  }

  UnwrapStats place() {
    const auto members = facesOfCharts();
    constexpr float kFar = std::numeric_limits<float>::infinity();
    std::vector<glm::vec2> low(charts_, glm::vec2(kFar)), high(charts_, glm::vec2(-kFar));
    double flat_area = 0;
    for (Size f = 0; f < faces_.size(); ++f) {
      for (const glm::vec3& p : flattened(f)) {
        low[faces_[f].chart] = glm::min(low[faces_[f].chart], glm::vec2(p));
        high[faces_[f].chart] = glm::max(high[faces_[f].chart], glm::vec2(p));
      }
    }
    for (Size c = 0; c < charts_; ++c) {
      flat_area += static_cast<double>((high[c].x - low[c].x) * (high[c].y - low[c].y));
    }
    // Pixels a world unit: as many as fit; then upwards as many more as there is room for.
    std::vector<PackedRectangle> rectangles(charts_);
    const auto fits = [&](double across, double upwards) {
      context_.checkpoint();
      const auto pixels = [](float length, double scale) {
        return static_cast<int>(std::ceil(static_cast<double>(length) * scale)) + 1 + kGutter;
      };
      for (Size c = 0; c < charts_; ++c) {
        rectangles[c] = {.width = pixels(high[c].x - low[c].x, across),
                         .height = pixels(high[c].y - low[c].y, upwards)};
      }
      return packRectangles(rectangles, side_ - kGutter);
    };
    double scale = side_ / std::sqrt(flat_area);
    while (!fits(scale, scale)) {
      scale *= 0.985;
      if (scale * std::sqrt(area_) < 4) {
        throw MeshError("the texture is too small for the shape's pieces", "choose a larger one");
      }
    }
    constexpr double kMostStretch = 2;
    double stretch = kMostStretch;
    while (!fits(scale, scale * stretch)) {
      stretch = std::max(1.0, stretch - 0.05);
    }
    const glm::vec2 pixels_of_unit(static_cast<float>(scale), static_cast<float>(scale * stretch));
    step(4);
    // A vertex of its own for each chart, and for each turn of the wall.
    Mesh result;
    result.indices.resize(mesh_.indices.size());
    result.texture = mesh_.texture;
    std::unordered_map<std::uint64_t, std::uint32_t> made;
    made.reserve(mesh_.positions.size());
    UnwrapStats stats{.charts = static_cast<int>(charts_)};
    for (Size c = 0; c < charts_; ++c) {
      made.clear();
      const PackedRectangle& rectangle = rectangles[c];
      for (const std::uint32_t f : members[c]) {
        const auto flat = flattened(f);
        std::array<glm::vec2, 3> pixel;
        for (Size k = 0; k < 3; ++k) {
          const std::uint32_t vertex = corner(f, k);
          pixel[k] = (glm::vec2(flat[k]) - low[c]) * pixels_of_unit +
                     glm::vec2(static_cast<float>(rectangle.x), static_cast<float>(rectangle.y)) +
                     (static_cast<float>(kGutter) + 0.5F);
          const bool beyond = faces_[f].projection == Wall &&
                              std::abs(flat[k].x - angle(mesh_.positions[vertex]) * radius_) > radius_;
          const std::uint64_t key = std::uint64_t{vertex} << 2 | (beyond ? (flat[k].x > 0 ? 1U : 2U) : 0U);
          const auto [entry, fresh] =
              made.try_emplace(key, static_cast<std::uint32_t>(result.positions.size()));
          if (fresh) {
            result.positions.push_back(mesh_.positions[vertex]);
            result.normals.push_back(mesh_.normals[vertex]);
            if (!mesh_.colours.empty()) {
              result.colours.push_back(mesh_.colours[vertex]);
            }
            result.uvs.push_back(pixel[k] / static_cast<float>(side_));
          }
          result.indices[f * 3 + k] = entry->second;
        }
        const glm::vec2 u = pixel[1] - pixel[0], v = pixel[2] - pixel[0];
        stats.covered += std::abs(static_cast<double>(u.x * v.y - u.y * v.x)) / 2;
      }
    }
    stats.covered /= static_cast<double>(side_) * side_;
    mesh_ = std::move(result);
    return stats;
  }

  Mesh& mesh_;
  int side_;
  JobContext& context_;
  std::vector<Face> faces_;
  double area_ = 0;
  glm::vec3 axis_{0};
  float radius_ = 0;
  Size charts_ = 0;
};

}  // namespace

UnwrapStats unwrapHead(Mesh& mesh, int side, JobContext& context) {
  return Unwrapping(mesh, side, context).run();
}

}  // namespace panohead
