#pragma once
// Density of tri-grid volumes for surfaces: at points, and what it can be inside of boxes.

#include "core/kernels/density_layout.h"
#include "core/kernels/matrix_kernels.h"
#include "core/kernels/simd_math.h"
#include "core/kernels/tri_grid_kernels.h"

namespace panohead::kernels {
namespace {

inline void sumTaps(
    const float* planes, const Tap* taps, int count, std::int64_t channels, float share, float* out) {
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    Floats total{};
    for (int t = 0; t < count; ++t) {
      total += load(planes + taps[t].offset + c) * taps[t].weight;
    }
    store(out + c, total * share);
  }
}

void decodeDensity(
    const DensityVolume& volume, const float* points, float* density, std::int64_t first, std::int64_t last) {
  constexpr std::int64_t kAtOnce = 32;
  alignas(64) float features[kAtOnce * kMostChannels];
  alignas(64) float hidden[kAtOnce * kMostHidden];
  const std::int64_t channels = volume.grid.channels;
  for (std::int64_t start = first; start < last; start += kAtOnce) {
    const std::int64_t rows = start + kAtOnce < last ? kAtOnce : last - start;
    for (std::int64_t n = 0; n < rows; ++n) {
      Tap taps[kGrids * kTapsOfGrid];
      int count = 0;
      for (int grid = 0; grid < kGrids; ++grid) {
        count += makeTaps(volume.grid, points + 3 * (start + n), grid, taps + count);
      }
      sumTaps(volume.planes, taps, count, channels, 1.0F / kGrids, features + n * channels);
    }
    multiply({features,
              channels,
              1,
              rows,
              channels,
              volume.hidden_weight,
              volume.hidden,
              volume.hidden_bias,
              hidden});
    for (std::int64_t n = 0; n < rows; ++n) {
      Floats total{};
      for (std::int64_t h = 0; h < volume.hidden; h += kLanes) {
        total += softplus(load(hidden + n * volume.hidden + h)) * load(volume.density_weight + h);
      }
      density[start + n] = sum(total) + volume.density_bias;
    }
  }
}

// The range of the density in a box.
//
// The hidden layer before its softplus is z = b + W f, where f is the mean of what the three grids have at a
// point: z is b plus a sum of three functions, one a grid, each trilinear between the grid's places. On a box
// such a function is linear along every axis between the places that the box reaches over: it has its
// extremes at the box's ends and at the places between them, taken on all three axes. Looking at these finds
// the exact range of every grid's part, and adding the three ranges holds all of z's: l <= z <= u.
//
// The density is c + sum of d z' over the hidden units, z' = softplus(z). Softplus is increasing and convex:
// over [l, u] it lies under its chord and above any tangent. Putting the chord where d is positive and the
// tangent at the middle where it is negative makes the density at most a linear function of z, which is again
// a constant plus a sum of one piecewise trilinear function for each grid: its largest value is found at the
// same places. The other way round for the least. What is lost is the bend of softplus over [l, u], which
// shrinks with the square of the box, and that the grids need not have their extremes at one point.
//
// Rounding: sums of so few floats are off by less than kRounding of the sum of their terms' sizes, which is
// added to both sides; places are looked at from kReach of a place before the box's end.

constexpr float kRounding = 3e-5F;
constexpr float kReach = 1e-3F;

/// Positions along one axis where a function of a grid can have an extreme.
struct AxisPlaces {
  int count = 0;
  AxisTaps taps[kMostBoundPlaces + 2];
};

inline AxisTaps tapsAt(float position, std::int64_t size) {
  const float below = __builtin_floorf(position);
  AxisTaps taps;
  taps.first = static_cast<std::int64_t>(below);
  taps.weight[1] = position - below;
  taps.weight[0] = 1 - taps.weight[1];
  taps.inside[0] = taps.first >= 0 && taps.first < size;
  taps.inside[1] = taps.first + 1 >= 0 && taps.first + 1 < size;
  return taps;
}

/// @return false where there are too many
inline bool findPlaces(float low, float high, std::int64_t size, AxisPlaces& places) {
  // Beyond one place outside everything is zero.
  const auto limited = [&](float p) {
    const float least = -1.5F;
    const float most = static_cast<float>(size) + 0.5F;
    return p < least ? least : p > most ? most : p;
  };
  const auto position = [&](float c) { return ((c + 1) * static_cast<float>(size) - 1) * 0.5F; };
  const float from = limited(position(low) - kReach);
  const float to = limited(position(high) + kReach);
  places.count = 0;
  if (!(to - from < static_cast<float>(kMostBoundPlaces))) {
    return false;
  }
  places.taps[places.count++] = tapsAt(from, size);
  for (float p = __builtin_floorf(from) + 1; p < to; p += 1) {
    places.taps[places.count++] = tapsAt(p, size);
  }
  places.taps[places.count++] = tapsAt(to, size);
  return true;
}

/// A grid's share of the features at all places of a box. @return how many; -1: too many
inline std::int64_t placeFeatures(const DensityVolume& volume, const float* box, int grid, float* out) {
  const TriGridLayout& layout = volume.grid;
  const GridAxes axes = gridAxes(grid, layout.third_zxy);
  AxisPlaces u;
  AxisPlaces v;
  AxisPlaces t;
  const auto find = [&](int axis, std::int64_t size, AxisPlaces& places) {
    return findPlaces(box[axis] * layout.scale, box[3 + axis] * layout.scale, size, places);
  };
  if (!find(axes.u, layout.size, u) || !find(axes.v, layout.size, v) || !find(axes.t, layout.slices, t) ||
      std::int64_t{u.count} * v.count * t.count > kMostBoundPlaces) {
    return -1;
  }
  for (int b = 0; b < v.count; ++b) {
    for (int a = 0; a < u.count; ++a) {
      for (int c = 0; c < t.count; ++c) {
        const GridPosition position{u.taps[a], v.taps[b], t.taps[c]};
        Tap taps[kTapsOfGrid];
        const int count = tapsOf(layout, position, grid, taps);
        sumTaps(volume.planes, taps, count, layout.channels, 1.0F / kGrids, out);
        out += layout.channels;
      }
    }
  }
  return std::int64_t{u.count} * v.count * t.count;
}

constexpr std::int64_t kBoundColumns = 16;  // of which two are used: the most and the least

/// Adds the least and most of every column of rows * matrix to `low` and `high`.
inline void addRange(const float* rows,
                     std::int64_t count,
                     std::int64_t channels,
                     const float* matrix,
                     std::int64_t columns,
                     float* low,
                     float* high) {
  constexpr std::int64_t kAtOnce = 64;
  alignas(64) float product[kAtOnce * kMostHidden];
  alignas(64) float least[kMostHidden];
  alignas(64) float most[kMostHidden];
  alignas(64) constexpr float kZeros[kMostHidden] = {};
  for (std::int64_t start = 0; start < count; start += kAtOnce) {
    const std::int64_t n = start + kAtOnce < count ? kAtOnce : count - start;
    multiply({rows + start * channels, channels, 1, n, channels, matrix, columns, kZeros, product});
    for (std::int64_t h = 0; h < columns; h += kLanes) {
      Floats below = load(product + h);
      Floats above = below;
      for (std::int64_t r = 1; r < n; ++r) {
        const Floats value = load(product + r * columns + h);
        below = minimum(below, value);
        above = maximum(above, value);
      }
      store(least + h, start == 0 ? below : minimum(below, load(least + h)));
      store(most + h, start == 0 ? above : maximum(above, load(most + h)));
    }
  }
  for (std::int64_t h = 0; h < columns; h += kLanes) {
    store(low + h, load(low + h) + load(least + h));
    store(high + h, load(high + h) + load(most + h));
  }
}

inline void boundBox(const DensityVolume& volume, const float* box, float* range, float* scratch) {
  constexpr float kUnknown = __builtin_inff();
  const std::int64_t channels = volume.grid.channels;
  const std::int64_t hidden = volume.hidden;
  range[0] = -kUnknown;
  range[1] = kUnknown;
  std::int64_t counts[kGrids];
  for (int grid = 0; grid < kGrids; ++grid) {
    counts[grid] = placeFeatures(volume, box, grid, scratch + grid * kMostBoundPlaces * channels);
    if (counts[grid] < 0) {
      return;
    }
  }
  alignas(64) float low[kMostHidden];
  alignas(64) float high[kMostHidden];
  for (std::int64_t h = 0; h < hidden; ++h) {
    low[h] = high[h] = volume.hidden_bias[h];
  }
  for (int grid = 0; grid < kGrids; ++grid) {
    addRange(scratch + grid * kMostBoundPlaces * channels,
             counts[grid],
             channels,
             volume.hidden_weight,
             hidden,
             low,
             high);
  }

  // Slopes of the linear functions above and below the density, and what they begin at.
  alignas(64) float above[kMostHidden];
  alignas(64) float below[kMostHidden];
  Floats most{};
  Floats least{};
  Floats start_above{};
  Floats start_below{};
  Floats size{};
  for (std::int64_t h = 0; h < hidden; h += kLanes) {
    const Floats d = load(volume.density_weight + h);
    const Floats b = load(volume.hidden_bias + h);
    const Floats l = load(low + h);
    const Floats u = load(high + h);
    const Floats at_low = softplus(l);
    const Floats at_high = softplus(u);
    const Floats middle = (l + u) * 0.5F;
    const Floats chord = (at_high - at_low) / maximum(u - l, broadcast(1e-6F));
    const Floats tangent = sigmoid(middle);
    const Floats under_chord = at_low - chord * l;
    const Floats over_tangent = softplus(middle) - tangent * middle;
    const auto positive = reinterpret_cast<Words>(d > 0.0F);
    most += d * select(positive, at_high, at_low);
    least += d * select(positive, at_low, at_high);
    const Floats up = d * select(positive, chord, tangent);
    const Floats down = d * select(positive, tangent, chord);
    start_above += d * select(positive, under_chord, over_tangent) + up * b;
    start_below += d * select(positive, over_tangent, under_chord) + down * b;
    size += absolute(d) * (maximum(absolute(l), absolute(u)) + absolute(b) + 1.0F);
    store(above + h, up);
    store(below + h, down);
  }
  alignas(64) float matrix[kMostChannels * kBoundColumns] = {};
  for (std::int64_t c = 0; c < channels; ++c) {
    Floats up{};
    Floats down{};
    for (std::int64_t h = 0; h < hidden; h += kLanes) {
      const Floats w = load(volume.hidden_weight + c * hidden + h);
      up += w * load(above + h);
      down += w * load(below + h);
    }
    matrix[c * kBoundColumns] = sum(up);
    matrix[c * kBoundColumns + 1] = sum(down);
  }
  alignas(64) float lower[kBoundColumns] = {};
  alignas(64) float upper[kBoundColumns] = {};
  for (int grid = 0; grid < kGrids; ++grid) {
    addRange(scratch + grid * kMostBoundPlaces * channels,
             counts[grid],
             channels,
             matrix,
             kBoundColumns,
             lower,
             upper);
  }
  const float c = volume.density_bias;
  const float margin = kRounding * (sum(size) + __builtin_fabsf(c));
  const float simple_most = sum(most) + c;
  const float simple_least = sum(least) + c;
  const float linear_most = sum(start_above) + upper[0] + c;
  const float linear_least = sum(start_below) + lower[1] + c;
  range[0] = (simple_least > linear_least ? simple_least : linear_least) - margin;
  range[1] = (simple_most < linear_most ? simple_most : linear_most) + margin;
}

/// @param boxes [boxes][low xyz, high xyz], world units  @param ranges [boxes][2] least and most
void boundDensity(const DensityVolume& volume,
                  const float* boxes,
                  float* ranges,
                  float* scratch,
                  std::int64_t first,
                  std::int64_t last) {
  for (std::int64_t i = first; i < last; ++i) {
    boundBox(volume, boxes + 6 * i, ranges + 2 * i, scratch);
  }
}

}  // namespace
}  // namespace panohead::kernels
