#pragma once
// Rays through a head that is only looked at: core/kernels/ray_kernels.h without what a gradient needs, and
// without the samples that do not show: those in empty cells, and those behind what is opaque.

#include "core/kernels/draw_layout.h"
#include "core/kernels/ray_kernels.h"

namespace panohead::kernels {
namespace {

using Integers = std::int32_t __attribute__((vector_size(4 * PANOHEAD_LANES)));

constexpr int kPixelsOfGrid = 4;
constexpr int kTapsOfSample = kGrids * kTapsOfGrid;
constexpr int kPixelsOfSample = kGrids * kPixelsOfGrid;

/// softplus to 1e-5, enough for densities and features: half of the work of the exact one.
inline Floats quickSoftplus(Floats x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kRound = 12582912.0F;  // see exponential()
  const Floats t = maximum(absolute(x) * -kLog2E, broadcast(-126.0F));
  const Floats shifted = t + kRound;
  const Floats f = t - (shifted - kRound);
  Floats p = f * 0.00967604F + 0.05592208F;  // 2^f, to 4e-6
  p = p * f + 0.24022107F;
  p = p * f + 0.69312103F;
  p = p * f + 1.0F;
  const Floats e = p * reinterpret_cast<Floats>((reinterpret_cast<Words>(shifted) + 127U) << 23);
  Floats l = e * 0.03215845F - 0.13606275F;  // log(1 + e) (Abramowitz and Stegun, 4.1.43)
  l = l * e + 0.28947478F;
  l = l * e - 0.49190896F;
  l = l * e + 0.99949556F;
  return l * e + maximum(x, Floats{});
}

/// Points of one ray that are evaluated, and what the grids are read by. Structures of arrays: whole vectors
/// of points are worked on at once.
struct DrawnPoints {
  std::int64_t count = 0;
  float axis[3][kMostSamples + kPadding];                         // x, y, z; world units
  std::int32_t offset[kPixelsOfSample][kMostSamples + kPadding];  // channels from the planes' begin
  float weight[kTapsOfSample][kMostSamples + kPadding];
};

/// The two places around a position on one axis. The weight of a place is what its hat function has there,
/// which is zero for what lies outside.
struct HatTaps {
  Integers first;
  Floats weight[2];
};

inline HatTaps hatTaps(Floats coordinate, std::int64_t size) {
  const auto count = static_cast<float>(size);
  const Floats position = ((coordinate + 1.0F) * count - 1.0F) * 0.5F;
  const Floats last = broadcast(size > 1 ? count - 2.0F : 0.0F);
  // What is not a number becomes zero here, and keeps no weight below.
  const Floats inside = minimum(maximum(position, Floats{}), last);
  HatTaps taps;
  taps.first = __builtin_convertvector(inside, Integers);  // towards zero: the floor
  const Floats from = position - __builtin_convertvector(taps.first, Floats);
  taps.weight[0] = maximum(1.0F - absolute(from), Floats{});
  taps.weight[1] = size > 1 ? maximum(1.0F - absolute(from - 1.0F), Floats{}) : Floats{};
  return taps;
}

inline void store(std::int32_t* p, Integers v) { __builtin_memcpy(p, &v, sizeof v); }

inline void findTaps(const TriGridLayout& grid, DrawnPoints& points) {
  const auto pixel = static_cast<std::int32_t>(pixelStride(grid));
  const auto row = static_cast<std::int32_t>(grid.size * pixelStride(grid));
  for (std::int64_t n = 0; n < points.count; n += kLanes) {
    HatTaps pixels[3];
    HatTaps slices[3];
    for (int a = 0; a < 3; ++a) {
      const Floats coordinate = load(points.axis[a] + n) * grid.scale;
      pixels[a] = hatTaps(coordinate, grid.size);
      slices[a] = hatTaps(coordinate, grid.slices);
    }
    for (int g = 0; g < kGrids; ++g) {
      const GridAxes axes = gridAxes(g, grid.third_zxy);
      const HatTaps& u = pixels[axes.u];
      const HatTaps& v = pixels[axes.v];
      const HatTaps& t = slices[axes.t];
      const Integers slice =
          (t.first + static_cast<std::int32_t>(g * grid.slices)) * static_cast<std::int32_t>(grid.channels);
      const Integers corner = v.first * row + u.first * pixel + slice;
      for (int j = 0; j < 2; ++j) {
        for (int i = 0; i < 2; ++i) {
          const int place = g * kPixelsOfGrid + 2 * j + i;
          // Of an axis with one place the second tap has no weight, and nothing may be read beyond the
          // planes.
          store(points.offset[place] + n, corner + (grid.size > 1 ? j * row + i * pixel : 0));
          const Floats weight = u.weight[i] * v.weight[j] * (1.0F / kGrids);
          store(points.weight[2 * place] + n, weight * t.weight[0]);
          store(points.weight[2 * place + 1] + n, weight * t.weight[1]);
        }
      }
    }
  }
}

/// Two vectors of the 2 * kLanes channels at `p`: evens and odds.
inline void loadWords(const BFloat16* p, Floats& even, Floats& odd) {
  Words w;
  __builtin_memcpy(&w, p, sizeof w);
  even = reinterpret_cast<Floats>(w << 16);
  odd = reinterpret_cast<Floats>(w & 0xffff0000U);
}

inline void prefetchSample(const BFloat16* planes,
                           const DrawnPoints& points,
                           std::int64_t n,
                           std::int64_t bytes) {
  for (int place = 0; place < kPixelsOfSample; ++place) {
    const char* line = reinterpret_cast<const char*>(planes + points.offset[place][n]);
    for (std::int64_t b = 0; b < bytes; b += 64) {
      __builtin_prefetch(line + b);
    }
  }
}

/// Features of points [first, last), packed: rows of `channels` floats.
inline void gatherFeatures(
    const DrawnVolume& volume, const DrawnPoints& points, std::int64_t first, std::int64_t last, float* out) {
  constexpr std::int64_t kAhead = 3;  // points whose memory is fetched before they are needed
  const auto* planes = static_cast<const BFloat16*>(volume.planes);
  const std::int64_t channels = volume.grid.channels;
  const std::int64_t second = volume.grid.slices > 1 ? channels : 0;
  const std::int64_t bytes = 2 * (channels + second);
  for (std::int64_t n = first; n < last && n < first + kAhead; ++n) {
    prefetchSample(planes, points, n, bytes);
  }
  for (std::int64_t n = first; n < last; ++n, out += channels) {
    if (n + kAhead < points.count) {
      prefetchSample(planes, points, n + kAhead, bytes);
    }
    for (std::int64_t c = 0; c < channels; c += 2 * kLanes) {
      Floats even{};
      Floats odd{};
      for (int place = 0; place < kPixelsOfSample; ++place) {
        const BFloat16* tap = planes + points.offset[place][n] + c;
        Floats a;
        Floats b;
        loadWords(tap, a, b);
        const Floats near = broadcast(points.weight[2 * place][n]);
        even += a * near;
        odd += b * near;
        loadWords(tap + second, a, b);
        const Floats far = broadcast(points.weight[2 * place + 1][n]);
        even += a * far;
        odd += b * far;
      }
      store(out + c, even);
      store(out + c + kLanes, odd);
    }
  }
}

struct DrawWorkspace {
  March march;
  DrawnPoints points;
  int sample[kMostSamples];  // place in the ray of every evaluated one
  float share[kMostSamples + kPadding];
  float depths[kMostSamples + kPadding], density[kMostSamples + kPadding];
  std::int32_t cell[kMostSamples + kPadding];
  alignas(64) float features[kMostSamples * kMostChannels];
  alignas(64) float hidden[kMostSamples * kMostHidden];
};

/// Hidden layer and density of points [first, last) that findTaps() was done for.
/// @param hidden [last - first][hidden] written  @param density [last - first] written
inline void evaluate(const DrawnVolume& volume,
                     const DrawnPoints& points,
                     std::int64_t first,
                     std::int64_t last,
                     float* features,
                     float* hidden,
                     float* density) {
  const std::int64_t rows = last - first;
  gatherFeatures(volume, points, first, last, features);
  multiply({features,
            volume.grid.channels,
            1,
            rows,
            volume.grid.channels,
            volume.hidden_weight,
            volume.hidden,
            volume.hidden_bias,
            hidden});
  for (std::int64_t n = 0; n < rows; ++n) {
    float* row = hidden + n * volume.hidden;
    Floats total{};
    for (std::int64_t h = 0; h < volume.hidden; h += kLanes) {
      const Floats value = quickSoftplus(load(row + h));
      store(row + h, value);
      total += value * load(volume.density_weight + h);
    }
    density[n] = quickSum(total) + volume.density_bias;
  }
}

/// Which cell of the occupancy grid every sample of a ray lies in.
inline void findCells(const DrawnVolume& volume,
                      const float* origin,
                      const float* direction,
                      const float* depths,
                      std::int64_t count,
                      std::int32_t* cells) {
  const OccupancyLayout& o = volume.occupancy;
  const auto size = static_cast<std::int32_t>(o.size);
  const auto most = static_cast<float>(o.size - 1);
  const float scale = static_cast<float>(o.size) / (2 * o.half);
  const std::int32_t outside = size * size * size;
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const Floats t = load(depths + i);
    Floats p[3];
    Integers cell{};
    Words beyond{};
    for (int a = 2; a >= 0; --a) {
      p[a] = t * direction[a] + origin[a];
      beyond |= ~reinterpret_cast<Words>(absolute(p[a]) <= o.half);
      const Floats place = minimum(maximum((p[a] + o.half) * scale, Floats{}), broadcast(most));
      cell = cell * size + __builtin_convertvector(place, Integers);
    }
    const Words margin = ~(reinterpret_cast<Words>(absolute(p[0]) <= volume.grid.limit) &
                           reinterpret_cast<Words>(absolute(p[2]) <= volume.grid.limit));
    Words index = reinterpret_cast<Words>(cell);
    index = (beyond & (Words{} + static_cast<std::uint32_t>(outside))) | (~beyond & index);
    index = (margin & (Words{} + static_cast<std::uint32_t>(outside + 1))) | (~margin & index);
    store(cells + i, reinterpret_cast<Integers>(index));
  }
}

/// Takes samples [first, first + count) of a ray whose cells are not known to be empty into the list of
/// points; the others get their cell's density.
inline void takeSamples(const DrawnVolume& volume,
                        const float* origin,
                        const float* direction,
                        std::int64_t first,
                        std::int64_t count,
                        float stop,
                        DrawWorkspace& w) {
  findCells(volume, origin, direction, w.depths + first, count, w.cell);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t place = first + i;
    const std::int8_t code = volume.occupancy.cells[w.cell[i]];
    const float depth = w.depths[place];
    if (code == kEvaluateCell && depth <= stop) {
      for (int a = 0; a < 3; ++a) {
        w.points.axis[a][w.points.count] = depth * direction[a] + origin[a];
      }
      w.sample[w.points.count++] = static_cast<int>(place);
      w.density[place] = kEmptyDensity;
    } else {
      w.density[place] = code == kCroppedCell || code == kEvaluateCell
                             ? kEmptyDensity
                             : static_cast<float>(code) * kDensityStep;
    }
  }
}

