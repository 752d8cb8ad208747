#pragma once
// One ray, drawn by a group of lanes (decode_batch.h).

#include "core/fast/cuda/decode_batch.h"

#include <cstddef>

namespace panohead::fast::cuda {

/// Where a group works: shared memory on the device. Arrays are per sample of the ray.
template <typename Pair>
struct RayStore {
  float* depth;           // coarse ones, then fine ones
  float* density;         //
  float* sorted_depth;    // in the order of depth; sums of the bins before there is one
  float* sorted_density;  //
  float* weight;          // of the intervals
  float* of_lane;         // [kLanes]
  float* composited;      // [kHidden]; features where there is an activation
  std::int16_t* rank;     // place in the order of depth
  std::int16_t* sample;   // of every row of `features`
  Pair* features;         // [samples][kPairsOfRow], see chunkPlace()
};

PANOHEAD_BOTH constexpr int paddedSamples(int samples) { return (samples + 7) / 8 * 8; }

template <typename Pair>
PANOHEAD_BOTH constexpr std::size_t rayStoreBytes(int samples) {
  return static_cast<std::size_t>(paddedSamples(samples)) *
             (kPairsOfRow * sizeof(Pair) + 5 * sizeof(float) + 2 * sizeof(std::int16_t)) +
         (kLanes + kHidden) * sizeof(float);
}

/// @param memory rayStoreBytes(samples) of it, aligned for 16 bytes
template <typename Pair>
PANOHEAD_BOTH RayStore<Pair> makeRayStore(void* memory, int samples) {
  const int n = paddedSamples(samples);
  RayStore<Pair> s;
  s.features = static_cast<Pair*>(memory);
  s.depth = reinterpret_cast<float*>(s.features + n * kPairsOfRow);
  s.density = s.depth + n;
  s.sorted_depth = s.density + n;
  s.sorted_density = s.sorted_depth + n;
  s.weight = s.sorted_density + n;
  s.of_lane = s.weight + n;
  s.composited = s.of_lane + kLanes;
  s.rank = reinterpret_cast<std::int16_t*>(s.composited + kHidden);
  s.sample = s.rank + n;
  return s;
}

/// Where a ray's results go, row by row of the picture.
struct DrawnFrame {
  float* feature = nullptr;     // [pixels][kFeatures]
  float* weight_sum = nullptr;  // [pixels]
  float* depth = nullptr;       // [pixels] world units, clamped to the sampled range
};

/// Weights of the intervals between sorted samples. Each lane does a run of them; what passes the runs before
/// its own is multiplied up by every lane for itself.
template <typename Group, typename Pair>
PANOHEAD_LANE void marchWeights(
    Group& group, const RayStore<Pair>& s, const float* depth, const float* density, int samples) {
  const int intervals = samples - 1;
  const int run = (intervals + kLanes - 1) / kLanes;
  group.each([&](int lane) {
    float total = 1;
    for (int i = lane * run; i < (lane + 1) * run && i < intervals; ++i) {
      const float alpha = opacity(density[i], density[i + 1], depth[i + 1] - depth[i]);
      s.weight[i] = alpha;
      total *= passed(alpha);
    }
    s.of_lane[lane] = total;
  });
  group.each([&](int lane) {
    float light = 1;
    for (int l = 0; l < lane; ++l) {
      light *= s.of_lane[l];
    }
    for (int i = lane * run; i < (lane + 1) * run && i < intervals; ++i) {
      const float alpha = s.weight[i];
      s.weight[i] = alpha * light;
      light *= passed(alpha);
    }
  });
}

/// Depths of the second pass, behind those of the first.
template <typename Group, typename Pair>
PANOHEAD_LANE void placeFineSamples(Group& group, const RayStore<Pair>& s, const FrameOptions& frame) {
  const int bins = frame.coarse - 3;
  const int run = (bins + kLanes - 1) / kLanes;
  float* cumulative = s.sorted_depth;
  group.each([&](int lane) {
    float total = 0;
    for (int i = lane * run; i < (lane + 1) * run && i < bins; ++i) {
      total += binWeight(s.weight, i);
    }
    s.of_lane[lane] = total;
  });
  group.each([&](int lane) {
    float sum = 0;
    for (int l = 0; l < lane; ++l) {
      sum += s.of_lane[l];
    }
    if (lane == 0) {
      cumulative[0] = 0;
    }
    for (int i = lane * run; i < (lane + 1) * run && i < bins; ++i) {
      sum += binWeight(s.weight, i);
      cumulative[i + 1] = sum;
    }
  });
  group.each([&](int lane) {
    for (int n = lane; n < frame.fine; n += kLanes) {
      s.depth[frame.coarse + n] = fineDepth(frame, s.depth, cumulative, n);
    }
  });
}

/// Samples [first, first + count) whose cells are not known to be empty and that lie before `stop` get rows
/// from `rows` on, in their order; the others get their cell's density.
/// @param everywhere the grid is not asked, but for the margin
/// @return rows after them
template <typename Group, typename Pair>
PANOHEAD_LANE int takeSamples(Group& group,
                              const Volume& volume,
                              const Ray& ray,
                              const RayStore<Pair>& s,
                              int first,
                              int count,
                              float stop,
                              bool everywhere,
                              int rows) {
  for (int begin = 0; begin < count; begin += kLanes) {
    typename Group::template Registers<int, 1> taken;
    group.alone([&](int lane) {
      const int i = first + begin + lane;
      taken.of(lane)[0] = 0;
      if (begin + lane < count) {
        const float depth = s.depth[i];
        float point[3];
        for (int a = 0; a < 3; ++a) {
          point[a] = depth * ray.direction[a] + ray.origin[a];
        }
        const std::int8_t of_cell = volume.cells[cellOfPoint(volume, point)];
        const bool look = everywhere && of_cell != kernels::kCroppedCell;
        const std::int8_t code = look ? kernels::kEvaluateCell : of_cell;
        s.density[i] = densityOfCode(code);
        taken.of(lane)[0] = code == kernels::kEvaluateCell && depth <= stop ? 1 : 0;
      }
    });
    const std::uint32_t takers = group.ballot(taken);
    group.each([&](int lane) {
      if (taken.of(lane)[0] != 0) {
        s.sample[rows + group.bits(takers & ((1U << lane) - 1U))] =
            static_cast<std::int16_t>(first + begin + lane);
      }
    });
    rows += group.bits(takers);
  }
  return rows;
}

/// Features and densities of rows [first, rows). Stops where hardly any light is left, when `enough` of
/// optical thickness is in front.
/// @param stop depth behind which nothing shows: set then  @return rows that were done
template <typename Group>
PANOHEAD_LANE int evaluateRows(Group& group,
                               const Volume& volume,
                               const DecoderTables<typename Group::Pair>& decoder,
                               const Ray& ray,
                               const RayStore<typename Group::Pair>& s,
                               int first,
                               int rows,
                               float enough,
                               float* stop) {
  float optical = 0;
  int seen = 0;  // intervals whose thickness is in `optical`
  for (; first < rows; first += kBatch) {
    const int end = first + kBatch < rows ? first + kBatch : rows;
    const auto point_of = [&](int row, float(&point)[3]) {
      const float depth = s.depth[s.sample[row]];
      for (int a = 0; a < 3; ++a) {
        point[a] = depth * ray.direction[a] + ray.origin[a];
      }
    };
    gatherBatch(group, volume, first, end, point_of, s.features);
    densityOfBatch(group, decoder, s.features, first, end, [&](int row, float density) {
      s.density[s.sample[row]] = density;
    });
    if (stop == nullptr || end == rows) {
      continue;
    }
    const int upto = s.sample[end - 1];
    typename Group::template Registers<float, 1> thickness;
    group.alone([&](int lane) {
      float sum = 0;
      for (int i = seen + lane; i < upto; i += kLanes) {
        sum += leastThickness(s.density[i], s.density[i + 1], s.depth[i + 1] - s.depth[i]);
      }
      thickness.of(lane)[0] = sum;
    });
    PANOHEAD_UNROLL
    for (int mask = 1; mask < kLanes; mask *= 2) {
      group.butterfly(thickness, mask);
    }
    optical += thickness.of(0)[0];
    seen = upto;
    if (optical > enough) {
      *stop = s.depth[upto];
      return end;
    }
  }
  return rows;
}

/// A layer of the rows, weighted by their samples' shares, into RayStore::composited.
/// @param layer (first, use): of a batch, as decodeBatch()  @tparam kTilesOfLayer its outputs / 8
template <int kTilesOfLayer, typename Group, typename Layer>
PANOHEAD_LANE void composite(
    Group& group, const RayStore<typename Group::Pair>& s, int rows, int samples, const Layer& layer) {
  typename Group::template Registers<float, 2 * kTilesOfLayer> sum;
  typename Group::template Registers<float, 2> share;
  group.alone([&](int lane) {
    PANOHEAD_UNROLL
    for (int i = 0; i < 2 * kTilesOfLayer; ++i) {
      sum.of(lane)[i] = 0;
    }
  });
  for (int first = 0; first < rows; first += kBatch) {
    group.alone([&](int lane) {
      PANOHEAD_UNROLL
      for (int i = 0; i < 2; ++i) {
        const int row = first + lane / 4 + 8 * i;
        // Rows behind the last one repeat it and count nothing.
        share.of(lane)[i] = row < rows ? shareOfRank(s.weight, s.rank[s.sample[row]], samples) : 0.0F;
      }
    });
    layer(first, [&](int lane, int tile, const float* values) {
      const float* part = share.of(lane);
      sum.of(lane)[2 * tile] += values[0] * part[0] + values[2] * part[1];
      sum.of(lane)[2 * tile + 1] += values[1] * part[0] + values[3] * part[1];
    });
  }
  PANOHEAD_UNROLL
  for (int mask = 4; mask < kLanes; mask *= 2) {
    group.butterfly(sum, mask);
  }
  group.each([&](int lane) {
    if (lane < 4) {
      PANOHEAD_UNROLL
      for (int i = 0; i < 2 * kTilesOfLayer; ++i) {
        s.composited[i / 2 * 8 + 2 * lane + i % 2] = sum.of(lane)[i];
      }
    }
  });
}

/// Both passes of one ray. @param range of the ray; of the view, or of the box with FrameOptions::auto_range
/// @tparam kActivated whether the decoder has an activation
template <bool kActivated, typename Group>
PANOHEAD_LANE void drawRay(Group& group,
                           const Volume& volume,
                           const DecoderTables<typename Group::Pair>& decoder,
                           const FrameOptions& frame,
                           const Ray& ray,
                           Range range,
                           const RangeLimits& limits,
                           int pixel,
                           const RayStore<typename Group::Pair>& s,
                           const DrawnFrame& out) {
  const int coarse = frame.coarse;
  group.each([&](int lane) {
    for (int i = lane; i < coarse; i += kLanes) {
      s.depth[i] = coarseDepth(frame, range, i);
      s.rank[i] = static_cast<std::int16_t>(i);
    }
  });
  // Of even steps all are equal; of those even in 1 / depth the last is the longest.
  const float longest = coarseDepth(frame, range, coarse - 1) - coarseDepth(frame, range, coarse - 2);
  const bool everywhere = coarserThanCells(volume, longest);
  int rows = takeSamples(group, volume, ray, s, 0, coarse, kFarAway, everywhere, 0);
  if (rows == 0) {
    group.each([&](int lane) {
      out.feature[pixel * kFeatures + lane] = frame.white_back ? 1.0F : 0.0F;
      if (lane == 0) {
        out.weight_sum[pixel] = 0;
        out.depth[pixel] = limits.farthest;
      }
    });
    return;
  }

  const float enough = frame.least_transmittance > 0 ? -logf(frame.least_transmittance) : kFarAway;
  float stop = kFarAway;
  rows = evaluateRows(group, volume, decoder, ray, s, 0, rows, enough, &stop);

  const float* depth = s.depth;
  const float* density = s.density;
  const int samples = coarse + frame.fine;
  if (frame.fine > 0) {
    marchWeights(group, s, s.depth, s.density, coarse);
    placeFineSamples(group, s, frame);
    const int before = rows;
    rows = takeSamples(group, volume, ray, s, coarse, frame.fine, stop, everywhere, rows);
    evaluateRows(group, volume, decoder, ray, s, before, rows, kFarAway, nullptr);
    group.each([&](int lane) {  // both are increasing already
      for (int i = lane; i < samples; i += kLanes) {
        const int rank = i < coarse ? i + firstAbove(s.depth + coarse, frame.fine, s.depth[i], true)
                                    : i - coarse + firstAbove(s.depth, coarse, s.depth[i], false);
        s.rank[i] = static_cast<std::int16_t>(rank);
        s.sorted_depth[rank] = s.depth[i];
        s.sorted_density[rank] = s.density[i];
      }
    });
    depth = s.sorted_depth;
    density = s.sorted_density;
  }
  marchWeights(group, s, depth, density, samples);
  if constexpr (kActivated) {
    composite<kFeatureTiles>(group, s, rows, samples, [&](int first, const auto& use) {
      featuresOfBatch(group, decoder, s.features, first, rows, use);
    });
  } else {
    composite<kTiles>(group, s, rows, samples, [&](int first, const auto& use) {
      decodeBatch(group, decoder, s.features, first, rows, use);
    });
  }

  typename Group::template Registers<float, 2> sums;  // weight, depth
  group.alone([&](int lane) {
    float* own = sums.of(lane);
    own[0] = own[1] = 0;
    for (int i = lane; i + 1 < samples; i += kLanes) {
      own[0] += s.weight[i];
      own[1] += s.weight[i] * (depth[i] + depth[i + 1]) * 0.5F;
    }
  });
  PANOHEAD_UNROLL
  for (int mask = 1; mask < kLanes; mask *= 2) {
    group.butterfly(sums, mask);
  }
  group.each([&](int lane) {
    const float total = sums.of(lane)[0];
    float result = frame.white_back ? 1.0F - total : 0.0F;
    if constexpr (kActivated) {
      result += s.composited[lane];
    } else {
      result += decoder.feature_bias[lane] * total;
      for (int h = 0; h < kHidden; ++h) {
        result += decoder.feature_weight[h * kFeatures + lane] * s.composited[h];
      }
    }
    out.feature[pixel * kFeatures + lane] = result;
    if (lane == 0) {
      out.weight_sum[pixel] = total;
      out.depth[pixel] = pixelDepth(sums.of(lane)[1], total, limits.nearest, limits.farthest);
    }
  });
}

}  // namespace panohead::fast::cuda
