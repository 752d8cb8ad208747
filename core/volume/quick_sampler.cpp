#include "core/volume/quick_sampler.h"

#include "core/base/error.h"
#include "core/tensor/flush_denormals.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>

namespace panohead {

namespace {

constexpr std::int64_t kGrids = 3;
constexpr std::int64_t kPointsOfThread = 256;

kernels::TriGridLayout layoutOf(
    const at::Tensor& planes, const at::Tensor& points, double scale, double limit, bool third_zxy) {
  return {points.size(1),
          planes.size(1),
          planes.size(4),
          planes.size(5),
          static_cast<float>(scale),
          static_cast<float>(limit),
          third_zxy};
}

class SampleFunction : public torch::autograd::Function<SampleFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context,
                            const at::Tensor& planes,
                            const at::Tensor& points,
                            double scale,
                            double limit,
                            bool third_zxy) {
    context->save_for_backward({planes, points});
    context->saved_data["scale"] = scale;
    context->saved_data["limit"] = limit;
    context->saved_data["third_zxy"] = third_zxy;
    const kernels::TriGridLayout layout = layoutOf(planes, points, scale, limit, third_zxy);
    const at::Tensor out = at::empty({points.size(0), points.size(1), planes.size(5)}, planes.options());
    const kernels::ElementKernels& kernel = *elementKernels(planes);
    const void* source = planes.const_data_ptr();
    const float* position = points.const_data_ptr<float>();
    void* target = out.mutable_data_ptr();
    parallelRanges(
        points.size(0) * points.size(1), kPointsOfThread, [&](std::int64_t first, std::int64_t last) {
          const FlushDenormals flush;
          kernel.sample_tri_grid(layout, source, position, target, first, last);
        });
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& planes = saved[0];
    const at::Tensor& points = saved[1];
    const kernels::TriGridLayout layout = layoutOf(planes,
                                                   points,
                                                   context->saved_data["scale"].toDouble(),
                                                   context->saved_data["limit"].toDouble(),
                                                   context->saved_data["third_zxy"].toBool());
    const at::Tensor gradient = gradients[0].to(planes.scalar_type()).contiguous();
    const kernels::ElementKernels& kernel = *elementKernels(planes);
    const void* value = gradient.const_data_ptr();
    const float* position = points.const_data_ptr<float>();
    at::Tensor of_planes;
    if (context->needs_input_grad(0)) {
      of_planes = at::zeros(planes.sizes(), planes.options().dtype(at::kFloat));
      float* target = of_planes.mutable_data_ptr<float>();
      parallelRanges(points.size(0) * kGrids, 1, [&](std::int64_t first, std::int64_t last) {
        const FlushDenormals flush;
        kernel.sample_tri_grid_planes_gradient(layout, value, position, target, first, last);
      });
      of_planes = of_planes.to(planes.scalar_type());
    }
    at::Tensor of_points;
    if (context->needs_input_grad(1)) {
      of_points = at::empty_like(points);
      const void* source = planes.const_data_ptr();
      float* target = of_points.mutable_data_ptr<float>();
      parallelRanges(
          points.size(0) * points.size(1), kPointsOfThread, [&](std::int64_t first, std::int64_t last) {
            const FlushDenormals flush;
            kernel.sample_tri_grid_points_gradient(layout, source, value, position, target, first, last);
          });
    }
    return {of_planes, of_points, {}, {}, {}};
  }
};

void checkPacked(const at::Tensor& planes, const at::Tensor& points) {
  if (planes.dim() != 6 || planes.size(1) != planes.size(2) || planes.size(3) != kGrids ||
      planes.size(5) % 16 != 0) {
    throw Error(fmt::format("planes of shape [{}] are not packed tri-grids", fmt::join(planes.sizes(), ", ")),
                "pack them with packPlanes; the features of a grid must be a multiple of 16");
  }
  if (elementKernels(planes) == nullptr) {
    throw Error("packed tri-grids of this type or device cannot be sampled",
                "use bfloat16 or float32 on the CPU");
  }
  if (points.dim() != 3 || points.size(0) != planes.size(0) || points.size(2) != 3 ||
      points.scalar_type() != at::kFloat) {
    throw Error(fmt::format("points of shape [{}] do not fit {} packed tri-grids",
                            fmt::join(points.sizes(), ", "),
                            planes.size(0)));
  }
}

}  // namespace

at::Tensor packedChannelOrder(std::int64_t depth, std::int64_t channels) {
  return at::arange(kGrids * channels * depth, at::kLong)
      .view({kGrids, channels, depth})
      .transpose(1, 2)
      .reshape({-1});
}

at::Tensor packPlanes(const at::Tensor& planes, std::int64_t depth) {
  const auto s = planes.sizes();
  return planes.reshape({s[0], kGrids, s[2] / depth, depth, s[3], s[4]})
      .permute({0, 4, 5, 1, 3, 2})
      .contiguous();
}

at::Tensor unpackPlanes(const at::Tensor& packed) {
  const auto s = packed.sizes();
  return packed.permute({0, 3, 5, 4, 1, 2}).reshape({s[0], 3, s[5] * s[4], s[1], s[2]});
}

at::Tensor quickSampleTriGrid(const at::Tensor& planes,
                              const at::Tensor& points,
                              const VolumeOptions& options,
                              bool crop) {
  checkPacked(planes, points);
  const double limit =
      crop ? options.box_warp / 2 - options.crop : static_cast<double>(std::numeric_limits<float>::max());
  return SampleFunction::apply(planes.contiguous(),
                               points.contiguous(),
                               2.0 / options.box_warp,
                               limit,
                               options.third_plane == ThirdPlane::ZXY);
}

}  // namespace panohead
