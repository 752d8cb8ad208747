#include "core/fast/occupancy.h"

#include "core/tensor/parallel.h"

#include <algorithm>
#include <cmath>

namespace panohead::fast {

namespace {

constexpr std::int64_t kCells =
    48;  // on a side: about two hundredths of the box, as far as two samples are apart

/// softplus(density - 1) times a ray's length is its optical thickness: this is less than 0.002 for a ray of
/// one world unit.
constexpr float kEmpty = -5.2F;

std::int8_t stepsOf(float density) {
  const float steps = std::round(density / kernels::kDensityStep);
  return static_cast<std::int8_t>(std::clamp(steps, -126.0F, 126.0F));
}

}  // namespace

Occupancy::Occupancy(const kernels::DrawKernels& kernels, const kernels::DrawnVolume& volume, float half)
    : size_(kCells), half_(half), cells_(static_cast<std::size_t>(kCells * kCells * kCells + 2)) {
  const std::int64_t corners = size_ + 1;
  const std::int64_t plane = corners * corners;
  std::vector<float> density(static_cast<std::size_t>(plane * corners));
  const float step = 2 * half / static_cast<float>(size_);
  parallelTasks(corners, [&](std::int64_t z) {
    std::vector<float> points(static_cast<std::size_t>(3 * plane));
    for (std::int64_t i = 0; i < plane; ++i) {
      float* point = points.data() + 3 * i;
      point[0] = static_cast<float>(i % corners) * step - half;
      point[1] = static_cast<float>(i / corners) * step - half;
      point[2] = static_cast<float>(z) * step - half;
    }
    kernels.draw_density(volume, points.data(), density.data() + z * plane, 0, plane);
  });

  std::vector<float> largest(density.size());  // of the corners of a cell, at its first corner
  const auto at = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    return static_cast<std::size_t>((z * corners + y) * corners + x);
  };
  std::vector<float> mean(density.size());
  for (std::int64_t z = 0; z < size_; ++z) {
    for (std::int64_t y = 0; y < size_; ++y) {
      for (std::int64_t x = 0; x < size_; ++x) {
        float most = density[at(x, y, z)];
        float sum = 0;
        for (int corner = 0; corner < 8; ++corner) {
          const float value = density[at(x + (corner & 1), y + (corner >> 1 & 1), z + (corner >> 2))];
          most = value > most || std::isnan(value) ? value : most;
          sum += value;
        }
        largest[at(x, y, z)] = most;
        mean[at(x, y, z)] = sum / 8;
      }
    }
  }
  const auto seen = [&](std::int64_t x, std::int64_t y, std::int64_t z) {
    for (std::int64_t k = std::max<std::int64_t>(z - 1, 0); k <= std::min(z + 1, size_ - 1); ++k) {
      for (std::int64_t j = std::max<std::int64_t>(y - 1, 0); j <= std::min(y + 1, size_ - 1); ++j) {
        for (std::int64_t i = std::max<std::int64_t>(x - 1, 0); i <= std::min(x + 1, size_ - 1); ++i) {
          if (!(largest[at(i, j, k)] < kEmpty)) {
            return true;
          }
        }
      }
    }
    return false;
  };
  for (std::int64_t z = 0; z < size_; ++z) {
    for (std::int64_t y = 0; y < size_; ++y) {
      for (std::int64_t x = 0; x < size_; ++x) {
        cells_[static_cast<std::size_t>((z * size_ + y) * size_ + x)] =
            seen(x, y, z) ? kernels::kEvaluateCell : stepsOf(mean[at(x, y, z)]);
      }
    }
  }
  // Outside of the cube the grids have nothing, and the decoder says what that means.
  const float far_away[3] = {100 * half, 100 * half, 100 * half};
  float outside = 0;
  kernels.draw_density(volume, far_away, &outside, 0, 1);
  const auto cells = static_cast<std::size_t>(size_ * size_ * size_);
  cells_[cells] = outside < kEmpty ? stepsOf(outside) : kernels::kEvaluateCell;
  cells_[cells + 1] = kernels::kCroppedCell;
}

double Occupancy::filled() const noexcept {
  const auto cells = size_ * size_ * size_;
  const auto filled = std::count(cells_.begin(), cells_.begin() + cells, kernels::kEvaluateCell);
  return static_cast<double>(filled) / static_cast<double>(cells);
}

}  // namespace panohead::fast
