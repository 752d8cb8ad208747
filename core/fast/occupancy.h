#pragma once

#include "core/kernels/kernel_table.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace panohead::fast {

/// Where a volume is empty, so that rays need not look there. A cell counts as empty when the density at its
/// corners, and at those of the cells around it, is so small that a ray through nothing else would let more
/// than 99.8 % of its light pass. That is a measurement at as many points as the grid has corners, not a
/// proof: what is smaller than two cells and far from everything else can be missed. The density of empty
/// cells is kept, in steps, for the neighbours of what shows.
class Occupancy {
 public:
  /// Measures. @param half side of the cube / 2, world units
  /// @param checkpoint may be empty; called again and again, may throw to cancel
  Occupancy(const kernels::DrawKernels& kernels,
            const kernels::DrawnVolume& volume,
            float half,
            const std::function<void()>& checkpoint = {});

  /// Nothing counts as empty: what measured ones are compared with.
  static Occupancy everything(float half);

  kernels::OccupancyLayout layout() const noexcept { return {size_, cells_.data(), half_}; }
  /// Share of cells that are not empty, 0 .. 1.
  double filled() const noexcept;

 private:
  explicit Occupancy(float half) : size_(1), half_(half) {}

  std::int64_t size_;
  float half_;
  std::vector<std::int8_t> cells_;  // see kernels::OccupancyLayout
};

}  // namespace panohead::fast
