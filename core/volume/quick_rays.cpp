#include "core/volume/quick_rays.h"

#include "core/tensor/flush_denormals.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

namespace panohead {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrids = 3;

/// Everything a ray kernel reads, in memory of our own order; held while the kernel runs.
struct Operands {
  at::Tensor planes, origins, directions, hidden_weight, hidden_bias, density_weight, density_bias;
  at::Tensor coarse_depths, fine_positions, coarse_noise, fine_noise;
  at::Tensor points, depths, density, features;  // made by the forward pass

  kernels::RayBatch batch(const kernels::TriGridLayout& grid) const {
    const auto in = [](const at::Tensor& t) { return t.defined() ? t.const_data_ptr<float>() : nullptr; };
    kernels::RayBatch b;
    b.grid = grid;
    b.items = origins.size(0);
    b.rays = origins.size(1);
    b.coarse = coarse_depths.size(2);
    b.fine = fine_positions.defined() ? fine_positions.size(2) : 0;
    b.hidden = hidden_bias.size(0);
    b.grid.points = b.rays * b.samples();
    b.planes = planes.const_data_ptr();
    b.origins = in(origins);
    b.directions = in(directions);
    b.coarse_depths = in(coarse_depths);
    b.fine_positions = in(fine_positions);
    b.coarse_noise = in(coarse_noise);
    b.fine_noise = in(fine_noise);
    b.hidden_weight = in(hidden_weight);
    b.hidden_bias = in(hidden_bias);
    b.density_weight = in(density_weight);
    b.density_bias = density_bias.item<float>();
    b.points = points.data_ptr<float>();
    b.depths = depths.data_ptr<float>();
    b.density = density.data_ptr<float>();
    b.features = features.data_ptr();
    return b;
  }
};

kernels::TriGridLayout gridOf(const at::Tensor& planes, double scale, double limit, bool third_zxy) {
  return {0,
          planes.size(1),
          planes.size(4),
          planes.size(5),
          static_cast<float>(scale),
          static_cast<float>(limit),
          third_zxy};
}

/// Adds rows [0, count) of `rows` into one, in order.
at::Tensor addRows(const at::Tensor& rows) {
  at::Tensor total = rows[0].clone();
  for (std::int64_t i = 1; i < rows.size(0); ++i) {
    total.add_(rows[i]);
  }
  return total;
}

class RayFunction : public torch::autograd::Function<RayFunction> {
 public:
  static variable_list forward(AutogradContext* context,
                               const at::Tensor& planes,
                               const at::Tensor& origins,
                               const at::Tensor& directions,
                               const at::Tensor& hidden_weight,
                               const at::Tensor& hidden_bias,
                               const at::Tensor& density_weight,
                               const at::Tensor& density_bias,
                               const QuickRays& rays,
                               double scale,
                               double limit,
                               bool third_zxy) {
    const auto whole = [](const at::Tensor& t) { return t.defined() ? t.contiguous() : t; };
    Operands o{planes,
               origins,
               directions,
               hidden_weight,
               hidden_bias,
               density_weight,
               density_bias,
               whole(rays.coarse_depths),
               whole(rays.fine_positions),
               whole(rays.coarse_noise),
               whole(rays.fine_noise),
               {},
               {},
               {},
               {}};
    const std::int64_t items = origins.size(0);
    const std::int64_t count = origins.size(1);
    const std::int64_t samples =
        o.coarse_depths.size(2) + (o.fine_positions.defined() ? o.fine_positions.size(2) : 0);
    const auto floats = origins.options().requires_grad(false);
    o.points = at::empty({items, count * samples, 3}, floats);
    o.depths = at::empty({items, count, samples}, floats);
    o.density = at::empty({items, count, samples}, floats);
    o.features = at::empty({items, count * samples, planes.size(5)}, planes.options().requires_grad(false));
    const at::Tensor hidden_sum = at::empty({items, count, hidden_bias.size(0)}, floats);
    const at::Tensor weight_sum = at::empty({items, count, 1}, floats);
    const at::Tensor depth_sum = at::empty({items, count, 1}, floats);
    kernels::RayBatch b = o.batch(gridOf(planes, scale, limit, third_zxy));
    b.hidden_sum = hidden_sum.data_ptr<float>();
    b.weight_sum = weight_sum.data_ptr<float>();
    b.depth_sum = depth_sum.data_ptr<float>();
    const auto kernel = elementKernels(planes)->march_rays;
    parallelRanges(items * count, kernels::kRaysOfTask, [&](std::int64_t first, std::int64_t last) {
      const FlushDenormals flush;
      kernel(b, first, last);
    });
    context->save_for_backward({planes,
                                origins,
                                directions,
                                hidden_weight,
                                hidden_bias,
                                density_weight,
                                density_bias,
                                o.coarse_depths,
                                o.fine_positions,
                                o.points,
                                o.density,
                                o.features,
                                o.depths});
    context->saved_data["scale"] = scale;
    context->saved_data["limit"] = limit;
    context->saved_data["third_zxy"] = third_zxy;
    context->mark_non_differentiable({o.depths});
    return {hidden_sum, weight_sum, depth_sum, o.depths};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Operands o{saved[0],
                     saved[1],
                     saved[2],
                     saved[3],
                     saved[4],
                     saved[5],
                     saved[6],
                     saved[7],
                     saved[8],
                     {},
                     {},
                     saved[9],
                     saved[12],
                     saved[10],
                     saved[11]};
    kernels::RayBatch b = o.batch(gridOf(o.planes,
                                         context->saved_data["scale"].toDouble(),
                                         context->saved_data["limit"].toDouble(),
                                         context->saved_data["third_zxy"].toBool()));
    const at::Tensor transposed = o.hidden_weight.t().contiguous();
    b.hidden_weight_transposed = transposed.const_data_ptr<float>();
    const at::Tensor of_hidden = gradients[0].contiguous();
    const at::Tensor of_weight = gradients[1].contiguous();
    const at::Tensor of_depth = gradients[2].contiguous();
    const at::Tensor of_features = at::empty_like(o.features);
    const std::int64_t channels = b.grid.channels;
    const std::int64_t hidden = b.hidden;
    const at::Tensor of_decoder =
        at::empty({b.tasks(), channels * hidden + 2 * hidden + 1}, o.origins.options().requires_grad(false));
    const kernels::RayGradient g{of_hidden.const_data_ptr<float>(),
                                 of_weight.const_data_ptr<float>(),
                                 of_depth.const_data_ptr<float>(),
                                 of_features.data_ptr(),
                                 of_decoder.data_ptr<float>()};
    const kernels::ElementKernels& kernel = *elementKernels(o.planes);
    parallelRanges(b.tasks(), 1, [&](std::int64_t first, std::int64_t last) {
      const FlushDenormals flush;
      kernel.march_rays_gradient(b, g, first, last);
    });

    at::Tensor of_planes;
    if (context->needs_input_grad(0)) {
      of_planes = at::zeros(o.planes.sizes(), o.planes.options().dtype(at::kFloat).requires_grad(false));
      float* target = of_planes.data_ptr<float>();
      parallelRanges(b.items * kGrids, 1, [&](std::int64_t first, std::int64_t last) {
        const FlushDenormals flush;
        kernel.sample_tri_grid_planes_gradient(b.grid, g.features, b.points, target, first, last);
      });
      of_planes = of_planes.to(o.planes.scalar_type());
    }
    at::Tensor of_origins, of_directions;
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      const at::Tensor of_points = at::empty_like(o.points);
      float* target = of_points.data_ptr<float>();
      parallelRanges(b.items * b.grid.points, 256, [&](std::int64_t first, std::int64_t last) {
        const FlushDenormals flush;
        kernel.sample_tri_grid_points_gradient(b.grid, b.planes, g.features, b.points, target, first, last);
      });
      const at::Tensor each = of_points.view({b.items, b.rays, b.samples(), 3});
      of_origins = each.sum(2);
      of_directions = (each * o.depths.unsqueeze(-1)).sum(2);
    }
    const at::Tensor decoder = addRows(of_decoder);
    const std::int64_t matrix = channels * hidden;
    return {of_planes,
            of_origins,
            of_directions,
            decoder.slice(0, 0, matrix).view({channels, hidden}),
            decoder.slice(0, matrix, matrix + hidden),
            decoder.slice(0, matrix + hidden, matrix + 2 * hidden),
            decoder.slice(0, matrix + 2 * hidden),
            {},
            {},
            {},
            {}};
  }
};

}  // namespace

