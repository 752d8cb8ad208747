#include "core/nn/quick_epilogue.h"

#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>

namespace panohead::nn {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kSlope = 0.2;
constexpr double kNoLimit = static_cast<double>(std::numeric_limits<float>::max());

/// The operands of one epilogue; scale, bias and noise may be undefined. The gain is in them already.
struct Operands {
  at::Tensor y;  // channels-last
  at::Tensor scale, bias, noise;
  double slope = 1, limit = kNoLimit;

  kernels::Epilogue kernel() const {
    const auto pointer = [](const at::Tensor& t) {
      return t.defined() ? t.const_data_ptr<float>() : nullptr;
    };
    kernels::Epilogue e;
    e.pixels = y.size(2) * y.size(3);
    e.channels = y.size(1);
    e.scale = pointer(scale);
    e.bias = pointer(bias);
    e.noise = pointer(noise);
    e.noise_stride = noise.defined() && noise.numel() > e.pixels ? e.pixels : 0;
    e.slope = static_cast<float>(slope);
    e.limit = static_cast<float>(limit);
    return e;
  }
};

at::Tensor channelsLast(const at::Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast); }

at::Tensor run(const Operands& o) {
  const kernels::Epilogue e = o.kernel();
  const at::Tensor out = at::empty(o.y.sizes(), o.y.options(), at::MemoryFormat::ChannelsLast);
  const void* source = o.y.const_data_ptr();
  void* target = out.mutable_data_ptr();
  const auto kernel = elementKernels(o.y)->epilogue;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / e.channels);
  parallelRanges(o.y.size(0) * e.pixels, grain, [&](std::int64_t first, std::int64_t last) {
    kernel(e, source, target, first, last);
  });
  return out;
}

struct Gradients {
  at::Tensor y, scale, bias, noise;
};

Gradients runGradient(const Operands& o, const at::Tensor& out_gradient, bool scale, bool bias, bool noise) {
  const kernels::Epilogue e = o.kernel();
  const at::Tensor gradient = channelsLast(out_gradient.to(o.y.scalar_type()));
  Gradients result;
  result.y = at::empty(o.y.sizes(), o.y.options(), at::MemoryFormat::ChannelsLast);
  const std::int64_t items = o.y.size(0);
  const std::int64_t tasks = items * kernels::epiloguePieces(e);
  const auto floats = o.y.options().dtype(at::kFloat);
  at::Tensor of_scale = scale ? at::empty({tasks, e.channels}, floats) : at::Tensor();
  at::Tensor of_bias = bias ? at::empty({tasks, e.channels}, floats) : at::Tensor();
  at::Tensor of_noise = noise ? at::empty({items, 1, o.y.size(2), o.y.size(3)}, floats) : at::Tensor();
  const auto pointer = [](const at::Tensor& t) {
    return t.defined() ? t.mutable_data_ptr<float>() : nullptr;
  };
  const kernels::EpilogueGradient sums{pointer(of_scale), pointer(of_bias), pointer(of_noise)};
  const void* source = o.y.const_data_ptr();
  const void* value = gradient.const_data_ptr();
  void* target = result.y.mutable_data_ptr();
  const auto kernel = elementKernels(o.y)->epilogue_gradient;
  parallelRanges(tasks, 4, [&](std::int64_t first, std::int64_t last) {
    kernel(e, sums, source, value, target, first, last);
  });
  if (scale) {
    result.scale = of_scale.view({items, -1, e.channels}).sum(1);
  }
  if (bias) {
    result.bias = of_bias.sum(0);
  }
  if (noise) {
    result.noise = o.noise.numel() == e.pixels ? of_noise.sum(0).view(o.noise.sizes()) : of_noise;
  }
  return result;
}

class ScaleBiasAct : public torch::autograd::Function<ScaleBiasAct> {
 public:
  static at::Tensor forward(AutogradContext* context,
                            const at::Tensor& y,
                            const at::Tensor& scale,
                            const std::optional<at::Tensor>& bias,
                            const std::optional<at::Tensor>& noise,
                            double slope,
                            double limit) {
    const Operands o{y, scale, bias.value_or(at::Tensor()), noise.value_or(at::Tensor()), slope, limit};
    context->save_for_backward({o.y, o.scale, o.bias, o.noise});
    context->saved_data["slope"] = slope;
    context->saved_data["limit"] = limit;
    return run(o);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Operands o{saved[0],
                     saved[1],
                     saved[2],
                     saved[3],
                     context->saved_data["slope"].toDouble(),
                     context->saved_data["limit"].toDouble()};
    const Gradients g = runGradient(o, gradients[0], true, o.bias.defined(), o.noise.defined());
    return {g.y, g.scale, g.bias, g.noise, {}, {}};
  }
};

