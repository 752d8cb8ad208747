#include "core/fast/cuda/cuda_check.h"
#include "core/fast/cuda/finish.h"
#include "core/fast/cuda/finish_math.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace panohead::fast::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kMostLanes = 32;  // of a pixel, 8 channels each at once

struct Float16 {
  __device__ static float2 unpack(unsigned pair) {
    return __half22float2(reinterpret_cast<const __half2&>(pair));
  }
  __device__ static unsigned pack(float a, float b) {
    const __half2 pair = __floats2half2_rn(a, b);
    return reinterpret_cast<const unsigned&>(pair);
  }
};

struct Bfloat16 {
  __device__ static float2 unpack(unsigned pair) {
    return __bfloat1622float2(reinterpret_cast<const __nv_bfloat162&>(pair));
  }
  __device__ static unsigned pack(float a, float b) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(a, b);
    return reinterpret_cast<const unsigned&>(pair);
  }
};

/// `lanes` (a power of two) threads side by side do one pixel.
template <typename Type>
__global__ void __launch_bounds__(kThreads)
    finishKernel(Finish f, int lanes, const uint4* source, uint4* result) {
  const int thread = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  const int pixel = thread / lanes;
  const int lane = thread % lanes;
  const bool inside = pixel < f.height * f.width;  // all stay for the shuffles below
  const int y = inside ? pixel / f.width : 0;
  const int x = inside ? pixel % f.width : 0;
  const int chunks = f.channels / 8;
  const long long from = static_cast<long long>(sourcePixel(y, x, f.width, f.phases)) * chunks;
  const float noise = inside && f.noise != nullptr ? f.noise[pixel] : 0.0F;
  float rgb[3] = {0, 0, 0};
  for (int chunk = lane; inside && chunk < chunks; chunk += lanes) {
    const uint4 words = source[from + chunk];
    unsigned pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int c = 8 * chunk + 2 * i;
      const float2 two = Type::unpack(pairs[i]);
      const float a = activate(two.x + f.bias[c] + noise, f.slope, f.limit);
      const float b = activate(two.y + f.bias[c + 1] + noise, f.slope, f.limit);
      pairs[i] = Type::pack(a, b);
      if (f.rgb_weight != nullptr) {
#pragma unroll
        for (int k = 0; k < 3; ++k) {
          rgb[k] += a * f.rgb_weight[k * f.channels + c] + b * f.rgb_weight[k * f.channels + c + 1];
        }
      }
    }
    if (result != nullptr) {
      result[static_cast<long long>(pixel) * chunks + chunk] =
          make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
    }
  }
  if (f.rgb_weight == nullptr) {
    return;
  }
  for (int mask = 1; mask < lanes; mask *= 2) {
#pragma unroll
    for (float& colour : rgb) {
      colour += __shfl_xor_sync(0xffffffffU, colour, mask);
    }
  }
  if (inside && lane == 0) {
#pragma unroll
    for (int k = 0; k < 3; ++k) {
      const float own = activate(rgb[k] + f.rgb_bias[k], 1.0F, f.rgb_limit);
      const float before =
          f.enlarge ? upsampledAt(f.before, f.height, f.width, y, x, k) : f.before[3 * pixel + k];
      f.rgb[3 * pixel + k] = own + before;
    }
  }
}

}  // namespace

void finish(const Finish& f, const void* source, void* result, Stream stream) {
  if (f.channels < 8 || f.channels % 8 != 0 || f.height < 1 || f.width < 1 || f.height > 4096 ||
      f.width > 4096) {
    throw OptionError("a convolution's " + std::to_string(f.channels) +
                      " channels cannot be finished with CUDA");
  }
  int lanes = 1;
  while (2 * lanes <= f.channels / 8 && lanes < kMostLanes) {
    lanes *= 2;
  }
  const long long threads = 1LL * f.height * f.width * lanes;
  const auto blocks = static_cast<unsigned>((threads + kThreads - 1) / kThreads);
  const auto s = static_cast<cudaStream_t>(stream);
  const auto* from = static_cast<const uint4*>(source);
  auto* to = static_cast<uint4*>(result);
  if (f.bfloat16) {
    finishKernel<Bfloat16><<<blocks, kThreads, 0, s>>>(f, lanes, from, to);
  } else {
    finishKernel<Float16><<<blocks, kThreads, 0, s>>>(f, lanes, from, to);
  }
  must(cudaGetLastError(), "finish a convolution");
}

}  // namespace panohead::fast::cuda
