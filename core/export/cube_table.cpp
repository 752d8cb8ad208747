#include "core/export/cube_table.h"

#include <vector>

namespace panohead {

namespace {

constexpr int kEdges = 12;

int axisBit(int corner, int axis) { return corner >> axis & 1; }

/// The edge along `axis` that a corner lies on.
int edgeOf(int corner, int axis) {
  const int first = axis == 0 ? 1 : 0, second = axis == 2 ? 1 : 2;
  return axis * 4 + axisBit(corner, first) + 2 * axisBit(corner, second);
}

/// The faces (axis * 2 + side) that an edge lies on, as bits.
int facesOf(int edge) {
  const int axis = edge / 4, corner = edgeCorner(edge);
  int faces = 0;
  for (int a = 0; a < 3; ++a) {
    if (a != axis) {
      faces |= 1 << (a * 2 + axisBit(corner, a));
    }
  }
  return faces;
}

/// next[e] is the edge that the surface's border reaches after e, walking the faces so that what is inside
/// lies to the right seen from outside of the cube; -1 where the surface does not cross e.
std::array<int, kEdges> borders(int code) {
  std::array<int, kEdges> next;
  next.fill(-1);
  for (int axis = 0; axis < 3; ++axis) {
    for (int side = 0; side < 2; ++side) {
      // Corners around the face, counterclockwise seen from outside the cube.
      const int u = (axis + 1) % 3, v = (axis + 2) % 3;
      std::array<int, 4> around;
      constexpr int kTurn[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
      for (int i = 0; i < 4; ++i) {
        const int* at = kTurn[side == 1 ? i : 3 - i];
        around[static_cast<std::size_t>(i)] = side << axis | at[0] << u | at[1] << v;
      }
      const auto inside = [&](int i) { return (code >> around[static_cast<std::size_t>(i & 3)] & 1) != 0; };
      const auto edge = [&](int i) {  // from corner i to the next one
        const int a = around[static_cast<std::size_t>(i & 3)],
                  b = around[static_cast<std::size_t>((i + 1) & 3)];
        const int along = (a ^ b) == 1 ? 0 : (a ^ b) == 2 ? 1 : 2;
        return edgeOf(a & b, along);
      };
      // A run of inside corners is cut off by one line, from the edge where it begins to the one where it
      // ends: two opposite corners are two runs.
      for (int begin = 0; begin < 4; ++begin) {
        if (inside(begin) && !inside(begin + 3)) {
          int end = begin;
          while (inside(end + 1)) {
            ++end;
          }
          next[static_cast<std::size_t>(edge(begin + 3))] = edge(end);
        }
      }
    }
  }
  return next;
}

/// Whether two edges of a loop that are not neighbours in it lie on one face: then the line between them is
/// not the rule's.
bool mayJoin(const std::vector<int>& loop, std::size_t a, std::size_t b) {
  const std::size_t n = loop.size();
  return (a + 1) % n == b || (b + 1) % n == a || (facesOf(loop[a]) & facesOf(loop[b])) == 0;
}

/// Triangles of the part [first, last] of a loop, found by trying; false where there are none.
bool cut(const std::vector<int>& loop,
         std::size_t first,
         std::size_t last,
         std::vector<std::array<std::size_t, 3>>& out) {
  if (last - first < 2) {
    return true;
  }
  for (std::size_t middle = first + 1; middle < last; ++middle) {
    if (!mayJoin(loop, first, middle) || !mayJoin(loop, middle, last)) {
      continue;
    }
    const std::size_t before = out.size();
    out.push_back({first, middle, last});
    if (cut(loop, first, middle, out) && cut(loop, middle, last, out)) {
      return true;
    }
    out.resize(before);
  }
  return false;
}

CubeCase makeCase(int code) {
  CubeCase result;
  const std::array<int, kEdges> next = borders(code);
  std::array<bool, kEdges> seen{};
  for (int start = 0; start < kEdges; ++start) {
    if (next[static_cast<std::size_t>(start)] < 0 || seen[static_cast<std::size_t>(start)]) {
      continue;
    }
    std::vector<int> loop;
    for (int e = start; !seen[static_cast<std::size_t>(e)]; e = next[static_cast<std::size_t>(e)]) {
      seen[static_cast<std::size_t>(e)] = true;
      loop.push_back(e);
    }
    std::vector<std::array<std::size_t, 3>> triangles;
    cut(loop, 0, loop.size() - 1, triangles);
    for (const auto& triangle : triangles) {
      for (std::size_t i = 0; i < 3; ++i) {
        result.edges[static_cast<std::size_t>(result.triangles) * 3 + i] =
            static_cast<std::int8_t>(loop[triangle[i]]);
      }
      ++result.triangles;
    }
  }
  return result;
}

std::array<CubeCase, 256> makeTable() {
  std::array<CubeCase, 256> table;
  for (int code = 0; code < 256; ++code) {
    table[static_cast<std::size_t>(code)] = makeCase(code);
  }
  return table;
}

}  // namespace

const CubeCase& cubeCase(int code) noexcept {
  static const std::array<CubeCase, 256> table = makeTable();
  return table[static_cast<std::size_t>(code)];
}

}  // namespace panohead
