#pragma once
// Tri-grid sampling (PanoHead, section 3.2), its gradient to the grids and to the points.

#include "core/kernels/kernel_table.h"
#include "core/kernels/simd.h"

namespace panohead::kernels {
namespace {

constexpr int kGrids = 3;
constexpr int kTapsOfGrid = 8;

struct Tap {
  std::int64_t offset;  // of its first channel in the item's planes
  float weight;
};

/// The two samples around a position on one axis: index of the first, weights, and which are inside.
struct AxisTaps {
  std::int64_t first;
  float weight[2];
  bool inside[2];
};

inline AxisTaps axisTaps(float coordinate, std::int64_t size) {
  // Pixel centres at (2 i + 1) / size - 1, as align_corners = false has them.
  const float position = ((coordinate + 1) * static_cast<float>(size) - 1) * 0.5F;
  AxisTaps taps;
  // Far points would overflow the integer; they lie outside anyway. Written so that NaN counts as outside.
  if (!(position > -2 && position < static_cast<float>(size) + 1)) {
    return {0, {0, 0}, {false, false}};
  }
  const float below = __builtin_floorf(position);
  taps.first = static_cast<std::int64_t>(below);
  taps.weight[1] = position - below;
  taps.weight[0] = 1 - taps.weight[1];
  taps.inside[0] = taps.first >= 0 && taps.first < size;
  taps.inside[1] = taps.first + 1 >= 0 && taps.first + 1 < size;
  return taps;
}

/// Which of a point's coordinates are a grid's width, height and depth.
struct GridAxes {
  int u, v, t;
};

inline GridAxes gridAxes(int grid, bool third_zxy) {
  constexpr GridAxes kAxes[] = {{0, 1, 2}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
  return kAxes[grid == 2 && third_zxy ? 3 : grid];
}

inline bool cropped(const TriGridLayout& layout, const float* point) {
  return !(__builtin_fabsf(point[0]) <= layout.limit && __builtin_fabsf(point[2]) <= layout.limit);
}

inline std::int64_t pixelStride(const TriGridLayout& layout) {
  return kGrids * layout.slices * layout.channels;
}

struct GridPosition {
  AxisTaps u, v, t;
};

inline GridPosition gridPosition(const TriGridLayout& layout, const float* point, int grid) {
  const GridAxes axes = gridAxes(grid, layout.third_zxy);
  return {axisTaps(point[axes.u] * layout.scale, layout.size),
          axisTaps(point[axes.v] * layout.scale, layout.size),
          axisTaps(point[axes.t] * layout.scale, layout.slices)};
}

inline std::int64_t tapOffset(
    const TriGridLayout& layout, const GridPosition& p, int grid, int i, int j, int k) {
  const std::int64_t pixel = (p.v.first + j) * layout.size + p.u.first + i;
  return pixel * pixelStride(layout) + (grid * layout.slices + p.t.first + k) * layout.channels;
}

/// The taps of a position in one grid that lie inside. @return how many
inline int tapsOf(const TriGridLayout& layout, const GridPosition& p, int grid, Tap* taps) {
  int count = 0;
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 2; ++i) {
      if (!p.v.inside[j] || !p.u.inside[i]) {
        continue;
      }
      const float weight = p.v.weight[j] * p.u.weight[i];
      for (int k = 0; k < 2; ++k) {
        if (p.t.inside[k]) {
          taps[count++] = {tapOffset(layout, p, grid, i, j, k), weight * p.t.weight[k]};
        }
      }
    }
  }
  return count;
}

/// The same for a world point.
inline int makeTaps(const TriGridLayout& layout, const float* point, int grid, Tap* taps) {
  return tapsOf(layout, gridPosition(layout, point, grid), grid, taps);
}

/// `kVectors` vectors of channels at once.
template <int kVectors, typename Element>
inline void sampleChannels(const Element* planes, const Tap* taps, int count, Element* out) {
  Floats total[kVectors] = {};
  for (int t = 0; t < count; ++t) {
    const Floats weight = broadcast(taps[t].weight);
    const Element* tap = planes + taps[t].offset;
    for (int v = 0; v < kVectors; ++v) {
      total[v] += load(tap + v * kLanes) * weight;
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    store(out + v * kLanes, total[v] * broadcast(1.0F / kGrids));
  }
}

template <int kVectors>
inline void scatterChannels(float* gradient, const Tap* taps, int count, const Floats* value) {
  for (int t = 0; t < count; ++t) {
    const Floats weight = broadcast(taps[t].weight);
    float* tap = gradient + taps[t].offset;
    for (int v = 0; v < kVectors; ++v) {
      store(tap + v * kLanes, load(tap + v * kLanes) + value[v] * weight);
    }
  }
}

constexpr int kWide = static_cast<int>(32 / kLanes);    // vectors of 32 channels
constexpr int kNarrow = static_cast<int>(16 / kLanes);  // of 16, the rest

template <typename Element>
void sampleTriGrid(const TriGridLayout& layout,
                   const void* planes_bits,
                   const float* points,
                   void* out_bits,
                   std::int64_t first,
                   std::int64_t last) {
  const auto* planes = static_cast<const Element*>(planes_bits);
  auto* out = static_cast<Element*>(out_bits);
  const std::int64_t item_stride = layout.size * layout.size * pixelStride(layout);
  // Grids exceed the caches, and rays cross them at random: taps are found, and fetched, some points ahead.
  constexpr std::int64_t kAhead = 4;
  Tap taps[kAhead][kGrids * kTapsOfGrid];
  int counts[kAhead];
  const auto find = [&](std::int64_t s) {
    Tap* own = taps[s % kAhead];
    int count = 0;
    const float* point = points + s * 3;
    if (!cropped(layout, point)) {
      for (int grid = 0; grid < kGrids; ++grid) {
        count += makeTaps(layout, point, grid, own + count);
      }
      const Element* item = planes + s / layout.points * item_stride;
      for (int t = 0; t < count; ++t) {
        __builtin_prefetch(item + own[t].offset);
      }
    }
    counts[s % kAhead] = count;
  };
  for (std::int64_t s = first; s < last && s < first + kAhead - 1; ++s) {
    find(s);
  }
  for (std::int64_t s = first; s < last; ++s) {
    if (s + kAhead - 1 < last) {
      find(s + kAhead - 1);
    }
    const Element* item = planes + s / layout.points * item_stride;
    const Tap* own = taps[s % kAhead];
    const int count = counts[s % kAhead];
    std::int64_t c = 0;
    for (; c + 32 <= layout.channels; c += 32) {
      sampleChannels<kWide>(item + c, own, count, out + s * layout.channels + c);
    }
    for (; c < layout.channels; c += 16) {
      sampleChannels<kNarrow>(item + c, own, count, out + s * layout.channels + c);
    }
  }
}

template <typename Element>
void sampleTriGridPlanesGradient(const TriGridLayout& layout,
                                 const void* out_gradient_bits,
                                 const float* points,
                                 float* gradient,
                                 std::int64_t first,
                                 std::int64_t last) {
  const auto* out_gradient = static_cast<const Element*>(out_gradient_bits);
  const std::int64_t item_stride = layout.size * layout.size * pixelStride(layout);
  constexpr std::int64_t kAhead = 8;
  Tap taps[kAhead][kTapsOfGrid];
  int counts[kAhead];
  for (std::int64_t task = first; task < last; ++task) {
    const std::int64_t item = task / kGrids;
    const int grid = static_cast<int>(task % kGrids);
    float* own_gradient = gradient + item * item_stride;
    const auto find = [&](std::int64_t m) {
      const float* point = points + (item * layout.points + m) * 3;
      Tap* own = taps[m % kAhead];
      const int count = cropped(layout, point) ? 0 : makeTaps(layout, point, grid, own);
      for (int t = 0; t < count; ++t) {
        const float* tap = own_gradient + own[t].offset;
        for (std::int64_t c = 0; c < layout.channels; c += 16) {
          __builtin_prefetch(tap + c, 1);
        }
      }
      counts[m % kAhead] = count;
    };
    for (std::int64_t m = 0; m < layout.points && m < kAhead - 1; ++m) {
      find(m);
    }
    for (std::int64_t m = 0; m < layout.points; ++m) {
      if (m + kAhead - 1 < layout.points) {
        find(m + kAhead - 1);
      }
      const int count = counts[m % kAhead];
      const Element* value = out_gradient + (item * layout.points + m) * layout.channels;
      const Tap* own = taps[m % kAhead];
      std::int64_t c = 0;
      for (; c + 32 <= layout.channels; c += 32) {
        Floats v[kWide];
        for (int i = 0; i < kWide; ++i) {
          v[i] = load(value + c + i * kLanes) * broadcast(1.0F / kGrids);
        }
        scatterChannels<kWide>(own_gradient + c, own, count, v);
      }
      for (; c < layout.channels; c += 16) {
        Floats v[kNarrow];
        for (int i = 0; i < kNarrow; ++i) {
          v[i] = load(value + c + i * kLanes) * broadcast(1.0F / kGrids);
        }
        scatterChannels<kNarrow>(own_gradient + c, own, count, v);
      }
    }
  }
}

template <typename Element>
void sampleTriGridPointsGradient(const TriGridLayout& layout,
                                 const void* planes_bits,
                                 const void* out_gradient_bits,
                                 const float* points,
                                 float* gradient,
                                 std::int64_t first,
                                 std::int64_t last) {
  const auto* planes = static_cast<const Element*>(planes_bits);
  const auto* out_gradient = static_cast<const Element*>(out_gradient_bits);
  const std::int64_t item_stride = layout.size * layout.size * pixelStride(layout);
  const float pixel = static_cast<float>(layout.size) * 0.5F * layout.scale / kGrids;
  const float slice = static_cast<float>(layout.slices) * 0.5F * layout.scale / kGrids;
  for (std::int64_t s = first; s < last; ++s) {
    const float* point = points + s * 3;
    float* result = gradient + s * 3;
    result[0] = result[1] = result[2] = 0;
    if (cropped(layout, point)) {
      continue;
    }
    const Element* item = planes + s / layout.points * item_stride;
    const Element* value = out_gradient + s * layout.channels;
    for (int grid = 0; grid < kGrids; ++grid) {
      const GridPosition p = gridPosition(layout, point, grid);
      float du = 0;
      float dv = 0;
      float dt = 0;
      for (int n = 0; n < kTapsOfGrid; ++n) {
        const int i = n & 1;
        const int j = (n >> 1) & 1;
        const int k = n >> 2;
        if (!p.u.inside[i] || !p.v.inside[j] || !p.t.inside[k]) {
          continue;
        }
        const Element* tap = item + tapOffset(layout, p, grid, i, j, k);
        Floats total{};
        for (std::int64_t c = 0; c < layout.channels; c += kLanes) {
          total += load(tap + c) * load(value + c);
        }
        const float product = sum(total);
        du += (i == 1 ? product : -product) * p.v.weight[j] * p.t.weight[k];
        dv += (j == 1 ? product : -product) * p.u.weight[i] * p.t.weight[k];
        dt += (k == 1 ? product : -product) * p.u.weight[i] * p.v.weight[j];
      }
      const GridAxes axes = gridAxes(grid, layout.third_zxy);
      result[axes.u] += du * pixel;
      result[axes.v] += dv * pixel;
      result[axes.t] += dt * slice;
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
