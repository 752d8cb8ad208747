#pragma once
// Sixteen samples at once through the decoder, by the 32 lanes of a group: a warp on the device, a loop on
// the CPU (tests). Every step is something that all lanes do for themselves between two points where they
// wait for each other, so that both run the same text. A group has:
//   Pair                       two features as they are kept
//   Registers<T, N>            a lane's own N values; of(lane) points to them
//   each(f)                    f(lane) for all lanes, which then see what the others wrote
//   alone(f)                   the same, but they see only their own
//   ballot(Registers<int, 1>)  bit of every lane that has not 0
//   butterfly(registers, mask) adds what lane ^ mask has
//   multiply(sum, a, b)        mma.m16n8k16: sum [16, 8] += a [16, 16] b [16, 8]; the PTX ISA has the
//   fragments pair(a, b)                 two values as a Pair load(planes, offset, values[8]) store(pairs,
//   values[8]) bits(word)                 how many are set

#include "core/fast/cuda/ray_math.h"

namespace panohead::fast::cuda {

/// Features of points [first, end), at most kBatch, into rows of the same numbers.
/// @param point_of (row, point[3])
template <typename Group, typename PointOf>
PANOHEAD_LANE void gatherBatch(Group& group,
                               const Volume& volume,
                               int first,
                               int end,
                               const PointOf& point_of,
                               typename Group::Pair* features) {
  group.each([&](int lane) {
    for (int n = first + lane / 4; n < end; n += 8) {  // four lanes a point, 16 bytes of every tap each
      float point[3];
      point_of(n, point);
      float sum[8];
      gatherChunk(
          volume,
          point,
          lane % 4,
          [&](int offset, float(&values)[8]) { group.load(volume.planes, offset, values); },
          sum);
      group.store(features + chunkPlace(n, lane % 4), sum);
    }
  });
}

/// A tile of a layer: 8 outputs of 16 rows. @param a the rows  @param fragments, bias of the whole layer
/// @param activation (float)  @param use (lane, tile, values[4]): outputs 8 tile + 2 (lane % 4) and the next
/// one of row lane / 4, then of row lane / 4 + 8
template <int kInner, typename Group, typename Activation, typename Use>
PANOHEAD_LANE void multiplyTile(
    Group& group,
    const typename Group::template Registers<typename Group::Pair, 4> (&a)[kInner],
    const typename Group::Pair* fragments,
    const float* bias,
    int tile,
    const Activation& activation,
    const Use& use) {
  typename Group::template Registers<float, 4> sum;
  group.alone([&](int lane) {
    const float* from = bias + 8 * tile + 2 * (lane % 4);
    float* own = sum.of(lane);
    own[0] = own[2] = from[0];
    own[1] = own[3] = from[1];
  });
  PANOHEAD_UNROLL
  for (int step = 0; step < kInner; ++step) {
    typename Group::template Registers<typename Group::Pair, 2> b;
    group.alone([&](int lane) {
      const typename Group::Pair* from = fragments + ((tile * kInner + step) * kLanes + lane) * 2;
      b.of(lane)[0] = from[0];
      b.of(lane)[1] = from[1];
    });
    group.multiply(sum, a[step], b);
  }
  group.alone([&](int lane) {
    float* own = sum.of(lane);
    PANOHEAD_UNROLL
    for (int i = 0; i < 4; ++i) {
      own[i] = activation(own[i]);
    }
    use(lane, tile, own);
  });
}

/// The hidden layer of rows [first, first + kBatch): `use(lane, tile, values[4])` gets what multiplyTile()
/// leaves in a lane, behind softplus. What lies behind row end - 1 repeats it.
template <typename Group, typename Use>
PANOHEAD_LANE void decodeBatch(Group& group,
                               const DecoderTables<typename Group::Pair>& decoder,
                               const typename Group::Pair* features,
                               int first,
                               int end,
                               const Use& use) {
  using Pair = typename Group::Pair;
  typename Group::template Registers<Pair, 4> a[kSteps];
  group.each([&](int lane) {
    const int row0 = first + lane / 4 < end ? first + lane / 4 : end - 1;
    const int row1 = first + lane / 4 + 8 < end ? first + lane / 4 + 8 : end - 1;
    PANOHEAD_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      Pair* own = a[step].of(lane);
      own[0] = features[chunkPlace(row0, 2 * step) + lane % 4];
      own[1] = features[chunkPlace(row1, 2 * step) + lane % 4];
      own[2] = features[chunkPlace(row0, 2 * step + 1) + lane % 4];
      own[3] = features[chunkPlace(row1, 2 * step + 1) + lane % 4];
    }
  });
  PANOHEAD_UNROLL
  for (int tile = 0; tile < kTiles; ++tile) {
    multiplyTile(
        group,
        a,
        decoder.hidden_fragments,
        decoder.hidden_bias,
        tile,
        [](float x) { return softplus(x); },
        use);
  }
}

/// The last layer of rows [first, first + kBatch) behind the decoder's activation, as decodeBatch(). What the
/// hidden layer's multiplication leaves in a lane is what the next one wants there.
template <typename Group, typename Use>
PANOHEAD_LANE void featuresOfBatch(Group& group,
                                   const DecoderTables<typename Group::Pair>& decoder,
                                   const typename Group::Pair* features,
                                   int first,
                                   int end,
                                   const Use& use) {
  using Pair = typename Group::Pair;
  typename Group::template Registers<Pair, 4> hidden[kFeatureSteps];
  decodeBatch(group, decoder, features, first, end, [&](int lane, int tile, const float* values) {
    Pair* own = hidden[tile / 2].of(lane) + tile % 2 * 2;
    own[0] = group.pair(values[0], values[1]);
    own[1] = group.pair(values[2], values[3]);
  });
  PANOHEAD_UNROLL
  for (int tile = 0; tile < kFeatureTiles; ++tile) {
    multiplyTile(
        group,
        hidden,
        decoder.feature_fragments,
        decoder.feature_bias,
        tile,
        [&](float x) { return activated(x, decoder.activation); },
        use);
  }
}

/// Density of rows [first, end), at most kBatch: `write(row, density)`.
template <typename Group, typename Write>
PANOHEAD_LANE void densityOfBatch(Group& group,
                                  const DecoderTables<typename Group::Pair>& decoder,
                                  const typename Group::Pair* features,
                                  int first,
                                  int end,
                                  const Write& write) {
  typename Group::template Registers<float, 2> density;
  group.alone([&](int lane) { density.of(lane)[0] = density.of(lane)[1] = 0; });
  decodeBatch(group, decoder, features, first, end, [&](int lane, int tile, const float* values) {
    const float* weight = decoder.density_weight + 8 * tile + 2 * (lane % 4);
    density.of(lane)[0] += values[0] * weight[0] + values[1] * weight[1];
    density.of(lane)[1] += values[2] * weight[0] + values[3] * weight[1];
  });
  group.butterfly(density, 1);
  group.butterfly(density, 2);
  group.each([&](int lane) {
    PANOHEAD_UNROLL
    for (int i = 0; i < 2; ++i) {
      const int row = first + lane / 4 + 8 * i;
      if (lane % 4 == 0 && row < end) {
        write(row, density.of(lane)[i] + decoder.density_bias);
      }
    }
  });
}

}  // namespace panohead::fast::cuda
