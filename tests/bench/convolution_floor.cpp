#include "tests/bench/convolution_floor.h"

#include "core/fast/packed_weight.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace panohead::bench {

namespace {

/// Bytes read and written a second by copying what no cache holds.
double copyBandwidth() {
  const at::Tensor from = at::zeros({64 << 20});  // 256 MiB
  const at::Tensor to = at::zeros_like(from);
  const double time = milliseconds([&] { to.copy_(from); }, 3);
  return 2.0 * static_cast<double>(from.nbytes()) / time * 1e3;
}

}  // namespace

double milliseconds(const std::function<void()>& work, int times) {
  work();
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    all.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

void printConvolutionFloor(const SuperResolution& network, double measured) {
  const at::ScalarType type = quickType();
  fmt::print("convolutions of super-resolution alone, in {}\n", c10::toString(type));
  double ideal = 0;
  double bytes = 0;
  for (const nn::SynthesisBlock* block : {&network.block0, &network.block1}) {
    for (const nn::SynthesisLayer* layer : {&block->conv0, &block->conv1}) {
      const nn::SynthesisLayerOptions& o = layer->options;
      // A transposed convolution of stride 2 multiplies as often as a plain one of its small picture.
      const bool upsamples = o.resampling == nn::Resampling::Up2;
      const std::int64_t size = o.resolution / (upsamples ? 2 : 1);
      const fast::PackedWeight weight(at::randn({o.out, o.in, 3, 3}).to(type), {1, 1}, size);
      const at::Tensor x =
          at::randn({1, o.in, size, size}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
      const double time = milliseconds([&] { weight.convolve(x); }, 5);
      const double flops = 18.0 * static_cast<double>(o.in * o.out * size * size);
      const double moved = static_cast<double>(o.in * size * size + o.out * o.resolution * o.resolution) *
                           static_cast<double>(c10::elementSize(type));
      fmt::print(
          "  {:>3} -> {:>3} channels, {:>3} -> {:>3} px {:8.1f} GFLOP {:8.0f} GFLOP/s {:8.1f} ms {:8.0f} "
          "MB\n",
          o.in,
          o.out,
          size,
          o.resolution,
          flops / 1e9,
          flops / time / 1e6,
          time,
          moved / 1e6);
      ideal += time;
      bytes += moved;
    }
  }
  const double bandwidth = copyBandwidth();
  fmt::print(
      "  {:.1f} ms are {:.0f} % of {:.1f} ms; activations, in and out of each layer: {:.0f} MB, {:.1f} ms at "
      "the {:.1f} GB/s of a copy\n",
      ideal,
      100 * ideal / measured,
      measured,
      bytes / 1e6,
      bytes / bandwidth * 1e3,
      bandwidth / 1e9);
}

}  // namespace panohead::bench