/// Depths of the second pass: importanceSamples() for increasing positions.
inline void quickImportanceSamples(const March& march,
                                   const float* positions,
                                   std::int64_t fine,
                                   float* depths) {
  constexpr float kFloor = 0.01F + 1e-5F;
  const std::int64_t intervals = march.count - 1;
  const std::int64_t bins = intervals - 2;
  float cumulative[kMostSamples + kPadding];
  cumulative[0] = 0;
  float wide = march.weight[0] > march.weight[1] ? march.weight[0] : march.weight[1];
  for (std::int64_t i = 0; i < bins; ++i) {
    const float a = march.weight[i + 1];
    const float b = march.weight[i + 2];
    const float next = a > b ? a : b;  // the larger of two neighbours
    cumulative[i + 1] = cumulative[i] + (wide + next) * 0.5F + kFloor;
    wide = next;
  }
  const float total = cumulative[bins];
  const float scale = 1 / total;
  const auto edge = [&](std::int64_t i) { return (march.depth[i] + march.depth[i + 1]) * 0.5F; };
  std::int64_t right = 0;
  for (std::int64_t n = 0; n < fine; ++n) {
    const float position = positions[n] * total;
    while (right <= bins && cumulative[right] <= position) {
      ++right;
    }
    const std::int64_t below = right > 0 ? right - 1 : 0;
    const std::int64_t above = right < bins ? right : bins;
    const float width = (cumulative[above] - cumulative[below]) * scale;
    const float t = (position - cumulative[below]) * scale / (width < 1e-5F ? 1.0F : width);
    depths[n] = edge(below) + t * (edge(above) - edge(below));
  }
}

