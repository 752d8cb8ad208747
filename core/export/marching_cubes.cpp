#include "core/export/marching_cubes.h"

#include "core/base/error.h"
#include "core/base/system_memory.h"
#include "core/export/cube_table.h"

#include <fmt/format.h>
#include <glm/geometric.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace panohead {

namespace {

using Size = std::size_t;

constexpr int kLargestBlock = 16;  // cells on a side that are ruled out at once
constexpr int kBlock = 4;          // cells on a side that are sampled together
constexpr Size kBoxesAtOnce = 512;
constexpr Size kPointsAtOnce = 1 << 15;
constexpr std::uint32_t kNoVertex = std::numeric_limits<std::uint32_t>::max();

/// A block by its first cell on each axis.
struct Block {
  std::array<int, 3> cell;
};

/// Cells [first - 1, last + 1) of an axis have a corner among its points [first, last] that are not empty.
struct AxisRange {
  int first, last;
  int cells() const { return last - first + 2; }
};

class Extractor {
 public:
  Extractor(const DensityField& field, const SurfaceGrid& grid, JobContext& context)
      : field_(field), grid_(grid), context_(context) {
    const int n = grid.resolution, margin = std::max(1, grid.margin());
    const int bottom = std::max(1, grid.bottomMargin()), top = std::max(1, grid.topMargin());
    axes_ = {AxisRange{margin, n - 1 - margin}, {bottom, n - 1 - top}, {margin, n - 1 - margin}};
    for (Size a = 0; a < 3; ++a) {
      width_[a] = axes_[a].cells() + 1;  // points, with one empty on both sides
    }
    step_ = 2 * field.half() / static_cast<float>(n - 1);
    empty_ = grid.level > 0 ? 0.0F : grid.level - 1;
  }

  Mesh run() {
    std::vector<Block> blocks = crossedBlocks();
    requireMemory(blocks.size());
    fine(blocks);
    if (mesh_.empty()) {
      throw MeshError(fmt::format("there is no surface: nothing in the head is as dense as {}", grid_.level),
                      "choose a lower level, or another head");
    }
    if (!surface_found_) {
      throw MeshError(fmt::format("there is no surface: the whole volume is denser than {}", grid_.level),
                      "choose a higher level, or another head");
    }
    return std::move(mesh_);
  }

  const SurfaceStats& stats() const { return stats_; }

 private:
  // Points and cells are counted from the empty point before the first one, on each axis.
  float place(int i, Size axis) const {
    return static_cast<float>(axes_[axis].first - 1 + i) * step_ - field_.half();
  }
  glm::vec3 place(int x, int y, int z) const { return {place(x, 0), place(y, 1), place(z, 2)}; }
  bool isEmpty(int i, Size axis) const { return i == 0 || i == width_[axis] - 1; }
  bool isEmpty(int x, int y, int z) const { return isEmpty(x, 0) || isEmpty(y, 1) || isEmpty(z, 2); }

  /// The box of a block's points that are not empty. @return false where it has none
  bool fieldBox(const Block& block, int side, FieldBox& box, bool& touches_cut) const {
    touches_cut = false;
    for (Size a = 0; a < 3; ++a) {
      const int low = std::max(block.cell[a], 1);
      const int high = std::min(block.cell[a] + side, width_[a] - 2);
      if (low > high) {
        return false;
      }
      touches_cut =
          touches_cut || low > block.cell[a] || high < std::min(block.cell[a] + side, width_[a] - 1);
      box.low[static_cast<int>(a)] = place(low, a);
      box.high[static_cast<int>(a)] = place(high, a);
    }
    return true;
  }

  /// Drops the blocks whose range excludes the level. Where a block holds empty points, too, it has a surface
  /// as soon as something is dense.
  std::vector<Block> undecided(const std::vector<Block>& blocks,
                               int side,
                               std::int64_t& step,
                               std::int64_t total) {
    std::vector<Block> kept;
    std::vector<FieldBox> boxes;
    std::vector<Block> asked;
    std::vector<bool> cut;
    std::vector<DensityRange> ranges;
    for (Size first = 0; first < blocks.size(); first += kBoxesAtOnce) {
      context_.checkpoint();
      context_.report({"looking for the surface", step, total, {}});
      boxes.clear();
      asked.clear();
      cut.clear();
      for (Size i = first; i < std::min(blocks.size(), first + kBoxesAtOnce); ++i) {
        FieldBox box;
        bool touches_cut = false;
        if (fieldBox(blocks[i], side, box, touches_cut)) {
          boxes.push_back(box);
          asked.push_back(blocks[i]);
          cut.push_back(touches_cut);
        }
      }
      ranges.resize(boxes.size());
      field_.bounds(boxes, ranges);
      for (Size i = 0; i < boxes.size(); ++i) {
        // Written so that what is not a number is kept.
        const bool outside = ranges[i].most <= grid_.level;
        const bool inside = ranges[i].least > grid_.level && !cut[i];
        if (!outside && !inside) {
          kept.push_back(asked[i]);
        }
      }
      step += static_cast<std::int64_t>(std::min(kBoxesAtOnce, blocks.size() - first)) * side * side * side;
    }
    return kept;
  }

