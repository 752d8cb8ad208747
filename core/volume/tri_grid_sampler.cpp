#include "core/volume/tri_grid_sampler.h"

#include "core/tensor/prelude.h"

namespace panohead {

at::Tensor sampleTriGrid(const at::Tensor& planes,
                         const at::Tensor& points,
                         std::int64_t depth,
                         const VolumeOptions& options) {
  const std::int64_t batch = planes.size(0);
  const std::int64_t channels = planes.size(2) / depth;
  const std::int64_t count = points.size(1);
  const at::Tensor grids = planes.reshape({batch * 3, channels, depth, planes.size(3), planes.size(4)});

  const auto axes = (points * (2.0 / options.box_warp)).unbind(2);
  const at::Tensor& x = axes[0];
  const at::Tensor& y = axes[1];
  const at::Tensor& z = axes[2];
  // (width, height, depth) of each grid.
  const at::Tensor third =
      options.third_plane == ThirdPlane::YZX ? at::stack({y, z, x}, -1) : at::stack({z, x, y}, -1);
  const at::Tensor coordinates = at::stack({at::stack({x, y, z}, -1), at::stack({x, z, y}, -1), third}, 1)
                                     .view({batch * 3, 1, 1, count, 3});

  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kZeros = 0;
  const at::Tensor samples = at::grid_sampler_3d(grids, coordinates, kBilinear, kZeros, false);
  return samples.view({batch, 3, channels, count}).permute({0, 1, 3, 2});
}

}  // namespace panohead
