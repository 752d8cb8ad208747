#pragma once
// Volume rendering of single rays (SPEC, "The PanoHead generator" 3 to 6), everything between the grids and
// the composited hidden layer kept in the nearest caches.

#include "core/kernels/kernel_table.h"
#include "core/kernels/matrix_kernels.h"
#include "core/kernels/simd_math.h"
#include "core/kernels/tri_grid_kernels.h"

namespace panohead::kernels {
namespace {

constexpr float kPassedEpsilon = 1e-10F;
constexpr std::int64_t kPadding = 16;  // whole vectors may be read and written past a ray's arrays

/// Samples of one ray in the order of their depths, and the weights of the intervals between them.
struct March {
  std::int64_t count;
  int order[kMostSamples];  // index of the sample
  float depth[kMostSamples + kPadding], density[kMostSamples + kPadding];
  // Of interval i, between samples i and i + 1:
  float length[kMostSamples + kPadding], middle_density[kMostSamples + kPadding];
  float alpha[kMostSamples + kPadding], transmittance[kMostSamples], weight[kMostSamples + kPadding];

  void gather(const float* depths, const float* densities) {
    for (std::int64_t i = 0; i < count; ++i) {
      depth[i] = depths[order[i]];
      density[i] = densities[order[i]];
    }
  }

  void compute() {
    const std::int64_t intervals = count - 1;
    for (std::int64_t i = 0; i < intervals; ++i) {
      length[i] = depth[i + 1] - depth[i];
      middle_density[i] = (density[i] + density[i + 1]) * 0.5F - 1;
    }
    for (std::int64_t i = intervals; i < intervals + kPadding; ++i) {
      length[i] = middle_density[i] = 0;
    }
    for (std::int64_t i = 0; i < intervals; i += kLanes) {
      const Floats optical = softplus(load(middle_density + i)) * load(length + i);
      store(alpha + i, 1.0F - exponential(-optical));
    }
    float passed = 1;
    for (std::int64_t i = 0; i < intervals; ++i) {
      transmittance[i] = passed;
      weight[i] = alpha[i] * passed;
      passed *= 1 - alpha[i] + kPassedEpsilon;
    }
  }