  std::vector<Block> crossedBlocks() {
    std::vector<Block> blocks;
    std::int64_t cells = kLargestBlock * kLargestBlock * kLargestBlock, total = 0;
    for (int z = 0; z < axes_[2].cells(); z += kLargestBlock) {
      for (int y = 0; y < axes_[1].cells(); y += kLargestBlock) {
        for (int x = 0; x < axes_[0].cells(); x += kLargestBlock) {
          blocks.push_back({{x, y, z}});
        }
      }
    }
    stats_.blocks = 0;
    for (int side = kLargestBlock; side >= kBlock; side /= 2) {
      if (side < kLargestBlock) {
        std::vector<Block> children;
        children.reserve(blocks.size() * 8);
        for (const Block& block : blocks) {
          for (int child = 0; child < 8; ++child) {
            Block part = block;
            bool there = true;
            for (Size a = 0; a < 3; ++a) {
              part.cell[a] += (child >> a & 1) * side;
              there = there && part.cell[a] < axes_[a].cells();
            }
            if (there) {
              children.push_back(part);
            }
          }
        }
        blocks = std::move(children);
      }
      std::int64_t step = 0;
      cells = std::int64_t{side} * side * side;
      total = static_cast<std::int64_t>(blocks.size()) * cells;
      blocks = undecided(blocks, side, step, total);
    }
    const auto blocksOf = [&](Size a) { return std::int64_t{(axes_[a].cells() + kBlock - 1) / kBlock}; };
    stats_.blocks = blocksOf(0) * blocksOf(1) * blocksOf(2);
    stats_.crossed = static_cast<std::int64_t>(blocks.size());
    std::ranges::sort(blocks, [](const Block& a, const Block& b) {
      return std::array{a.cell[2], a.cell[1], a.cell[0]} < std::array{b.cell[2], b.cell[1], b.cell[0]};
    });
    return blocks;
  }

  /// A block that the surface crosses holds about two triangles for each cell of a face; a ragged surface
  /// more.
  void requireMemory(Size blocks) const {
    constexpr double kBytesOfBlock = 2.5 * kBlock * kBlock * (3 * 4 + 0.5 * (12 + 12));
    const double layers = 4.0 * width_[0] * width_[1] * (kBlock + 1 + 5);
    const double needed =
        static_cast<double>(blocks) * kBytesOfBlock * 2 + layers;  // arrays grow by doubling
    const auto available = static_cast<double>(availableMemory());
    if (available > 0 && needed > available) {
      throw DeviceError(
          fmt::format("a mesh of resolution {} needs {:.1f} GB of memory, and {:.1f} GB are left",
                      grid_.resolution,
                      needed / 1e9,
                      available / 1e9),
          "choose a lower resolution, or close other programs");
    }
  }

  Size at(int x, int y) const {
    return static_cast<Size>(y) * static_cast<Size>(width_[0]) + static_cast<Size>(x);
  }
  Size layer() const { return static_cast<Size>(width_[0]) * static_cast<Size>(width_[1]); }

  /// All slabs of blocks, from low to high z.
  void fine(const std::vector<Block>& blocks) {
    values_.resize(layer() * (kBlock + 1));
    known_.resize(values_.size());
    for (auto& edges : {&x_edges_[0], &x_edges_[1], &y_edges_[0], &y_edges_[1], &z_edges_}) {
      edges->assign(layer(), kNoVertex);
    }
    int carried = -1;  // point layer whose values are in the last layer of values_
    for (Size first = 0; first < blocks.size();) {
      Size last = first;
      const int z = blocks[first].cell[2];
      while (last < blocks.size() && blocks[last].cell[2] == z) {
        ++last;
      }
      context_.checkpoint();
      context_.report({"surface", z, axes_[2].cells(), {}});
      if (carried == z) {
        std::copy(values_.end() - static_cast<std::ptrdiff_t>(layer()), values_.end(), values_.begin());
        std::copy(known_.end() - static_cast<std::ptrdiff_t>(layer()), known_.end(), known_.begin());
        std::fill(known_.begin() + static_cast<std::ptrdiff_t>(layer()), known_.end(), false);
      } else {
        std::fill(known_.begin(), known_.end(), false);
      }
      const std::span slab(blocks.data() + first, last - first);
      sample(slab, z);
      for (int k = 0; k < kBlock && z + k < axes_[2].cells(); ++k) {
        march(slab, z, k);
      }
      carried = z + kBlock;
      first = last;
    }
    context_.report({"surface", axes_[2].cells(), axes_[2].cells(), {}});
  }

