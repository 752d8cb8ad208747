// Super-resolution's layers as the CUDA renderer does them, against the layers themselves.
#include "core/fast/cuda/folded_conv.h"

#include "core/fast/cuda/finish_math.h"
#include "core/tensor/prelude.h"
#include "tests/support/closeness.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using namespace fast::cuda;

/// What finishKernel does to a convolution's result. @param y [1, phases * out, h, w]
at::Tensor finished(const ModulatedConv& conv, const at::Tensor& y) {
  const at::Tensor source = y.permute({0, 2, 3, 1}).contiguous();
  const std::int64_t scale = conv.upsamples ? 2 : 1;
  const auto height = static_cast<int>(y.size(2) * scale);
  const auto width = static_cast<int>(y.size(3) * scale);
  const auto channels = static_cast<int>(conv.bias.size(0));
  const at::Tensor out = at::empty({height, width, channels});
  const float* from = source.const_data_ptr<float>();
  const float* bias = conv.bias.const_data_ptr<float>();
  float* to = out.data_ptr<float>();
  for (int i = 0; i < height * width; ++i) {
    const int place = sourcePixel(i / width, i % width, width, conv.upsamples);
    const float noise = conv.noise.defined() ? conv.noise.const_data_ptr<float>()[i] : 0.0F;
    for (int c = 0; c < channels; ++c) {
      to[i * channels + c] = activate(from[place * channels + c] + bias[c] + noise,
                                      0.2F,
                                      conv.clamp ? static_cast<float>(*conv.clamp) : kFarAway);
    }
  }
  return out.permute({2, 0, 1}).unsqueeze(0);
}

TEST(FoldedConv, IsTheLayer) {
  const at::NoGradGuard no_grad;
  at::manual_seed(6);
  for (const bool up : {false, true}) {
    for (const NoiseMode noise : {NoiseMode::None, NoiseMode::Const}) {
      for (const std::optional<double> clamp : {std::optional<double>{}, std::optional<double>{1.5}}) {
        ParameterStore store = ParameterStore::random(1);
        nn::SynthesisLayer layer(Scope(store),
                                 {.in = 8,
                                  .out = 16,
                                  .w_dim = 12,
                                  .resolution = 12,
                                  .resampling = up ? nn::Resampling::Up2 : nn::Resampling::None,
                                  .clamp = clamp});
        for (at::Tensor* t : {&layer.weight, &layer.bias, &layer.noise_const, &layer.affine.weight}) {
          t->normal_();
        }
        layer.affine.bias.fill_(1.0);
        layer.noise_strength.fill_(0.3);
        const std::int64_t size = up ? 6 : 12;
        const at::Tensor x = at::randn({1, 8, size, size});
        const at::Tensor w = at::randn({1, 12});
        const ModulatedConv conv(FoldedConv(layer), layer, w, noise);
        const at::Tensor actual = finished(conv, at::conv2d(x, conv.weight, {}, 1, 1));
        nn::SynthesisRun run;
        run.noise = noise;
        EXPECT_LT(test::relativeError(actual, layer(x, w, run)), 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace panohead