  /// Half the weight of the intervals beside sorted sample i: features are taken at interval middles.
  float share(std::int64_t i) const {
    return 0.5F * ((i > 0 ? weight[i - 1] : 0.0F) + (i + 1 < count ? weight[i] : 0.0F));
  }
};

/// Coarse samples are in order; fine ones are sorted and merged in.
inline void sortSamples(const RayBatch& b, const float* depths, March& march) {
  int fine[kMostSamples];
  for (int i = 0; i < b.fine; ++i) {
    const int index = static_cast<int>(b.coarse) + i;
    int place = i;
    for (; place > 0 && depths[fine[place - 1]] > depths[index]; --place) {
      fine[place] = fine[place - 1];
    }
    fine[place] = index;
  }
  int c = 0;
  int f = 0;
  march.count = b.samples();
  for (std::int64_t i = 0; i < march.count; ++i) {
    const bool take_coarse = f == b.fine || (c < b.coarse && depths[c] <= depths[fine[f]]);
    march.order[i] = take_coarse ? c++ : fine[f++];
  }
}

/// Depths of the second pass: core/volume/importance_sampler.h for one ray.
inline void importanceSamples(const March& march, const float* positions, std::int64_t fine, float* depths) {
  const std::int64_t intervals = march.count - 1;
  const auto widened = [&](std::int64_t i) {  // the larger of two neighbours
    const float before = march.weight[i > 0 ? i - 1 : 0];
    const float after = march.weight[i < intervals ? i : intervals - 1];
    return before > after ? before : after;
  };
  const std::int64_t bins = intervals - 2;
  float cumulative[kMostSamples];
  cumulative[0] = 0;
  for (std::int64_t i = 0; i < bins; ++i) {
    const float averaged = (widened(i + 1) + widened(i + 2)) * 0.5F + 0.01F;
    cumulative[i + 1] = cumulative[i] + averaged + 1e-5F;
  }
  const float total = cumulative[bins];
  for (std::int64_t i = 1; i <= bins; ++i) {
    cumulative[i] /= total;
  }
  const auto edge = [&](std::int64_t i) { return (march.depth[i] + march.depth[i + 1]) * 0.5F; };
  for (std::int64_t n = 0; n < fine; ++n) {
    std::int64_t right = 0;
    while (right <= bins && cumulative[right] <= positions[n]) {
      ++right;
    }
    const std::int64_t below = right > 0 ? right - 1 : 0;
    const std::int64_t above = right < bins ? right : bins;
    const float width = cumulative[above] - cumulative[below];
    const float t = (positions[n] - cumulative[below]) / (width < 1e-5F ? 1.0F : width);
    depths[n] = edge(below) + t * (edge(above) - edge(below));
  }
}

/// One pass of one ray: which samples lie inside the crop, and their decoded values, packed.
struct Pass {
  std::int64_t begin, count;  // of the ray's samples
  std::int64_t inside = 0;    // how many are decoded
  int sample[kMostSamples];   // their places in the ray
};

inline void findInside(const RayBatch& b, const float* points, Pass& pass) {
  pass.inside = 0;
  for (std::int64_t i = pass.begin; i < pass.begin + pass.count; ++i) {
    if (!cropped(b.grid, points + 3 * i)) {
      pass.sample[pass.inside++] = static_cast<int>(i);
    }
  }
}

template <typename Element>
inline void unpack(const Element* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += kLanes) {
    store(to + i, load(from + i));
  }
}

inline float dot(const float* a, const float* b, std::int64_t count) {
  Floats total{};
  for (std::int64_t i = 0; i < count; i += kLanes) {
    total += load(a + i) * load(b + i);
  }
  return sum(total);
}

/// What a thread works in. One ray's arrays stay in the nearest caches.
struct RayWorkspace {
  March march;
  Pass passes[2];
  float features[kMostSamples * kMostChannels];
  float hidden[kMostSamples * kMostHidden];  // packed as the passes are; the second after the first's inside
  float slope[kMostSamples * kMostHidden];   // of the activation; then the gradient before it
  float scratch[kMostSamples * kMostChannels];  // gradient of densities, then of features
  float points[kMostSamples * 3];
  float of_share[kMostSamples], of_density[kMostSamples], share[kMostSamples];
};

/// Decodes packed features into rows of `hidden` before the activation.
inline void hiddenLayer(const RayBatch& b, const float* features, std::int64_t rows, float* hidden) {
  multiply({features,
            b.grid.channels,
            1,
            rows,
            b.grid.channels,
            b.hidden_weight,
            b.hidden,
            b.hidden_bias,
            hidden});
}

template <typename Element>
inline void samplePass(
    const RayBatch& b, std::int64_t ray, const float* noise, Pass& pass, float* hidden, RayWorkspace& w) {
  const std::int64_t samples = b.samples();
  const std::int64_t first = ray * samples;
  const float* origin = b.origins + 3 * ray;
  const float* direction = b.directions + 3 * ray;
  float* points = b.points + 3 * first;
  float* density = b.density + first;
  for (std::int64_t i = pass.begin; i < pass.begin + pass.count; ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      points[3 * i + axis] = origin[axis] + b.depths[first + i] * direction[axis];
    }
    density[i] = kEmptyDensity;
  }
  findInside(b, points, pass);
  for (std::int64_t n = 0; n < pass.inside; ++n) {
    for (int axis = 0; axis < 3; ++axis) {
      w.points[3 * n + axis] = points[3 * pass.sample[n] + axis];
    }
  }
  const std::int64_t item_stride = b.grid.size * b.grid.size * pixelStride(b.grid);
  const Element* planes = static_cast<const Element*>(b.planes) + ray / b.rays * item_stride;
  Element* features = static_cast<Element*>(b.features) + (first + pass.begin) * b.grid.channels;
  TriGridLayout layout = b.grid;
  layout.points = kMostSamples;  // all of one item
  sampleTriGrid<Element>(layout, planes, w.points, features, 0, pass.inside);
  unpack(features, w.features, pass.inside * b.grid.channels);
  hiddenLayer(b, w.features, pass.inside, hidden);
  for (std::int64_t i = 0; i < pass.inside * b.hidden; i += kLanes) {
    store(hidden + i, softplus(load(hidden + i)));
  }
  for (std::int64_t n = 0; n < pass.inside; ++n) {
    const std::int64_t place = pass.sample[n];
    density[place] = dot(hidden + n * b.hidden, b.density_weight, b.hidden) + b.density_bias +
                     (noise == nullptr ? 0.0F : noise[place - pass.begin]);
  }
}