// The activation's gradient: linear in the gradient that comes in, so its own derivative is the same map.
class BiasActGradient : public torch::autograd::Function<BiasActGradient> {
 public:
  static at::Tensor forward(AutogradContext* context,
                            const at::Tensor& gradient,
                            const at::Tensor& y,
                            const at::Tensor& bias,
                            double slope,
                            double limit) {
    context->save_for_backward({y, bias});
    context->saved_data["slope"] = slope;
    context->saved_data["limit"] = limit;
    return runGradient({y, {}, bias, {}, slope, limit}, gradient, false, false, false).y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    return {apply(gradients[0],
                  saved[0],
                  saved[1],
                  context->saved_data["slope"].toDouble(),
                  context->saved_data["limit"].toDouble()),
            {},
            {},
            {},
            {}};
  }
};

class BiasAct : public torch::autograd::Function<BiasAct> {
 public:
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& y, const at::Tensor& bias, double slope, double limit) {
    context->save_for_backward({y, bias});
    context->saved_data["slope"] = slope;
    context->saved_data["limit"] = limit;
    return run({y, {}, bias, {}, slope, limit});
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor of_y = BiasActGradient::apply(gradients[0],
                                                   saved[0],
                                                   saved[1],
                                                   context->saved_data["slope"].toDouble(),
                                                   context->saved_data["limit"].toDouble());
    const at::Tensor of_bias =
        context->needs_input_grad(1) ? of_y.sum({0, 2, 3}, false, at::kFloat) : at::Tensor();
    return {of_y, of_bias, {}, {}};
  }
};

std::optional<at::Tensor> maybe(const at::Tensor& t) { return t.defined() ? std::optional(t) : std::nullopt; }

double slopeOf(Activation activation) { return activation == Activation::LeakyRelu ? kSlope : 1.0; }

}  // namespace

at::Tensor scaleBiasAct(const at::Tensor& y,
                        const at::Tensor& scale,
                        const at::Tensor& bias,
                        const at::Tensor& noise,
                        const ActivationEpilogue& options) {
  // The gain passes through the activation: leaky ReLU is positively homogeneous.
  const auto amplified = [&](const at::Tensor& t) {
    return !t.defined() || options.gain == 1.0 ? t : t * options.gain;
  };
  const at::Tensor s = amplified(scale);
  const at::Tensor b = amplified(bias);
  const at::Tensor n = amplified(noise);
  if (elementKernels(y) != nullptr) {
    const auto whole = [](const at::Tensor& t) { return t.defined() ? maybe(t.contiguous()) : std::nullopt; };
    return ScaleBiasAct::apply(channelsLast(y),
                               s.contiguous(),
                               whole(b),
                               whole(n),
                               slopeOf(options.activation),
                               options.clamp.value_or(kNoLimit));
  }
  const auto type = y.scalar_type();
  at::Tensor x = y * s.to(type).unsqueeze(-1).unsqueeze(-1);
  if (b.defined() || n.defined()) {
    at::Tensor offset = b.defined() ? b.view({1, -1, 1, 1}) : n;
    offset = b.defined() && n.defined() ? offset + n : offset;
    x = x + offset.to(type);
  }
  if (options.activation == Activation::LeakyRelu) {
    x = at::leaky_relu(x, kSlope);
  }
  return options.clamp ? x.clamp(-*options.clamp, *options.clamp) : x;
}

at::Tensor modulate(const at::Tensor& y, const at::Tensor& scale) {
  return scaleBiasAct(y, scale, {}, {}, {.activation = Activation::Linear});
}

at::Tensor quickBiasAct(const at::Tensor& y,
                        const at::Tensor& bias,
                        Activation activation,
                        std::optional<double> clamp) {
  if (!bias.defined() && activation == Activation::Linear && !clamp) {
    return y;
  }
  if (elementKernels(y) == nullptr) {
    return biasAct(y, bias.defined() ? bias.to(y.scalar_type()) : bias, {activation, 1.0, clamp});
  }
  const at::Tensor b =
      bias.defined() ? bias.contiguous() : at::zeros({y.size(1)}, y.options().dtype(at::kFloat));
  return BiasAct::apply(channelsLast(y), b, slopeOf(activation), clamp.value_or(kNoLimit));
}

}  // namespace panohead::nn
