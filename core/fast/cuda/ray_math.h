#pragma once
// The arithmetic of one ray, one sample, one cell of the CUDA renderer. Functions for device and host,
// without any CUDA header: a CPU test draws rays by what the kernels call. core/kernels/draw_kernels.h has
// the same in SIMD; SPEC, "The PanoHead generator" 3 to 6, is the source of both.

#include "core/kernels/draw_layout.h"

#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define PANOHEAD_BOTH __host__ __device__ __forceinline__
#define PANOHEAD_LANE __device__ __forceinline__  // calls what only the device has
#define PANOHEAD_UNROLL _Pragma("unroll")
#else
#define PANOHEAD_BOTH inline
#define PANOHEAD_LANE inline
#define PANOHEAD_UNROLL
#endif

namespace panohead::fast::cuda {

using kernels::FeatureActivation;
using kernels::kEmptyDensity;
using kernels::kLeastDensity;

constexpr int kLanes = 32;     // of a warp; it draws one ray at a time
constexpr int kBatch = 16;     // samples decoded at once: the rows of a tensor core's tile
constexpr int kChannels = 32;  // of a grid
constexpr int kHidden = 64;    // of the decoder
constexpr int kFeatures = 32;  // of the rendered feature: one lane each
constexpr int kGrids = 3;
constexpr int kMostSamples = 256;  // of a ray, both passes
constexpr int kTiles = kHidden / 8;
constexpr int kSteps = kChannels / 16;  // of a tensor core's inner dimension
constexpr int kFeatureTiles = kFeatures / 8;
constexpr int kFeatureSteps = kHidden / 16;
constexpr int kPairsOfRow = kChannels / 2;  // features are kept two by two
constexpr int kPairsOfChunk = 4;            // 16 bytes in half precision
constexpr int kCells = kernels::kOccupancyCells;
constexpr float kFarAway = 3.4028234663852886e38F;

/// Tri-grids of one head and where they are empty. Lengths in world units.
struct Volume {
  const void* planes = nullptr;  // [size][size][3 grids][slices][kChannels]
  int size = 0;                  // pixels on a side, at least 2
  int slices = 0;
  float scale = 2;                     // world units to [-1, 1]
  float limit = 0.5;                   // |x| or |z| beyond it is empty
  float half = 0.5;                    // side of the cube / 2
  bool third_zxy = false;              // third grid read at (z, x, y) instead of (y, z, x)
  const std::int8_t* cells = nullptr;  // as kernels::OccupancyLayout, of kCells on a side
};

/// The decoder's tables. `Pair`: two channels, half precision on the device.
template <typename Pair>
struct DecoderTables {
  const Pair* hidden_fragments = nullptr;  // [kTiles][kSteps][kLanes][2], see arrangeWeights()
  const float* hidden_bias = nullptr;      // [kHidden]
  const float* density_weight = nullptr;   // [kHidden]
  float density_bias = 0;
  const float* feature_weight = nullptr;  // [kHidden][kFeatures]
  const float* feature_bias = nullptr;    // [kFeatures]
  // Of a decoder with an activation behind its last layer, which each sample then needs for itself (EG3D):
  FeatureActivation activation = FeatureActivation::None;
  const Pair* feature_fragments = nullptr;  // [kFeatureTiles][kFeatureSteps][kLanes][2], as the hidden ones
};

/// Numbers of a view: the camera label, then where its rays start and end, world units from the camera.
constexpr int kLabelNumbers = 25;
constexpr int kViewNumbers = kLabelNumbers + 2;

/// What is drawn, whatever the view.
struct FrameOptions {
  int resolution = 64;      // pixels on a side
  int coarse = 48;          // samples of the first pass, at least 4
  int fine = 48;            // of the second; 0: one pass
  bool auto_range = false;  // rays start and end at the box, not where the view says
  bool disparity = false;   // even steps of 1 / depth
  bool white_back = false;
  float least_transmittance = kernels::kLeastTransmittance;