  void sample(std::span<const Block> slab, int z0) {
    points_.clear();
    targets_.clear();
    const auto flush = [&] {
      context_.checkpoint();
      results_.resize(points_.size());
      field_.densities(points_, results_);
      for (Size i = 0; i < results_.size(); ++i) {
        if (!std::isfinite(results_[i])) {
          throw MeshError("the head's density is not a finite number everywhere",
                          "its model is damaged, or its latent is far out of range: choose another seed");
        }
        values_[targets_[i]] = results_[i];
      }
      stats_.sampled += static_cast<std::int64_t>(points_.size());
      points_.clear();
      targets_.clear();
    };
    for (const Block& block : slab) {
      for (int k = 0; k <= kBlock; ++k) {
        const int z = z0 + k;
        for (int y = block.cell[1]; y <= block.cell[1] + kBlock; ++y) {
          for (int x = block.cell[0]; x <= block.cell[0] + kBlock; ++x) {
            if (x >= width_[0] || y >= width_[1] || z >= width_[2]) {
              continue;
            }
            const Size target = static_cast<Size>(k) * layer() + at(x, y);
            if (known_[target] != 0) {
              continue;
            }
            known_[target] = 1;
            if (isEmpty(x, y, z)) {
              values_[target] = empty_;
            } else {
              points_.push_back(place(x, y, z));
              targets_.push_back(target);
            }
          }
        }
      }
      if (points_.size() >= kPointsAtOnce) {
        flush();
      }
    }
    flush();
  }

  /// Forgets the vertices of a layer's edges where blocks are.
  void forget(std::span<const Block> slab, std::vector<std::uint32_t>& edges) const {
    for (const Block& block : slab) {
      const int right = std::min(block.cell[0] + kBlock + 1, width_[0]);
      for (int y = block.cell[1]; y < std::min(block.cell[1] + kBlock + 1, width_[1]); ++y) {
        std::fill(edges.begin() + static_cast<std::ptrdiff_t>(at(block.cell[0], y)),
                  edges.begin() + static_cast<std::ptrdiff_t>(at(0, y)) + right,
                  kNoVertex);
      }
    }
  }

  /// One layer of cells, between point layers k and k + 1 of the slab.
  void march(std::span<const Block> slab, int z0, int k) {
    std::swap(x_edges_[0], x_edges_[1]);
    std::swap(y_edges_[0], y_edges_[1]);
    // Edges of the lower layer were seen by the slab below, where it has blocks; where it has none its cells
    // lie on one side of the surface, and no edge of theirs is asked for.
    for (auto* edges : {&x_edges_[1], &y_edges_[1], &z_edges_}) {
      forget(slab, *edges);
    }
    const float* below = values_.data() + static_cast<Size>(k) * layer();
    const float* above = below + layer();
    const int z = z0 + k;
    for (const Block& block : slab) {
      for (int y = block.cell[1]; y < std::min(block.cell[1] + kBlock, axes_[1].cells()); ++y) {
        for (int x = block.cell[0]; x < std::min(block.cell[0] + kBlock, axes_[0].cells()); ++x) {
          const Size base = at(x, y);
          const Size up = base + static_cast<Size>(width_[0]);
          const std::array<float, 8> corner = {below[base],
                                               below[base + 1],
                                               below[up],
                                               below[up + 1],
                                               above[base],
                                               above[base + 1],
                                               above[up],
                                               above[up + 1]};
          int code = 0;
          for (int c = 0; c < 8; ++c) {
            code |= (corner[static_cast<Size>(c)] > grid_.level ? 1 : 0) << c;
          }
          if (code != 0 && code != 255) {
            cell(x, y, z, corner, code);
          }
        }
      }
    }
  }

  void cell(int x, int y, int z, const std::array<float, 8>& corner, int code) {
    const CubeCase& shape = cubeCase(code);
    for (int i = 0; i < 3 * shape.triangles; ++i) {
      const int edge = shape.edges[static_cast<Size>(i)];
      const int low = edgeCorner(edge), axis = edge / 4;
      const int cx = x + (low & 1), cy = y + (low >> 1 & 1), cz = low >> 2;
      std::uint32_t& known = axis == 0   ? x_edges_[static_cast<Size>(cz)][at(cx, cy)]
                             : axis == 1 ? y_edges_[static_cast<Size>(cz)][at(cx, cy)]
                                         : z_edges_[at(cx, cy)];
      if (known == kNoVertex) {
        known = addVertex({cx, cy, z + cz},
                          axis,
                          corner[static_cast<Size>(low)],
                          corner[static_cast<Size>(low | 1 << axis)]);
      }
      mesh_.indices.push_back(known);
    }
  }