template <typename Element>
inline void marchRay(const RayBatch& b, std::int64_t ray, RayWorkspace& w) {
  const std::int64_t samples = b.samples();
  float* depths = b.depths + ray * samples;
  const float* density = b.density + ray * samples;
  w.passes[0].begin = 0;
  w.passes[0].count = b.coarse;
  w.passes[1].begin = b.coarse;
  w.passes[1].count = b.fine;
  w.passes[1].inside = 0;
  for (std::int64_t i = 0; i < b.coarse; ++i) {
    depths[i] = b.coarse_depths[ray * b.coarse + i];
  }
  samplePass<Element>(b,
                      ray,
                      b.coarse_noise == nullptr ? nullptr : b.coarse_noise + ray * b.coarse,
                      w.passes[0],
                      w.hidden,
                      w);
  if (b.fine > 0) {
    w.march.count = b.coarse;
    for (int i = 0; i < b.coarse; ++i) {
      w.march.order[i] = i;
    }
    w.march.gather(depths, density);
    w.march.compute();
    importanceSamples(w.march, b.fine_positions + ray * b.fine, b.fine, depths + b.coarse);
    samplePass<Element>(b,
                        ray,
                        b.fine_noise == nullptr ? nullptr : b.fine_noise + ray * b.fine,
                        w.passes[1],
                        w.hidden + w.passes[0].inside * b.hidden,
                        w);
  }
  sortSamples(b, depths, w.march);
  w.march.gather(depths, density);
  w.march.compute();

  float total = 0;
  float depth = 0;
  for (std::int64_t i = 0; i + 1 < samples; ++i) {
    total += w.march.weight[i];
    depth += w.march.weight[i] * (w.march.depth[i] + w.march.depth[i + 1]) * 0.5F;
  }
  b.weight_sum[ray] = total;
  b.depth_sum[ray] = depth;
  for (std::int64_t i = 0; i < samples; ++i) {
    w.share[w.march.order[i]] = w.march.share(i);
  }
  float* result = b.hidden_sum + ray * b.hidden;
  for (std::int64_t h = 0; h < b.hidden; h += kLanes) {
    Floats sum_of_shares{};
    const float* row = w.hidden + h;
    for (const Pass& pass : w.passes) {
      for (std::int64_t n = 0; n < pass.inside; ++n, row += b.hidden) {
        sum_of_shares += load(row) * w.share[pass.sample[n]];
      }
    }
    store(result + h, sum_of_shares);
  }
}

template <typename Element>
void marchRays(const RayBatch& b, std::int64_t first, std::int64_t last) {
  RayWorkspace w;
  for (std::int64_t ray = first; ray < last; ++ray) {
    marchRay<Element>(b, ray, w);
  }
}

/// From the gradient of each sample's share to that of its density, both in the ray's order of samples.
inline void densityGradient(float of_weight_sum, float of_depth_sum, RayWorkspace& w) {
  const March& m = w.march;
  for (std::int64_t i = 0; i < m.count; ++i) {
    w.of_density[i] = 0;
  }
  float later = 0;  // what the intervals behind lose when this one grows
  for (std::int64_t i = m.count - 2; i >= 0; --i) {
    const float middle = (m.depth[i] + m.depth[i + 1]) * 0.5F;
    const float of_weight =
        0.5F * (w.of_share[m.order[i]] + w.of_share[m.order[i + 1]]) + of_weight_sum + of_depth_sum * middle;
    const float of_alpha = of_weight * m.transmittance[i] - later / (1 - m.alpha[i] + kPassedEpsilon);
    later += of_weight * m.weight[i];
    w.scratch[i] = of_alpha * (1 - m.alpha[i]) * m.length[i];
  }
  for (std::int64_t i = m.count - 1; i % kLanes != 0; ++i) {
    w.scratch[i] = 0;
  }
  for (std::int64_t i = 0; i + 1 < m.count; i += kLanes) {
    store(w.scratch + i, load(w.scratch + i) * sigmoid(load(m.middle_density + i)) * 0.5F);
  }
  for (std::int64_t i = 0; i + 1 < m.count; ++i) {
    w.of_density[m.order[i]] += w.scratch[i];
    w.of_density[m.order[i + 1]] += w.scratch[i];
  }
}