  bool operator==(const FrameOptions&) const = default;
};

struct Ray {
  float origin[3];
  float direction[3];  // unit length
};

/// Distances along one ray. A miss of the box has start -1 and end -2 (core/volume/ray_sampler.h).
struct Range {
  float start, end;
};

/// Of all rays of a frame.
struct RangeLimits {
  float first_start, last_start;  // of the rays that hit the box; first > last: none does
  float nearest, farthest;        // coarse samples
};

/// Ray through the centre of a pixel. @param label [25]: camera to world [4, 4], intrinsics [3, 3]
PANOHEAD_BOTH Ray cameraRay(const float* label, int resolution, int pixel) {
  const float* k = label + 16;
  const float step = 1.0F / static_cast<float>(resolution);
  const float u = (static_cast<float>(pixel % resolution) + 0.5F) * step;
  const float v = (static_cast<float>(pixel / resolution) + 0.5F) * step;
  const float y = (v - k[5]) / k[4];
  const float x = (u - k[2] - k[1] * y) / k[0];
  Ray ray;
  float squares = 0;
  for (int a = 0; a < 3; ++a) {
    ray.origin[a] = label[4 * a + 3];
    ray.direction[a] = label[4 * a] * x + label[4 * a + 1] * y + label[4 * a + 2];
    squares += ray.direction[a] * ray.direction[a];
  }
  const float inverse = 1.0F / fmaxf(sqrtf(squares), 1e-12F);
  for (float& d : ray.direction) {
    d *= inverse;
  }
  return ray;
}

/// The pixel that a place in drawing order is: tiles of 8 x 8, so that warps beside each other read the same
/// cache lines. Row by row where tiles do not fit.
PANOHEAD_BOTH int pixelOfOrder(int order, int resolution) {
  if (resolution % 8 != 0) {
    return order;
  }
  const int tile = order / 64;
  const int tiles = resolution / 8;
  const int y = tile / tiles * 8 + order % 64 / 8;
  const int x = tile % tiles * 8 + order % 8;
  return y * resolution + x;
}

PANOHEAD_BOTH Range intersectBox(const Ray& ray, float half) {
  float start = -kFarAway;
  float end = kFarAway;
  for (int a = 0; a < 3; ++a) {
    const float inverse = 1.0F / ray.direction[a];
    const float from = (-half - ray.origin[a]) * inverse;
    const float to = (half - ray.origin[a]) * inverse;
    start = fmaxf(start, fminf(from, to));
    end = fminf(end, fmaxf(from, to));
  }
  return start > end ? Range{-1, -2} : Range{start, end};
}

/// What a ray that misses the box borrows from those that hit it: the published renderer takes starts for
/// both ends.
PANOHEAD_BOTH Range boxRange(Range own, const RangeLimits& limits) {
  if (own.end > own.start || limits.first_start > limits.last_start) {
    return own;
  }
  return {limits.first_start, limits.last_start};
}

PANOHEAD_BOTH Range viewRange(const float* view) { return {view[kLabelNumbers], view[kLabelNumbers + 1]}; }

/// Depth of a sample of the first pass, in the middle of its stratum.
PANOHEAD_BOTH float coarseDepth(const FrameOptions& frame, Range range, int i) {
  const float last = static_cast<float>(frame.coarse - 1);
  if (frame.auto_range) {
    const float length = range.end - range.start;
    return range.start + static_cast<float>(i) * (1.0F / last) * length + 0.5F * (length * (1.0F / last));
  }
  if (frame.disparity) {
    const float t = (static_cast<float>(i) + 0.5F) / last;
    return 1.0F / ((1.0F - t) * (1.0F / range.start) + t * (1.0F / range.end));
  }
  return range.start + (static_cast<float>(i) + 0.5F) * ((range.end - range.start) / last);
}

PANOHEAD_BOTH float exponential(float x) {
#if defined(__CUDA_ARCH__)
  return __expf(x);
#else
  return std::exp(x);
#endif
}

/// log(1 + exp(x)). On the device to 1e-7 of the larger of one and the result.
PANOHEAD_BOTH float softplus(float x) {
  const float e = exponential(-fabsf(x));
#if defined(__CUDA_ARCH__)
  return fmaxf(x, 0.0F) + __logf(1.0F + e);
#else
  return fmaxf(x, 0.0F) + std::log1p(e);
#endif
}

/// What a decoder does to its last layer. @param activation not None
PANOHEAD_BOTH float activated(float x, FeatureActivation activation) {
  return activation == FeatureActivation::Sigmoid ? 1.002F / (1.0F + exponential(-x)) - 0.001F
                                                  : fmaxf(x, 0.2F * x) * 1.41421356F;
}

/// The two places around a position on an axis of `size` and what their hat functions have there: zero for
/// what lies outside, and for what is not a number.
struct HatTaps {
  int first;
  float weight[2];
};

PANOHEAD_BOTH HatTaps hatTaps(float coordinate, int size) {
  const float count = static_cast<float>(size);
  const float position = ((coordinate + 1.0F) * count - 1.0F) * 0.5F;
  const float inside = fminf(fmaxf(position, 0.0F), size > 1 ? count - 2.0F : 0.0F);
  HatTaps taps;
  taps.first = static_cast<int>(inside);
  const float from = position - static_cast<float>(taps.first);
  taps.weight[0] = fmaxf(1.0F - fabsf(from), 0.0F);
  taps.weight[1] = size > 1 ? fmaxf(1.0F - fabsf(from - 1.0F), 0.0F) : 0.0F;
  return taps;
}

/// One 16-byte chunk (8 channels) of a point's features, averaged over the grids: 24 loads that depend on
/// nothing but the point. `load(offset, values[8])` reads 8 channels from `offset` channels on.
template <typename Load>
PANOHEAD_LANE void gatherChunk(
    const Volume& volume, const float (&point)[3], int chunk, const Load& load, float (&sum)[8]) {
  HatTaps pixels[3];
  HatTaps slices[3];
  PANOHEAD_UNROLL
  for (int a = 0; a < 3; ++a) {
    pixels[a] = hatTaps(point[a] * volume.scale, volume.size);
    slices[a] = hatTaps(point[a] * volume.scale, volume.slices);
  }
  PANOHEAD_UNROLL
  for (float& s : sum) {
    s = 0;
  }
  const int pixel = kGrids * volume.slices * kChannels;
  PANOHEAD_UNROLL
  for (int g = 0; g < kGrids; ++g) {
    // Written out, so that the arrays stay in registers.
    const bool zxy = g == 2 && volume.third_zxy;
    const HatTaps u = g < 2 ? pixels[0] : (zxy ? pixels[2] : pixels[1]);
    const HatTaps v = g == 0 ? pixels[1] : (zxy ? pixels[0] : pixels[2]);
    const HatTaps t = g == 0 ? slices[2] : (g == 1 || zxy ? slices[1] : slices[0]);
    const int corner =
        (v.first * volume.size + u.first) * pixel + (g * volume.slices + t.first) * kChannels + 8 * chunk;
    PANOHEAD_UNROLL
    for (int place = 0; place < 4; ++place) {
      const int i = place & 1;
      const int j = place >> 1;
      const float weight = u.weight[i] * v.weight[j] * (1.0F / kGrids);
      const int offset = corner + (j * volume.size + i) * pixel;
      float values[8];
      load(offset, values);
      PANOHEAD_UNROLL
      for (int c = 0; c < 8; ++c) {
        sum[c] += values[c] * (weight * t.weight[0]);
      }
      if (volume.slices > 1) {
        load(offset + kChannels, values);
        PANOHEAD_UNROLL
        for (int c = 0; c < 8; ++c) {
          sum[c] += values[c] * (weight * t.weight[1]);
        }
      }
    }
  }
}

/// Place of a chunk of a row of features in shared memory, in pairs: rows are 64 bytes in half precision, and
/// without the exclusive or a tensor core's loads from eight rows would meet in two banks.
PANOHEAD_BOTH int chunkPlace(int row, int chunk) {
  return row * kPairsOfRow + (chunk ^ (row >> 1 & 3)) * kPairsOfChunk;
}

/// Which weights of a layer a lane holds for mma.m16n8k16 (PTX ISA, "Matrix fragments"): the pair `part`
/// (0, 1) of step and tile has inputs c and c + 1 of one output.
PANOHEAD_BOTH int fragmentInput(int step, int lane, int part) {
  return 16 * step + 8 * part + 2 * (lane % 4);
}
PANOHEAD_BOTH int fragmentOutput(int tile, int lane) { return 8 * tile + lane / 4; }

/// A layer's weights in the order of the lanes. @param weight [out][in] by strides, multiples of 8 and 16
/// @param fragments [out / 8][in / 16][kLanes][2]  @param pack (a, b) makes a pair
template <typename Pair, typename Pack>
void arrangeWeights(
    const float* weight, int out, int in, int out_stride, int in_stride, Pair* fragments, const Pack& pack) {
  for (int tile = 0; tile < out / 8; ++tile) {
    for (int step = 0; step < in / 16; ++step) {
      for (int lane = 0; lane < kLanes; ++lane) {
        for (int part = 0; part < 2; ++part) {
          const float* from =
              weight + fragmentOutput(tile, lane) * out_stride + fragmentInput(step, lane, part) * in_stride;
          *fragments++ = pack(from[0], from[in_stride]);
        }
      }
    }
  }
}

/// The hidden layer's. @param weight [kHidden][kChannels]  @param fragments [kTiles][kSteps][kLanes][2]
template <typename Pair, typename Pack>
void arrangeHidden(const float* weight, Pair* fragments, const Pack& pack) {
  arrangeWeights(weight, kHidden, kChannels, kChannels, 1, fragments, pack);
}

/// The last layer's, whose inputs are the hidden layer as one multiplication leaves it for the next: columns
/// of two tiles beside each other are the inputs of one step. @param weight [kHidden][kFeatures]
/// @param fragments [kFeatureTiles][kFeatureSteps][kLanes][2]
template <typename Pair, typename Pack>
void arrangeFeature(const float* weight, Pair* fragments, const Pack& pack) {
  arrangeWeights(weight, kFeatures, kHidden, 1, kFeatures, fragments, pack);
}

/// Index into Volume::cells.
PANOHEAD_BOTH int cellOfPoint(const Volume& volume, const float (&point)[3]) {
  const float scale = static_cast<float>(kCells) / (2 * volume.half);
  int cell = 0;
  bool beyond = false;
  for (int a = 2; a >= 0; --a) {
    beyond = beyond || !(fabsf(point[a]) <= volume.half);
    const float place = fminf(fmaxf((point[a] + volume.half) * scale, 0.0F), static_cast<float>(kCells - 1));
    cell = cell * kCells + static_cast<int>(place);
  }
  if (!(fabsf(point[0]) <= volume.limit && fabsf(point[2]) <= volume.limit)) {
    return kCells * kCells * kCells + 1;
  }
  return beyond ? kCells * kCells * kCells : cell;
}

/// Whether samples are so far apart that the grid is not to be trusted.
PANOHEAD_BOTH bool coarserThanCells(const Volume& volume, float step) {
  return step > kernels::kMostCellsOfStep * 2 * volume.half / static_cast<float>(kCells);
}

/// Density of a sample that is not decoded.
PANOHEAD_BOTH float densityOfCode(std::int8_t code) {
  return code == kernels::kCroppedCell || code == kernels::kEvaluateCell
             ? kEmptyDensity
             : static_cast<float>(code) * kernels::kDensityStep;
}

PANOHEAD_BOTH std::int8_t codeOfDensity(float density) {
  const float steps = rintf(density / kernels::kDensityStep);
  return static_cast<std::int8_t>(fminf(fmaxf(steps, -126.0F), 126.0F));
}

/// Points at which the occupancy grid measures, in this order: the corners of its cells, layers above and
/// below the cube (beside it is the margin), where grids whose slices are stacked along y fade out over a
/// whole slice, and a point so far outside that the grids have nothing.
constexpr int kCornersOfSide = kCells + 1;
constexpr int kPointsOfLayer = kCornersOfSide * kCornersOfSide;
constexpr int kCorners = kPointsOfLayer * kCornersOfSide;
constexpr int kLayers = 8;
constexpr int kMeasured = kCorners + kLayers * kPointsOfLayer + 1;

/// @param i below kMeasured
PANOHEAD_BOTH void pointOfMeasure(const Volume& volume, int i, float (&point)[3]) {
  const float step = 2 * volume.half / static_cast<float>(kCells);
  const auto place = [&](int n) { return static_cast<float>(n) * step - volume.half; };
  if (i == kMeasured - 1) {
    point[0] = point[1] = point[2] = 100 * volume.half;
    return;
  }
  point[0] = place(i % kCornersOfSide);
  if (i < kCorners) {
    point[1] = place(i / kCornersOfSide % kCornersOfSide);
    point[2] = place(i / kPointsOfLayer);
    return;
  }
  const int layer = (i - kCorners) / kPointsOfLayer;
  const int pair = layer / 2;  // of the way to where nothing is left:
  const float way = pair == 0 ? 0.0F : (pair == 1 ? 0.02F : (pair == 2 ? 0.3F : 0.6F));
  const float y = volume.half * (1 + way / static_cast<float>(volume.slices));
  point[1] = layer % 2 == 0 ? y : -y;
  point[2] = place((i - kCorners) % kPointsOfLayer / kCornersOfSide);
}

/// Whether point `i`, behind the corners, says that something shows outside of the cube.
PANOHEAD_BOTH bool showsOutside(const Volume& volume, int i, float density) {
  float point[3];
  pointOfMeasure(volume, i, point);
  const bool margin = fabsf(point[0]) > volume.limit || fabsf(point[2]) > volume.limit;
  return (i == kMeasured - 1 || !margin) && !(density < kLeastDensity);
}

/// Largest (a NaN counts) and mean density of a cell's corners. @param density [z][y][x] of kCells + 1
struct CornerDensity {
  float largest, mean;
};

PANOHEAD_BOTH CornerDensity cornersOfCell(const float* density, int x, int y, int z) {
  constexpr int n = kCornersOfSide;
  CornerDensity result{-kFarAway, 0};
  for (int corner = 0; corner < 8; ++corner) {
    const float value = density[((z + (corner >> 2)) * n + y + (corner >> 1 & 1)) * n + x + (corner & 1)];
    result.largest = value > result.largest || value != value ? value : result.largest;
    result.mean += value / 8;
  }
  return result;
}

/// The code of a cell: looked into when it or a neighbour may show (core/fast/occupancy.h).
PANOHEAD_BOTH std::int8_t codeOfCell(const float* density, int x, int y, int z) {
  for (int k = z > 0 ? z - 1 : 0; k <= z + 1 && k < kCells; ++k) {
    for (int j = y > 0 ? y - 1 : 0; j <= y + 1 && j < kCells; ++j) {
      for (int i = x > 0 ? x - 1 : 0; i <= x + 1 && i < kCells; ++i) {
        if (!(cornersOfCell(density, i, j, k).largest < kLeastDensity)) {
          return kernels::kEvaluateCell;
        }
      }
    }
  }
  return codeOfDensity(cornersOfCell(density, x, y, z).mean);
}

/// Opacity of the interval between two samples, and the light that passes it.
PANOHEAD_BOTH float opacity(float density0, float density1, float length) {
  return 1.0F - exponential(-softplus((density0 + density1) * 0.5F - 1.0F) * length);
}
PANOHEAD_BOTH float passed(float alpha) { return 1.0F - alpha + 1e-10F; }

/// Optical thickness from below: softplus between its two straight ends.
PANOHEAD_BOTH float leastThickness(float density0, float density1, float length) {
  return fmaxf((density0 + density1) * 0.5F - 1.0F, 0.0F) * length;
}

/// Widened and averaged weight of a bin of the second pass (core/volume/importance_sampler.h).
/// @param weight of the first pass's intervals; needs bin + 2
PANOHEAD_BOTH float binWeight(const float* weight, int bin) {
  const float wide = fmaxf(weight[bin], weight[bin + 1]);
  const float next = fmaxf(weight[bin + 1], weight[bin + 2]);
  return (wide + next) * 0.5F + (0.01F + 1e-5F);
}

/// First index of an increasing array whose value exceeds `value` (`or_equal`: or equals it).
PANOHEAD_BOTH int firstAbove(const float* values, int count, float value, bool or_equal) {
  int low = 0;
  int high = count;
  while (low < high) {
    const int middle = (low + high) / 2;
    const bool above = or_equal ? values[middle] >= value : values[middle] > value;
    if (above) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// Depth of sample n of the second pass. Increasing in n, to the last bit: what merges the passes relies on
/// it.
/// @param cumulative [coarse - 2]: sums of binWeight, from 0
PANOHEAD_BOTH float fineDepth(const FrameOptions& frame, const float* depth, const float* cumulative, int n) {
  const int bins = frame.coarse - 3;
  const float total = cumulative[bins];
  const float scale = 1.0F / total;
  const float even = frame.fine > 1 ? static_cast<float>(n) / static_cast<float>(frame.fine - 1) : 0.0F;
  const float position = even * total;
  const int right = firstAbove(cumulative, bins + 1, position, false);
  const int below = right > 0 ? right - 1 : 0;
  const int above = right < bins ? right : bins;
  const float width = (cumulative[above] - cumulative[below]) * scale;
  const float t = (position - cumulative[below]) * scale / (width < 1e-5F ? 1.0F : width);
  const float from = (depth[below] + depth[below + 1]) * 0.5F;
  const float to = (depth[above] + depth[above + 1]) * 0.5F;
  return fminf(from + t * (to - from), to);
}

/// Half the weight of the intervals beside a sample: features are taken at interval middles.
PANOHEAD_BOTH float shareOfRank(const float* weight, int rank, int samples) {
  return 0.5F * ((rank > 0 ? weight[rank - 1] : 0.0F) + (rank + 1 < samples ? weight[rank] : 0.0F));
}

/// Depth of a pixel: rays that hit nothing are as far away as anything is looked for.
PANOHEAD_BOTH float pixelDepth(float composited, float weight, float nearest, float farthest) {
  const float depth = weight > 0 ? composited / weight : farthest;
  return fminf(fmaxf(depth, nearest), farthest);
}

}  // namespace panohead::fast::cuda