/// Sum of rows, each as often as its sample has a share of the ray. @param width a multiple of the lanes
inline void addShares(const DrawWorkspace& w, const float* rows, std::int64_t width, float* sum) {
  for (std::int64_t c = 0; c < width; c += kLanes) {
    Floats total{};
    for (std::int64_t n = 0; n < w.points.count; ++n) {
      total += load(rows + n * width + c) * w.share[w.sample[n]];
    }
    store(sum + c, total);
  }
}

inline Floats activateFeature(Floats x, FeatureActivation activation) {
  return activation == FeatureActivation::Sigmoid ? sigmoid(x) * 1.002F - 0.001F
                                                  : maximum(x, x * 0.2F) * 1.41421356F;
}

/// The ray's feature from the hidden layers of its samples. @param weight of the ray  @param more added to
/// all channels
inline void compositeFeature(
    const DrawnVolume& volume, float weight, float more, DrawWorkspace& w, float* feature) {
  const std::int64_t hidden = volume.hidden;
  const std::int64_t count = volume.features;
  if (volume.activation == FeatureActivation::None) {
    // The last layer is linear: of the composited hidden layer, its bias as often as there is weight.
    float composited[kMostHidden];
    addShares(w, w.hidden, hidden, composited);
    for (std::int64_t f = 0; f < count; f += kLanes) {
      Floats result = load(volume.feature_bias + f) * weight + more;
      for (std::int64_t h = 0; h < hidden; ++h) {
        result += load(volume.feature_weight + h * count + f) * composited[h];
      }
      store(feature + f, result);
    }
    return;
  }
  float* const rows = w.features;
  multiply(
      {w.hidden, hidden, 1, w.points.count, hidden, volume.feature_weight, count, volume.feature_bias, rows});
  for (std::int64_t i = 0; i < w.points.count * count; i += kLanes) {
    store(rows + i, activateFeature(load(rows + i), volume.activation));
  }
  addShares(w, rows, count, feature);
  for (std::int64_t f = 0; f < count; f += kLanes) {
    store(feature + f, load(feature + f) + more);
  }
}

