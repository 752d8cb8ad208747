#include "core/nn/quick_fir.h"

#include "core/nn/resample.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

namespace panohead::nn {

namespace {

enum class Kind : std::int64_t { Up, Down, Blur };

/// One linear map; padding is Blur's.
struct Fir {
  Kind kind = Kind::Up;
  std::int64_t padding = 0;
  double gain = 1;

  Fir adjoint() const {
    switch (kind) {
      case Kind::Up:
        return {Kind::Down, 0, gain};
      case Kind::Down:
        return {Kind::Up, 0, gain};
      case Kind::Blur:
        break;
    }
    return {Kind::Blur, 3 - padding, gain};
  }
  std::int64_t resultSize(std::int64_t size) const {
    return kind == Kind::Up ? size * 2 : kind == Kind::Down ? size / 2 : size + 2 * padding - 3;
  }
};

// May write over what is added: each number of the result is read from there just before.
at::Tensor run(const at::Tensor& picture,
               const at::Tensor& picture_to_add,
               const Fir& fir,
               at::Tensor out = {}) {
  const at::Tensor x = picture.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor add =
      picture_to_add.defined() ? picture_to_add.contiguous(at::MemoryFormat::ChannelsLast) : at::Tensor();
  const std::int64_t height = fir.resultSize(x.size(2));
  const std::int64_t width = fir.resultSize(x.size(3));
  if (!out.defined()) {
    out = at::empty({x.size(0), x.size(1), height, width}, x.options(), at::MemoryFormat::ChannelsLast);
  }
  const kernels::ElementKernels& kernel = *elementKernels(x);
  const kernels::PictureLayout layout{x.size(2), x.size(3), x.size(1)};
  const void* source = x.const_data_ptr();
  const void* addend = add.defined() ? add.const_data_ptr() : nullptr;
  void* target = out.mutable_data_ptr();
  const auto gain = static_cast<float>(fir.gain);
  constexpr std::int64_t kGrain = 16384;  // pixels times channels worth a thread
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, width * x.size(1)));
  parallelRanges(x.size(0) * height, grain, [&](std::int64_t first, std::int64_t last) {
    switch (fir.kind) {
      case Kind::Up:
        kernel.fir_up2(layout, source, addend, target, gain, first, last);
        break;
      case Kind::Down:
        kernel.fir_down2(layout, source, target, gain, first, last);
        break;
      case Kind::Blur:
        kernel.fir_blur(layout, source, target, fir.padding, gain, first, last);
        break;
    }
  });
  return out;
}

class FirFunction : public torch::autograd::Function<FirFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context,
                            const at::Tensor& x,
                            const std::optional<at::Tensor>& add,
                            std::int64_t kind,
                            std::int64_t padding,
                            double gain) {
    context->saved_data["kind"] = kind;
    context->saved_data["padding"] = padding;
    context->saved_data["gain"] = gain;
    context->saved_data["adds"] = add.has_value();
    context->set_materialize_grads(false);
    return run(x, add.value_or(at::Tensor()), {static_cast<Kind>(kind), padding, gain});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor& gradient = gradients[0];
    at::Tensor of_x;
    if (gradient.defined() && context->needs_input_grad(0)) {
      const Fir adjoint = Fir{static_cast<Kind>(context->saved_data["kind"].toInt()),
                              context->saved_data["padding"].toInt(),
                              context->saved_data["gain"].toDouble()}
                              .adjoint();
      of_x = apply(gradient,
                   std::optional<at::Tensor>(),
                   static_cast<std::int64_t>(adjoint.kind),
                   adjoint.padding,
                   adjoint.gain);
    }
    return {of_x, context->saved_data["adds"].toBool() ? gradient : at::Tensor(), {}, {}, {}};
  }
};

at::Tensor apply(const at::Tensor& x, const at::Tensor& add, const Fir& fir) {
  const std::optional<at::Tensor> addend = add.defined() ? std::optional(add) : std::nullopt;
  return FirFunction::apply(x, addend, static_cast<std::int64_t>(fir.kind), fir.padding, fir.gain);
}

}  // namespace

at::Tensor quickUpsample2(const at::Tensor& x, const at::Tensor& add) {
  if (elementKernels(x) == nullptr) {
    const at::Tensor y = upsample2(x, binomialFilter().to(x.device()));
    return add.defined() ? y + add : y;
  }
  return apply(x, add, {Kind::Up, 0, 4.0});
}

void addUpsampled2(at::Tensor& sum, const at::Tensor& x) {
  const bool in_place = !at::GradMode::is_enabled() && elementKernels(x) != nullptr &&
                        sum.scalar_type() == x.scalar_type() &&
                        sum.is_contiguous(at::MemoryFormat::ChannelsLast);
  if (in_place) {
    run(x, sum, {Kind::Up, 0, 4.0}, sum);
  } else {
    sum = quickUpsample2(x, sum);
  }
}

at::Tensor quickDownsample2(const at::Tensor& x) {
  return elementKernels(x) == nullptr ? downsample2(x, binomialFilter().to(x.device()))
                                      : apply(x, {}, {Kind::Down, 0, 1.0});
}

at::Tensor quickBlur(const at::Tensor& x, std::int64_t padding, double gain) {
  if (elementKernels(x) == nullptr) {
    FirOptions options;
    options.gain = gain;
    options.x.pad_before = options.x.pad_after = padding;
    options.y = options.x;
    return fir(x, binomialFilter().to(x.device()), options);
  }
  return apply(x, {}, {Kind::Blur, padding, gain});
}

}  // namespace panohead::nn