  std::uint32_t addVertex(const std::array<int, 3>& point, int axis, float low, float high) {
    constexpr float kLeast = 1e-4F;  // of a step: vertices at a corner of a cell stay apart
    const auto a = static_cast<Size>(axis);
    const bool low_empty = isEmpty(point[0], point[1], point[2]);
    std::array<int, 3> other = point;
    ++other[a];
    const bool high_empty = isEmpty(other[0], other[1], other[2]);
    float t = (grid_.level - low) / (high - low);
    glm::vec3 normal(0);
    if (low_empty != high_empty) {
      t = grid_.flat_cut ? 0.5F : t;
      normal[axis] = high_empty ? 1.0F : -1.0F;
    } else {
      surface_found_ = true;
    }
    glm::vec3 position = place(point[0], point[1], point[2]);
    position[axis] += std::clamp(t, kLeast, 1 - kLeast) * step_;
    if (mesh_.positions.size() >= kNoVertex) {
      throw MeshError("the surface has more vertices than files can hold", "choose a lower resolution");
    }
    mesh_.positions.push_back(position);
    mesh_.normals.push_back(normal);
    return static_cast<std::uint32_t>(mesh_.positions.size() - 1);
  }

  const DensityField& field_;
  const SurfaceGrid& grid_;
  JobContext& context_;
  std::array<AxisRange, 3> axes_;
  std::array<int, 3> width_{};
  float step_ = 0;
  float empty_ = 0;
  bool surface_found_ = false;
  Mesh mesh_;
  SurfaceStats stats_;

  std::vector<float> values_;                                    // [kBlock + 1][y][x]
  std::vector<std::uint8_t> known_;                              // the same
  std::array<std::vector<std::uint32_t>, 2> x_edges_, y_edges_;  // below and above: [y][x]
  std::vector<std::uint32_t> z_edges_;
  std::vector<glm::vec3> points_;
  std::vector<Size> targets_;
  std::vector<float> results_;
};

}  // namespace

void SurfaceGrid::check() const {
  if (resolution < 16 || resolution > 2048) {
    throw OptionError(fmt::format("resolution: {} is not in 16..2048", resolution));
  }
  if (!std::isfinite(level)) {
    throw OptionError("level: not a finite number");
  }
}

Mesh extractSurface(const DensityField& field,
                    const SurfaceGrid& grid,
                    JobContext& context,
                    SurfaceStats* stats) {
  grid.check();
  Extractor extractor(field, grid, context);
  Mesh mesh = extractor.run();
  if (stats != nullptr) {
    *stats = extractor.stats();
  }
  return mesh;
}

void gradientNormals(Mesh& mesh, const DensityField& field, float step, JobContext& context) {
  constexpr Size kVerticesAtOnce = 4096;
  mesh.normals.resize(mesh.positions.size(), glm::vec3(0));
  std::vector<Size> wanted;
  std::vector<glm::vec3> points;
  std::vector<float> values;
  for (Size i = 0; i < mesh.positions.size(); ++i) {
    if (mesh.normals[i] == glm::vec3(0)) {
      wanted.push_back(i);
    }
  }
  for (Size first = 0; first < wanted.size(); first += kVerticesAtOnce) {
    context.checkpoint();
    context.report(
        {"normals", static_cast<std::int64_t>(first), static_cast<std::int64_t>(wanted.size()), {}});
    const Size last = std::min(wanted.size(), first + kVerticesAtOnce);
    points.clear();
    for (Size i = first; i < last; ++i) {
      for (int axis = 0; axis < 3; ++axis) {
        for (const float side : {step, -step}) {
          points.push_back(mesh.positions[wanted[i]]);
          points.back()[axis] += side;
        }
      }
    }
    values.resize(points.size());
    field.densities(points, values);
    for (Size i = first; i < last; ++i) {
      const float* v = values.data() + (i - first) * 6;
      const glm::vec3 falls(v[1] - v[0], v[3] - v[2], v[5] - v[4]);
      const float length = glm::length(falls);
      mesh.normals[wanted[i]] = length > 0 && std::isfinite(length) ? falls / length : glm::vec3(0, 1, 0);
    }
  }
}

}  // namespace panohead
