#include "core/fast/packed_weight.h"

#include "core/tensor/prelude.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace panohead::fast {

namespace {

// Operators of LibTorch's oneDNN back-end. They are no C++ functions of its headers; a build without them
// does the same with plain convolutions.
using Reorder = at::Tensor(const at::Tensor&,
                           at::IntArrayRef,
                           at::IntArrayRef,
                           at::IntArrayRef,
                           std::int64_t,
                           at::OptionalIntArrayRef);
using Convolve = at::Tensor(const at::Tensor&,
                            const at::Tensor&,
                            const std::optional<at::Tensor>&,
                            at::IntArrayRef,
                            at::IntArrayRef,
                            at::IntArrayRef,
                            std::int64_t,
                            std::string_view,
                            c10::List<std::optional<at::Scalar>>,
                            std::optional<std::string_view>);

constexpr std::array<std::int64_t, 2> kOne{1, 1};

struct Operators {
  std::optional<c10::TypedOperatorHandle<Reorder>> reorder;
  std::optional<c10::TypedOperatorHandle<Convolve>> convolve;
};

const Operators& operators() {
  static const Operators found = [] {
    Operators o;
    auto& dispatcher = c10::Dispatcher::singleton();
    const auto reorder = dispatcher.findSchema({"mkldnn::_reorder_convolution_weight", ""});
    const auto convolve = dispatcher.findSchema({"mkldnn::_convolution_pointwise", ""});
    if (reorder && convolve) {
      o.reorder = reorder->typed<Reorder>();
      o.convolve = convolve->typed<Convolve>();
    }
    return o;
  }();
  return found;
}

}  // namespace

PackedWeight::PackedWeight(const at::Tensor& weight, std::array<std::int64_t, 2> padding, std::int64_t size)
    : weight_(weight.contiguous(at::MemoryFormat::ChannelsLast)), padding_(padding) {
  if (operators().reorder) {
    const std::array<std::int64_t, 4> input{1, weight.size(1), size, size};
    weight_ = operators().reorder->call(weight_, padding_, kOne, kOne, 1, at::IntArrayRef(input));
    packed_ = true;
  }
}

at::Tensor PackedWeight::convolve(const at::Tensor& x,
                                  const at::Tensor& bias,
                                  std::array<std::int64_t, 2> padding) const {
  const std::optional<at::Tensor> offset = bias.defined() ? std::optional(bias) : std::nullopt;
  if (!packed_) {
    return at::conv2d(x, weight_, offset, kOne, padding);
  }
  return operators().convolve->call(
      x, weight_, offset, padding, kOne, kOne, 1, "none", c10::List<std::optional<at::Scalar>>(), "");
}

}  // namespace panohead::fast
