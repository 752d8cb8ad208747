#pragma once

#include "core/base/camera.h"
#include "core/fast/cuda/cuda_volume.h"
#include "core/fast/fast_volume.h"
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/small_config.h"

#include <cmath>
#include <vector>

namespace panohead::test {

/// A small random head as the specification and as the CUDA renderer see it.
struct CudaScene {
  Generator generator;
  at::Tensor planes;  // [1, 3, 32 depth, S, S]
  at::Tensor packed;  // [1, S, S, 3, depth, 32] float32
  at::Tensor label;   // [1, 25]
  at::Tensor view;    // [1, kViewNumbers]
  std::vector<float> hidden_weight, hidden_bias, density_weight, feature_weight, feature_bias;
  fast::cuda::Volume volume;  // without planes and cells
  fast::cuda::DecoderWeights decoder;

  static GeneratorConfig config() {
    GeneratorConfig c = smallConfig(32, 24);
    c.triplane_size = 48;
    return c;
  }

  /// @param yaw degrees  @param mean of the density, whose deviation is 15
  explicit CudaScene(const GeneratorConfig& c = config(), double yaw = 25, double mean = -15)
      : generator(c, 5) {
    const at::NoGradGuard no_grad;
    at::manual_seed(11);
    // Blobs: noise that knows its neighbours, so that there is matter, air, and a surface between them.
    const at::Tensor coarse = at::randn({3, c.triplane_depth * 32, 8, 8});
    planes = at::upsample_bicubic2d(coarse, {c.triplane_size, c.triplane_size}, false)
                 .view({1, 3, c.triplane_depth * 32, c.triplane_size, c.triplane_size});
    const at::Tensor points = at::rand({1, 4096, 3}) * c.volume.box_warp - c.volume.box_warp / 2;
    const auto density = [&] { return generator.volume(planes).query(points, c.volume).density; };
    const nn::FullyConnected& out_layer = generator.decoder().out;
    out_layer.weight[0].mul_(15.0 / density().std().item<double>());
    out_layer.weight.slice(0, 1).mul_(3.0);
    out_layer.bias[0] += (mean - density().mean().item<double>()) / out_layer.options.lr_multiplier;
    packed = packPlanes(planes, c.triplane_depth).to(at::kFloat).contiguous();
    const CameraLabel l = orbitLabel({.yaw_degrees = yaw});
    label = at::tensor(at::ArrayRef<float>(l.data(), l.size())).unsqueeze(0);
    view = at::cat({label, at::tensor({c.volume.ray_start, c.volume.ray_end}, at::kFloat).unsqueeze(0)}, 1);

    const Decoder& d = generator.decoder();
    const double gain0 = d.hidden.options.lr_multiplier / std::sqrt(static_cast<double>(d.options.in));
    const double gain1 = d.out.options.lr_multiplier / std::sqrt(static_cast<double>(d.options.hidden));
    hidden_weight = values(d.hidden.weight * gain0);
    hidden_bias = values(d.hidden.bias * d.hidden.options.lr_multiplier);
    const at::Tensor out = d.out.weight * gain1;
    const std::vector<float> bias = values(d.out.bias * d.out.options.lr_multiplier);
    density_weight = values(out[0]);
    feature_weight = values(out.slice(0, 1).t());
    feature_bias.assign(bias.begin() + 1, bias.end());
    decoder = {.hidden_weight = hidden_weight.data(),
               .hidden_bias = hidden_bias.data(),
               .density_weight = density_weight.data(),
               .density_bias = bias[0],
               .feature_weight = feature_weight.data(),
               .feature_bias = feature_bias.data(),
               .activation = fast::activationOf(c.decoder_activation)};
    volume.size = static_cast<int>(c.triplane_size);
    volume.slices = static_cast<int>(c.triplane_depth);
    volume.scale = static_cast<float>(2 / c.volume.box_warp);
    volume.limit = static_cast<float>(c.volume.box_warp / 2 - c.volume.crop);
    volume.half = static_cast<float>(c.volume.box_warp / 2);
    volume.third_zxy = c.volume.third_plane == ThirdPlane::ZXY;
  }

  const VolumeOptions& options() const { return generator.config().volume; }

  fast::cuda::FrameOptions frame(int resolution) const {
    const VolumeOptions& o = options();
    return {.resolution = resolution,
            .coarse = o.coarse_samples,
            .fine = o.fine_samples,
            .auto_range = o.auto_range,
            .disparity = o.disparity_sampling,
            .white_back = o.white_back};
  }

  RenderedRays specification(int resolution) const {
    const at::NoGradGuard no_grad;
    return renderRays(generator.volume(planes), sampleRays(label, resolution), options());
  }

  static std::vector<float> values(const at::Tensor& t) {
    const at::Tensor flat = t.to(at::kFloat).contiguous();
    const float* data = flat.const_data_ptr<float>();
    return {data, data + flat.numel()};
  }
};

/// 20 log10 of the reference's range over the root mean square of the difference; 200 where there is none.
inline double decibels(const at::Tensor& actual, const at::Tensor& reference) {
  const at::Tensor a = actual.flatten().to(at::kDouble);
  const at::Tensor b = reference.flatten().to(at::kDouble);
  const double error = (a - b).square().mean().sqrt().item<double>();
  const double range = (b.max() - b.min()).item<double>();
  return error == 0 ? 200 : 20 * std::log10(range / error);
}

}  // namespace panohead::test
