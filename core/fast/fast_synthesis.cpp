#include "core/fast/fast_synthesis.h"

#include "core/kernels/kernel_table.h"
#include "core/nn/quick_fir.h"
#include "core/tensor/kernel_dispatch.h"
#include "core/tensor/parallel.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

#include <cmath>

namespace panohead::fast {

namespace {

constexpr std::int64_t kTracedResolution = 64;  // pixels

/// x with every channel multiplied. @param scale [C] float32
at::Tensor scaled(const at::Tensor& x, const at::Tensor& scale) {
  const at::Tensor out = at::empty(x.sizes(), x.options(), at::MemoryFormat::ChannelsLast);
  kernels::Epilogue e;
  e.pixels = x.size(2) * x.size(3);
  e.channels = x.size(1);
  e.scale = scale.const_data_ptr<float>();
  const auto kernel = elementKernels(x)->epilogue;
  const void* source = x.const_data_ptr();
  void* target = out.data_ptr();
  parallelRanges(e.pixels,
                 std::max<std::int64_t>(1, 65536 / e.channels),
                 [&](std::int64_t first, std::int64_t last) { kernel(e, source, target, first, last); });
  return out;
}

bool known(const nn::SynthesisLayer& layer) {
  return layer.options.in % 16 == 0 && layer.options.out % 16 == 0 &&
         layer.options.resampling != nn::Resampling::Down2;
}

}  // namespace

bool FastSynthesis::applies(const nn::SynthesisNetwork& network) {
  return std::ranges::all_of(network.blocks, [](const nn::SynthesisBlock& block) {
    return block.conv1.weight.is_cpu() && known(block.conv1) && block.options.upsample &&
           (block.options.in == 0 || known(block.conv0)) && block.options.img_channels % 16 == 0;
  });
}

FastSynthesis::FastSynthesis(const nn::SynthesisNetwork& network,
                             const at::Tensor& rgb_order,
                             const AskToStop& checkpoint) {
  const at::NoGradGuard no_grad;
  const auto pack = [&checkpoint](const nn::SynthesisLayer& layer) {
    check(checkpoint);
    return Layer{&layer, PackedLayer(layer)};
  };
  for (const nn::SynthesisBlock& from : network.blocks) {
    Block block;
    if (from.options.in == 0) {
      block.constant = from.constant.unsqueeze(0).to(quickType()).contiguous(at::MemoryFormat::ChannelsLast);
    } else {
      block.layers.push_back(pack(from.conv0));
    }
    block.layers.push_back(pack(from.conv1));
    block.torgb = &from.torgb;
    const auto ordered = [&](const at::Tensor& t) {
      return (rgb_order.defined() ? t.index_select(0, rgb_order) : t).to(quickType());
    };
    block.rgb_weight = PackedWeight(ordered(from.torgb.weight), {0, 0}, from.options.resolution);
    block.rgb_bias = ordered(from.torgb.bias);
    blocks_.push_back(std::move(block));
    traced_blocks_ += from.options.resolution <= kTracedResolution ? 1 : 0;
  }
}

at::Tensor FastSynthesis::run(const Layer& of,
                              const at::Tensor& x,
                              const at::Tensor& w,
                              NoiseMode noise,
                              const AskToStop& checkpoint) const {
  const LayerOfHead layer(of.packed, *of.layer, w, noise);
  return of.packed.conv(scaled(x, layer.style), layer.finishing, checkpoint);
}

at::Tensor FastSynthesis::picture(const Block& block, const at::Tensor& x, const at::Tensor& w) const {
  const at::Tensor style =
      (block.torgb->affine(w)[0] * (1.0 / std::sqrt(static_cast<double>(block.torgb->options.in))))
          .contiguous();
  const at::Tensor y = block.rgb_weight.convolve(scaled(x, style), block.rgb_bias);
  const std::optional<double>& clamp = block.torgb->options.clamp;
  return clamp ? y.clamp(-*clamp, *clamp) : y;
}

std::size_t FastSynthesis::sharedBlocks(const Trace& trace, const at::Tensor& ws, NoiseMode noise) const {
  if (trace.noise != noise) {
    return 0;
  }
  std::size_t shared = 0;
  std::int64_t layers = 1;  // that the blocks so far read, ToRGB's among them
  for (std::size_t b = 0; b < trace.images.size(); ++b) {
    layers += static_cast<std::int64_t>(blocks_[b].layers.size());
    if (!at::equal(trace.ws.narrow(1, 0, layers), ws.narrow(1, 0, layers))) {
      break;
    }
    shared = b + 1;
  }
  return shared;
}

at::Tensor FastSynthesis::operator()(const at::Tensor& ws,
                                     NoiseMode noise,
                                     const std::function<void()>& checkpoint) const {
  const at::NoGradGuard no_grad;
  std::shared_ptr<const Trace> before;
  {
    const std::lock_guard lock(mutex_);
    before = trace_;
  }
  const std::size_t shared = before ? sharedBlocks(*before, ws, noise) : 0;
  auto trace = std::make_shared<Trace>(Trace{ws.clone(), noise, {}, {}});
  at::Tensor x;
  at::Tensor image;
  std::int64_t next = 0;  // w of the next convolution; ToRGB shares it with the next block's first one
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    if (b < shared) {
      x = before->activations[b];
      image = before->images[b];
      next += static_cast<std::int64_t>(block.layers.size());
    } else {
      x = block.constant.defined() ? block.constant : x;
      for (const Layer& layer : block.layers) {
        x = run(layer, x, ws.select(1, next++), noise, checkpoint);
      }
      const at::Tensor rgb = picture(block, x, ws.select(1, next));
      image = image.defined() ? nn::quickUpsample2(image, rgb) : rgb;
    }
    if (b < traced_blocks_ && b + 1 < blocks_.size()) {
      trace->activations.push_back(x);
      trace->images.push_back(image);
    }
  }
  const std::lock_guard lock(mutex_);
  trace_ = std::move(trace);
  return image;
}

}  // namespace panohead::fast
