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

void printConvolutionFloor(const std::string& what,
                           const std::vector<const nn::SynthesisBlock*>& blocks,
                           double measured) {
  const at::ScalarType type = quickType();
  fmt::print("convolutions of {} alone, in {}\n", what, c10::toString(type));
  double time = 0, flops = 0, bytes = 0;
  const auto add =
      [&](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t size, std::int64_t made) {
        const fast::PackedWeight weight(
            at::randn({out, in, kernel, kernel}).to(type), {kernel / 2, kernel / 2}, size);
        const at::Tensor x =
            at::randn({1, in, size, size}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        const double took = milliseconds([&] { weight.convolve(x); }, 5);
        const double counted = 2.0 * static_cast<double>(kernel * kernel * in * out * size * size);
        const double moved =
            static_cast<double>(in * size * size + out * made * made + kernel * kernel * in * out) *
            static_cast<double>(c10::elementSize(type));
        if (blocks.size() <= 2) {
          fmt::print(
              "  {:>3} -> {:>3} channels, {:>3} -> {:>3} px {:8.1f} GFLOP {:8.0f} GFLOP/s {:8.1f} ms {:8.0f} "
              "MB\n",
              in,
              out,
              size,
              made,
              counted / 1e9,
              counted / took / 1e6,
              took,
              moved / 1e6);
        }
        time += took;
        flops += counted;
        bytes += moved;
      };
  for (const nn::SynthesisBlock* block : blocks) {
    const std::int64_t made = block->options.resolution;
    if (block->options.in != 0) {
      // A transposed convolution of stride 2 multiplies as often as a plain one of its small picture.
      const bool upsamples = block->conv0.options.resampling == nn::Resampling::Up2;
      add(block->options.in, block->options.out, 3, upsamples ? made / 2 : made, made);
    }
    add(block->options.out, block->options.out, 3, made, made);
    if (block->options.img_channels > 3) {  // else it is part of what follows the convolution
      add(block->options.out, block->options.img_channels, 1, made, made);
    }
  }
  const double bandwidth = copyBandwidth();
  fmt::print(
      "  {:.1f} GFLOP in {:.1f} ms ({:.0f} GFLOP/s) are {:.0f} % of {:.1f} ms; weights, and activations in "
      "and out "
      "of each layer: {:.0f} MB, {:.1f} ms at the {:.1f} GB/s of a copy\n",
      flops / 1e9,
      time,
      flops / time / 1e6,
      100 * time / measured,
      measured,
      bytes / 1e6,
      bytes / bandwidth * 1e3,
      bandwidth / 1e9);
}

}  // namespace panohead::bench
