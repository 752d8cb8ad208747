#include "core/nn/quick_conv.h"

#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/custom_function.h>

#include <array>

namespace panohead::nn {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Geometry {
  std::int64_t stride, padding;
};

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const Geometry& g) {
  return at::conv2d(x, weight, {}, at::IntArrayRef(g.stride), at::IntArrayRef(g.padding));
}

/// Gradients of <convolve(x, weight), y>: of x (linear in y and weight) and of the weight (in y and x).
std::tuple<at::Tensor, at::Tensor> gradients(const at::Tensor& y,
                                             const at::Tensor& x,
                                             const at::Tensor& weight,
                                             const Geometry& g,
                                             bool of_x,
                                             bool of_weight) {
  const std::array<std::int64_t, 2> stride{g.stride, g.stride};
  const std::array<std::int64_t, 2> padding{g.padding, g.padding};
  const std::array<std::int64_t, 2> one{1, 1};
  const std::array<std::int64_t, 2> zero{0, 0};
  auto result = at::convolution_backward(
      y, x, weight, at::nullopt, stride, padding, one, false, zero, 1, {of_x, of_weight, false});
  return {std::get<0>(result), std::get<1>(result)};
}

void keep(AutogradContext* context, const Geometry& g) {
  context->saved_data["stride"] = g.stride;
  context->saved_data["padding"] = g.padding;
  context->set_materialize_grads(false);
}

Geometry kept(AutogradContext* context) {
  return {context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()};
}

at::Tensor plus(const at::Tensor& a, const at::Tensor& b) {
  return !a.defined() ? b : !b.defined() ? a : a + b;
}

// The first derivative as a function of its own, whose derivative is written out.
class ConvGradient : public torch::autograd::Function<ConvGradient> {
 public:
  static variable_list forward(AutogradContext* context,
                               const at::Tensor& y,
                               const at::Tensor& x,
                               const at::Tensor& weight,
                               std::int64_t stride,
                               std::int64_t padding,
                               bool of_x,
                               bool of_weight) {
    const Geometry g{stride, padding};
    keep(context, g);
    context->save_for_backward({y, x, weight});
    auto [gx, gw] = gradients(y, x, weight, g, of_x, of_weight);
    return {gx.defined() ? gx : at::empty({0}, y.options()), gw.defined() ? gw : at::empty({0}, y.options())};
  }

  static variable_list backward(AutogradContext* context, const variable_list& of_results) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& y = saved[0];
    const at::Tensor& x = saved[1];
    const at::Tensor& weight = saved[2];
    const Geometry g = kept(context);
    const at::Tensor& of_gx = of_results[0];
    const at::Tensor& of_gw = of_results[1];
    at::Tensor gy, gx, gw;
    if (context->needs_input_grad(0)) {
      gy = plus(of_gx.defined() ? convolve(of_gx, weight, g) : at::Tensor(),
                of_gw.defined() ? convolve(x, of_gw, g) : at::Tensor());
    }
    if (context->needs_input_grad(1) && of_gw.defined()) {
      gx = std::get<0>(gradients(y, x, of_gw, g, true, false));
    }
    if (context->needs_input_grad(2) && of_gx.defined()) {
      gw = std::get<1>(gradients(y, of_gx, weight, g, false, true));
    }
    return {gy, gx, gw, {}, {}, {}, {}};
  }
};

class Conv2d : public torch::autograd::Function<Conv2d> {
 public:
  static at::Tensor forward(AutogradContext* context,
                            const at::Tensor& x,
                            const at::Tensor& weight,
                            std::int64_t stride,
                            std::int64_t padding) {
    const Geometry g{stride, padding};
    keep(context, g);
    context->save_for_backward({x, weight});
    return convolve(x, weight, g);
  }

  static variable_list backward(AutogradContext* context, const variable_list& of_results) {
    if (!of_results[0].defined()) {
      return {{}, {}, {}, {}};
    }
    const auto saved = context->get_saved_variables();
    const Geometry g = kept(context);
    const bool of_x = context->needs_input_grad(0);
    const bool of_weight = context->needs_input_grad(1);
    const variable_list result =
        ConvGradient::apply(of_results[0], saved[0], saved[1], g.stride, g.padding, of_x, of_weight);
    return {of_x ? result[0] : at::Tensor(), of_weight ? result[1] : at::Tensor(), {}, {}};
  }
};

}  // namespace

at::Tensor quickConv(const at::Tensor& x,
                     const at::Tensor& weight,
                     std::int64_t stride,
                     std::int64_t padding) {
  return Conv2d::apply(x, weight, stride, padding);
}

}  // namespace panohead::nn
