#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace panohead {

/// The surface inside one cube whose corners are above or below a level (Lorensen and Cline, 1987), by a rule
/// in place of published tables: on every face of the cube, corners that are inside are cut off one by one.
/// The rule looks at the four corners of the face alone, so that the two cubes that share a face agree on it,
/// and surfaces have no holes.
///
/// Corner c lies at (c & 1, c >> 1 & 1, c >> 2). Edge e runs along axis e / 4 from the corner whose other two
/// coordinates (in the order of the axes) are e & 1 and e >> 1 & 1. Triangles are counterclockwise seen from
/// where the corners are outside, and no two vertices of one face are joined but by the lines that the rule
/// draws on it: neighbouring cubes never share such an edge by accident.
struct CubeCase {
  static constexpr std::size_t kMostTriangles = 12;
  int triangles = 0;
  std::array<std::int8_t, 3 * kMostTriangles> edges{};  // three a triangle
};

/// @param code bit c is set when corner c is inside (above the level)
const CubeCase& cubeCase(int code) noexcept;

/// The lower corner of an edge.
constexpr int edgeCorner(int edge) noexcept {
  const int axis = edge / 4, low = edge & 1, high = edge >> 1 & 1;
  return axis == 0 ? low * 2 + high * 4 : axis == 1 ? low + high * 4 : low + high * 2;
}

}  // namespace panohead
