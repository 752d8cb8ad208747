#pragma once

#include "core/fast/cuda/device_memory.h"

namespace panohead::fast::cuda {

/// What follows a prepared convolution, in one pass over the memory: depth to space, bias, noise, leaky ReLU,
/// clamp, and the picture (ToRGB over the picture before). All pointers are device memory.
struct Finish {
  int height = 0, width = 0;  // pixels of the result
  int channels = 0;           // of the result, a multiple of 8
  bool bfloat16 = false;      // source and result; else float16
  /// The source has all four phases of every 2 x 2 pixels: [height / 2][width / 2][2][2][channels].
  bool phases = false;
  const float* bias = nullptr;   // [channels]
  const float* noise = nullptr;  // [height][width], or null
  float slope = 0.2F;
  float limit = 3.4028234663852886e38F;
  const float* rgb_weight = nullptr;  // [3][channels], or null: no picture
  const float* rgb_bias = nullptr;    // [3]
  float rgb_limit = 3.4028234663852886e38F;
  const float* before = nullptr;  // the picture so far; [height / 2][width / 2][3] where enlarged
  bool enlarge = false;           // `before` has half the size
  float* rgb = nullptr;           // [height][width][3]
};

/// @param source [height][width][channels], or as Finish::phases  @param result null: only the picture is
/// wanted; may be `source` unless Finish::phases
/// Throws OptionError for channels that it does not know.
void finish(const Finish& finish, const void* source, void* result, Stream stream);

}  // namespace panohead::fast::cuda