bool quickRaysApply(const QuickRays& batch, const Decoder& decoder) {
  const std::int64_t samples =
      batch.coarse_depths.size(2) + (batch.fine_positions.defined() ? batch.fine_positions.size(2) : 0);
  return decoder.options.activation == DecoderActivation::None && elementKernels(batch.planes) != nullptr &&
         batch.planes.dim() == 6 && decoder.options.hidden % 16 == 0 && decoder.options.in % 16 == 0 &&
         decoder.options.in == batch.planes.size(5) && decoder.options.hidden <= kernels::kMostHidden &&
         decoder.options.in <= kernels::kMostChannels && samples <= kernels::kMostSamples &&
         !batch.coarse_depths.requires_grad();
}

QuickRaysResult quickRays(const QuickRays& batch, const Decoder& decoder, const VolumeOptions& options) {
  const nn::FullyConnected& first = decoder.hidden;
  const nn::FullyConnected& last = decoder.out;
  const at::Tensor weight = last.weight * last.weightGain();  // [1 + F, hidden]
  const at::Tensor bias = last.bias * last.options.lr_multiplier;
  const variable_list out = RayFunction::apply(batch.planes.contiguous(),
                                               batch.rays.origins.contiguous(),
                                               batch.rays.directions.contiguous(),
                                               (first.weight * first.weightGain()).t().contiguous(),
                                               first.bias * first.options.lr_multiplier,
                                               weight[0].contiguous(),
                                               bias.slice(0, 0, 1).contiguous(),
                                               batch,
                                               2.0 / options.box_warp,
                                               options.box_warp / 2 - options.crop,
                                               options.third_plane == ThirdPlane::ZXY);
  // The last layer is linear: of the composited hidden layer, its bias as often as there is weight.
  const at::Tensor feature =
      at::matmul(out[0], weight.slice(0, 1).t()) + out[1] * bias.slice(0, 1).view({1, 1, -1});
  return {feature, out[1], out[2] / out[1], out[3]};
}

}  // namespace panohead
