#pragma once

#include "core/export/mesh.h"

#include <numeric>
#include <vector>

namespace panohead {

/// Numbers that are joined into groups (union-find).
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }
  /// The number that stands for i's group.
  std::uint32_t root(std::uint32_t i) {
    while (parent_[i] != i) {
      i = parent_[i] = parent_[parent_[i]];
    }
    return i;
  }
  /// b's root stands for both.
  void join(std::uint32_t a, std::uint32_t b) { parent_[root(a)] = root(b); }
  std::int64_t count() const {
    std::int64_t roots = 0;
    for (std::uint32_t i = 0; i < parent_.size(); ++i) {
      roots += parent_[i] == i ? 1 : 0;
    }
    return roots;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

/// One side of a triangle: from its corner `number` to the next.
struct Side {
  std::uint32_t low, high;  // vertices
  std::uint32_t triangle;
  std::uint8_t number;
  bool forward;  // runs from low to high
};

/// By edge, then by triangle.
std::vector<Side> sortedSides(const Mesh& mesh);

/// Calls visit(first, last) for the sides of every edge: those in [first, last).
template <typename Visit>
void eachEdge(const std::vector<Side>& sides, const Visit& visit) {
  for (std::size_t i = 0; i < sides.size();) {
    std::size_t end = i;
    while (end < sides.size() && sides[end].low == sides[i].low && sides[end].high == sides[i].high) {
      ++end;
    }
    visit(i, end);
    i = end;
  }
}

}  // namespace panohead