inline void drawRay(const DrawnVolume& volume, const DrawnRays& rays, std::int64_t ray, DrawWorkspace& w) {
  constexpr std::int64_t kChunk = 8;  // samples between looks at what light is left
  constexpr float kFarAway = 3.4028234663852886e38F;
  const float* origin = rays.origins + 3 * ray;
  const float* direction = rays.directions + 3 * ray;
  float* feature = rays.feature + ray * volume.features;
  const std::int64_t coarse = rays.coarse;
  const std::int64_t hidden = volume.hidden;
  for (std::int64_t i = 0; i < coarse; ++i) {
    w.depths[i] = rays.coarse_depths[ray * rays.depth_stride + i];
  }
  for (std::int64_t i = coarse; i < coarse + kPadding; ++i) {
    w.depths[i] = w.depths[coarse - 1];
    w.density[i] = kEmptyDensity;
  }
  w.points.count = 0;
  takeSamples(volume, origin, direction, 0, coarse, kFarAway, w);
  if (w.points.count == 0) {
    const float left = rays.white_back ? 1.0F : 0.0F;
    for (std::int64_t f = 0; f < volume.features; ++f) {
      feature[f] = left;
    }
    rays.weight_sum[ray] = 0;
    rays.depth[ray] = 0;
    return;
  }

  // First pass, from the front, until hardly any light is left.
  findTaps(volume.grid, w.points);
  float values[kMostSamples];
  float optical = 0;
  const float enough = rays.least_transmittance > 0 ? -__builtin_logf(rays.least_transmittance) : kFarAway;
  float stop = kFarAway;  // depth behind which nothing shows
  std::int64_t evaluated = 0;
  std::int64_t seen = 0;  // intervals whose optical thickness is in `optical`
  while (evaluated < w.points.count) {
    const std::int64_t end = evaluated + kChunk < w.points.count ? evaluated + kChunk : w.points.count;
    evaluate(volume, w.points, evaluated, end, w.features, w.hidden + evaluated * hidden, values);
    for (std::int64_t n = evaluated; n < end; ++n) {
      w.density[w.sample[n]] = values[n - evaluated];
    }
    evaluated = end;
    const std::int64_t upto = w.sample[end - 1];
    for (; seen < upto; ++seen) {
      const float middle = (w.density[seen] + w.density[seen + 1]) * 0.5F - 1;
      optical += (middle > 0 ? middle : 0) * (w.depths[seen + 1] - w.depths[seen]);  // softplus, from below
    }
    if (optical > enough) {
      stop = w.depths[upto];
      break;
    }
  }
  w.points.count = evaluated;
  w.march.count = coarse;

  std::int64_t samples = coarse;
  if (rays.fine > 0) {
    for (int i = 0; i < coarse; ++i) {
      w.march.order[i] = i;
    }
    w.march.gather(w.depths, w.density);
    w.march.compute();
    samples += rays.fine;
    quickImportanceSamples(w.march, rays.fine_positions, rays.fine, w.depths + coarse);
    for (std::int64_t i = samples; i < samples + kPadding; ++i) {
      w.depths[i] = w.depths[samples - 1];
    }
    const std::int64_t before = w.points.count;
    DrawnPoints& points = w.points;
    points.count = 0;
    int* const sample = w.sample;
    int first_samples[kMostSamples];
    for (std::int64_t n = 0; n < before; ++n) {
      first_samples[n] = sample[n];
    }
    takeSamples(volume, origin, direction, coarse, rays.fine, stop, w);
    const std::int64_t more = points.count;
    if (more > 0) {
      findTaps(volume.grid, points);
      evaluate(volume, points, 0, more, w.features, w.hidden + before * hidden, values);
    }
    for (std::int64_t n = more - 1; n >= 0; --n) {
      const int place = sample[n];
      w.density[place] = values[n];
      sample[before + n] = place;
    }
    for (std::int64_t n = 0; n < before; ++n) {
      sample[n] = first_samples[n];
    }
    points.count = before + more;
    // Both are increasing already.
    std::int64_t c = 0;
    std::int64_t f = coarse;
    for (std::int64_t i = 0; i < samples; ++i) {
      const bool take_coarse = f == samples || (c < coarse && w.depths[c] <= w.depths[f]);
      w.march.order[i] = static_cast<int>(take_coarse ? c++ : f++);
    }
  } else {
    for (int i = 0; i < coarse; ++i) {
      w.march.order[i] = i;
    }
  }
  w.march.count = samples;
  w.march.gather(w.depths, w.density);
  w.march.compute();

  float total = 0;
  float depth = 0;
  for (std::int64_t i = 0; i + 1 < samples; ++i) {
    total += w.march.weight[i];
    depth += w.march.weight[i] * (w.march.depth[i] + w.march.depth[i + 1]) * 0.5F;
  }
  for (std::int64_t i = 0; i < samples; ++i) {
    w.share[w.march.order[i]] = w.march.share(i);
  }
  compositeFeature(volume, total, rays.white_back ? 1 - total : 0.0F, w, feature);
  rays.weight_sum[ray] = total;
  rays.depth[ray] = depth;
}

void drawRays(const DrawnVolume& volume, const DrawnRays& rays, std::int64_t first, std::int64_t last) {
  DrawWorkspace w;
  for (std::int64_t ray = first; ray < last; ++ray) {
    drawRay(volume, rays, ray, w);
  }
}

void drawDensity(
    const DrawnVolume& volume, const float* points, float* density, std::int64_t first, std::int64_t last) {
  DrawWorkspace w;
  constexpr std::int64_t kAtOnce = 64;
  for (std::int64_t n = first; n < last; n += kAtOnce) {
    w.points.count = n + kAtOnce < last ? kAtOnce : last - n;
    for (std::int64_t i = 0; i < w.points.count; ++i) {
      for (int a = 0; a < 3; ++a) {
        w.points.axis[a][i] = points[3 * (n + i) + a];
      }
    }
    findTaps(volume.grid, w.points);
    evaluate(volume, w.points, 0, w.points.count, w.features, w.hidden, density + n);
  }
}

}  // namespace
}  // namespace panohead::kernels