template <typename Element>
inline void marchRayGradient(
    const RayBatch& b, const RayGradient& g, std::int64_t ray, float* of_decoder, RayWorkspace& w) {
  const std::int64_t samples = b.samples();
  const std::int64_t first = ray * samples;
  const std::int64_t channels = b.grid.channels;
  const std::int64_t hidden = b.hidden;
  const float* of_hidden_sum = g.hidden_sum + ray * hidden;

  // The hidden layer again, from the features that were kept.
  w.passes[0].begin = 0;
  w.passes[0].count = b.coarse;
  w.passes[1].begin = b.coarse;
  w.passes[1].count = b.fine;
  std::int64_t rows = 0;
  for (Pass& pass : w.passes) {
    findInside(b, b.points + 3 * first, pass);
    unpack(static_cast<const Element*>(b.features) + (first + pass.begin) * channels,
           w.features + rows * channels,
           pass.inside * channels);
    rows += pass.inside;
  }
  hiddenLayer(b, w.features, rows, w.hidden);
  for (std::int64_t i = 0; i < rows * hidden; i += kLanes) {
    const Floats x = load(w.hidden + i);
    store(w.slope + i, sigmoid(x));
    store(w.hidden + i, softplus(x));
  }
  for (std::int64_t i = 0; i < samples; ++i) {
    w.of_share[i] = 0;
  }
  std::int64_t row = 0;
  for (const Pass& pass : w.passes) {
    for (std::int64_t n = 0; n < pass.inside; ++n, ++row) {
      w.of_share[pass.sample[n]] = dot(w.hidden + row * hidden, of_hidden_sum, hidden);
    }
  }
  sortSamples(b, b.depths + first, w.march);
  w.march.gather(b.depths + first, b.density + first);
  w.march.compute();
  for (std::int64_t i = 0; i < samples; ++i) {
    w.share[w.march.order[i]] = w.march.share(i);
  }
  densityGradient(g.weight_sum[ray], g.depth_sum[ray], w);

  float* of_hidden_bias = of_decoder + channels * hidden;
  float* of_density_weight = of_hidden_bias + hidden;
  float* of_density_bias = of_density_weight + hidden;
  for (std::int64_t h = 0; h < hidden; h += kLanes) {
    const Floats from_sum = load(of_hidden_sum + h);
    const Floats weight = load(b.density_weight + h);
    Floats bias = load(of_hidden_bias + h);
    Floats density_weight = load(of_density_weight + h);
    std::int64_t at = h;
    for (const Pass& pass : w.passes) {
      for (std::int64_t n = 0; n < pass.inside; ++n, at += hidden) {
        const float of_density = w.of_density[pass.sample[n]];
        density_weight += load(w.hidden + at) * of_density;
        const Floats before = (from_sum * w.share[pass.sample[n]] + weight * of_density) * load(w.slope + at);
        store(w.slope + at, before);
        bias += before;
      }
    }
    store(of_hidden_bias + h, bias);
    store(of_density_weight + h, density_weight);
  }
  for (const Pass& pass : w.passes) {
    for (std::int64_t n = 0; n < pass.inside; ++n) {
      *of_density_bias += w.of_density[pass.sample[n]];
    }
  }
  // The weight's gradient: features transposed times the gradient.
  multiply({w.features, 1, channels, channels, rows, w.slope, hidden, nullptr, of_decoder});
  const float zeros[kMostChannels] = {};
  multiply({w.slope, hidden, 1, rows, hidden, b.hidden_weight_transposed, channels, zeros, w.scratch});
  Element* of_features = static_cast<Element*>(g.features) + first * channels;
  row = 0;
  for (const Pass& pass : w.passes) {
    for (std::int64_t n = 0; n < pass.inside; ++n, ++row) {
      for (std::int64_t c = 0; c < channels; c += kLanes) {
        store(of_features + pass.sample[n] * channels + c, load(w.scratch + row * channels + c));
      }
    }
  }
}

template <typename Element>
void marchRaysGradient(const RayBatch& b, const RayGradient& g, std::int64_t first, std::int64_t last) {
  RayWorkspace w;
  const std::int64_t numbers = b.grid.channels * b.hidden + 2 * b.hidden + 1;
  for (std::int64_t task = first; task < last; ++task) {
    float* of_decoder = g.decoder + task * numbers;
    for (std::int64_t i = 0; i < numbers; ++i) {
      of_decoder[i] = 0;
    }
    const std::int64_t end = (task + 1) * kRaysOfTask;
    const std::int64_t rays = b.items * b.rays;
    for (std::int64_t ray = task * kRaysOfTask; ray < (end < rays ? end : rays); ++ray) {
      marchRayGradient<Element>(b, g, ray, of_decoder, w);
    }
  }
}

}  // namespace
}  // namespace panohead::kernels
