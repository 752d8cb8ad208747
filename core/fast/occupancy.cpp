#include "core/fast/occupancy.h"

#include "core/tensor/flush_denormals.h"
#include "core/tensor/parallel.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace panohead::fast {

namespace {

using kernels::kLeastDensity;

std::int8_t stepsOf(float density) {
  if (std::isnan(density)) {
    return 0;  // such a cell is evaluated
  }
  const float steps = std::round(density / kernels::kDensityStep);
  return static_cast<std::int8_t>(std::clamp(steps, -126.0F, 126.0F));
}

/// Marks the neighbours of what is marked, along the axis whose cells lie `stride` apart.
void widen(std::vector<std::uint8_t>& marks, std::int64_t size, std::int64_t stride) {
  const std::vector<std::uint8_t> before = marks;
  const std::int64_t line = size * stride;  // cells of one place on the axes outside of this one
  for (std::int64_t begin = 0; begin < size * size * size; begin += line) {
    const std::uint8_t* from = before.data() + begin;
    std::uint8_t* to = marks.data() + begin;
    for (std::int64_t i = stride; i < line; ++i) {
      to[i] |= from[i - stride];
    }
    for (std::int64_t i = stride; i < line; ++i) {
      to[i - stride] |= from[i];
    }
  }
}

/// What the entry for all points outside of the cube says. Above and below it (beside it is the margin) the
/// grids fade out: those whose slices are stacked along y over a whole slice. Far away they have nothing, and
/// the decoder says what that means.
std::int8_t outsideCode(const kernels::DrawKernels& kernels,
                        const kernels::DrawnVolume& volume,
                        float half,
                        float step) {
  constexpr float kLayers[4] = {0, 0.02F, 0.3F, 0.6F};  // of the way to where nothing is left
  const auto slices = static_cast<float>(volume.grid.slices);
  std::atomic<bool> shows = false;
  parallelTasks(8, [&](std::int64_t task) {
    const float y = half * (1 + kLayers[task / 2] / slices) * (task % 2 == 0 ? 1.0F : -1.0F);
    std::vector<float> points;
    for (float z = -half; z < half + step / 2; z += step) {
      for (float x = -half; x < half + step / 2; x += step) {
        if (std::abs(x) <= volume.grid.limit && std::abs(z) <= volume.grid.limit) {
          points.insert(points.end(), {x, y, z});
        }
      }
    }
    std::vector<float> density(points.size() / 3);
    kernels.draw_density(volume, points.data(), density.data(), 0, static_cast<std::int64_t>(density.size()));
    if (std::ranges::any_of(density, [](float d) { return !(d < kLeastDensity); })) {
      shows = true;
    }
  });
  const float far_away[3] = {100 * half, 100 * half, 100 * half};
  float outside = 0;
  kernels.draw_density(volume, far_away, &outside, 0, 1);
  return shows || !(outside < kLeastDensity) ? kernels::kEvaluateCell : stepsOf(outside);
}

}  // namespace

Occupancy::Occupancy(const kernels::DrawKernels& kernels,
                     const kernels::DrawnVolume& volume,
                     float half,
                     const std::function<void()>& checkpoint)
    : size_(kernels::kOccupancyCells),
      half_(half),
      cells_(static_cast<std::size_t>(size_ * size_ * size_ + 2)) {
  const FlushDenormals flush;
  const std::int64_t corners = size_ + 1;
  const std::int64_t plane = corners * corners;
  const float step = 2 * half / static_cast<float>(size_);
  const auto place = [&](std::int64_t i) { return static_cast<float>(i) * step - half; };
  // Cells of the empty margin are never asked for: their outer corners need no density.
  const auto wanted = [&](std::int64_t i) { return std::abs(place(i)) < volume.grid.limit + step; };
  std::int64_t margin = 0;  // corners on either side that are not wanted
  while (margin < corners && !wanted(margin) && !wanted(corners - 1 - margin)) {
    ++margin;
  }
  const std::int64_t width = std::max<std::int64_t>(0, corners - 2 * margin);
  std::vector<float> density(static_cast<std::size_t>(plane * corners), kernels::kEmptyDensity);
  parallelTasks(
      corners,
      [&](std::int64_t z) {
        if (!wanted(z)) {
          return;
        }
        std::vector<float> points(static_cast<std::size_t>(3 * width * corners));
        std::vector<float> values(static_cast<std::size_t>(width * corners));
        float* point = points.data();
        for (std::int64_t y = 0; y < corners; ++y) {
          for (std::int64_t x = margin; x < margin + width; ++x) {
            *point++ = place(x);
            *point++ = place(y);
            *point++ = place(z);
          }
        }
        kernels.draw_density(volume, points.data(), values.data(), 0, width * corners);
        for (std::int64_t y = 0; y < corners; ++y) {
          std::copy_n(
              values.data() + y * width, width, density.data() + (z * corners + y) * corners + margin);
        }
      },
      checkpoint);

  // Whether something shows in a cell (its corners are looked at), then in it or beside it.
  std::vector<std::uint8_t> shows(cells_.size());
  parallelTasks(size_, [&](std::int64_t z) {
    for (std::int64_t y = 0; y < size_; ++y) {
      for (std::int64_t x = 0; x < size_; ++x) {
        const float* corner = density.data() + (z * corners + y) * corners + x;
        float sum = 0;
        bool empty = true;
        for (const std::int64_t k : {std::int64_t{0}, plane}) {
          for (const std::int64_t j : {std::int64_t{0}, corners}) {
            const float a = corner[k + j];
            const float b = corner[k + j + 1];
            empty = empty && a < kLeastDensity && b < kLeastDensity;  // what is not a number is not empty
            sum += a + b;
          }
        }
        const auto cell = static_cast<std::size_t>((z * size_ + y) * size_ + x);
        shows[cell] = empty ? 0 : 1;
        cells_[cell] = stepsOf(sum / 8);
      }
    }
  });
  for (const std::int64_t stride : {std::int64_t{1}, size_, size_ * size_}) {
    widen(shows, size_, stride);
  }
  for (std::size_t cell = 0; cell + 2 < cells_.size(); ++cell) {
    cells_[cell] = shows[cell] != 0 ? kernels::kEvaluateCell : cells_[cell];
  }
  const auto cells = static_cast<std::size_t>(size_ * size_ * size_);
  cells_[cells] = outsideCode(kernels, volume, half, step);
  cells_[cells + 1] = kernels::kCroppedCell;
}

Occupancy Occupancy::everything(float half) {
  Occupancy occupancy(half);
  occupancy.cells_ = {kernels::kEvaluateCell, kernels::kEvaluateCell, kernels::kCroppedCell};
  return occupancy;
}

double Occupancy::filled() const noexcept {
  const auto cells = size_ * size_ * size_;
  const auto filled = std::count(cells_.begin(), cells_.begin() + cells, kernels::kEvaluateCell);
  return static_cast<double>(filled) / static_cast<double>(cells);
}

}  // namespace panohead::fast
