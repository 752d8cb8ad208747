#include "core/fast/cuda/cuda_check.h"
#include "core/fast/cuda/cuda_volume.h"

#include <cuda_fp16.h>
#include <limits>

namespace panohead::fast::cuda {

namespace {

constexpr int kWarps = 4;  // of a block
constexpr unsigned kAll = 0xffffffffU;

/// The tables that all warps of a block read again and again, in front of their stores.
struct BlockTables {
  std::uint32_t hidden_fragments[kTiles * kSteps * kLanes * 2];
  float hidden_bias[kHidden];
  float density_weight[kHidden];
};

constexpr int kThreadsOfReduction = 1024;  // one block; also a bound of registers, for GPUs to come

constexpr std::size_t drawBytes(int samples) {
  return sizeof(BlockTables) + kWarps * rayStoreBytes<std::uint32_t>(samples);
}

// A block may have 99 KiB on the smallest of the devices (8.6, 8.9), and 48 KiB without asking.
static_assert(drawBytes(kMostSamples) <= 99 * 1024, "the stores of the longest rays do not fit");
static_assert(drawBytes(96) <= 48 * 1024, "usual rays are to leave room for several blocks");
static_assert(sizeof(BlockTables) % 16 == 0 && rayStoreBytes<std::uint32_t>(96) % 16 == 0 &&
                  rayStoreBytes<std::uint32_t>(8) % 16 == 0,
              "stores are read in 16-byte pieces");
constexpr std::size_t kDensityBytes = sizeof(BlockTables) + kWarps * kBatch * kPairsOfRow * 4;
static_assert(kDensityBytes <= 48 * 1024, "no more than what needs no asking");

/// The group of decode_batch.h: a warp.
struct Warp {
  using Pair = std::uint32_t;  // two float16
  template <typename T, int N>
  struct Registers {
    T values[N];
    __device__ T* of(int) { return values; }
  };

  int lane;

  template <typename F>
  __device__ __forceinline__ void each(const F& f) {
    f(lane);
    __syncwarp();
  }
  template <typename F>
  __device__ __forceinline__ void alone(const F& f) {
    f(lane);
  }
  __device__ std::uint32_t ballot(Registers<int, 1>& r) { return __ballot_sync(kAll, r.values[0] != 0); }
  __device__ int bits(std::uint32_t word) { return __popc(word); }
  template <int N>
  __device__ __forceinline__ void butterfly(Registers<float, N>& r, int mask) {
    PANOHEAD_UNROLL
    for (int i = 0; i < N; ++i) {
      r.values[i] += __shfl_xor_sync(kAll, r.values[i], mask);
    }
  }
  __device__ __forceinline__ void multiply(Registers<float, 4>& sum,
                                           const Registers<Pair, 4>& a,
                                           const Registers<Pair, 2>& b) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sum.values[0]), "+f"(sum.values[1]), "+f"(sum.values[2]), "+f"(sum.values[3])
        : "r"(a.values[0]),
          "r"(a.values[1]),
          "r"(a.values[2]),
          "r"(a.values[3]),
          "r"(b.values[0]),
          "r"(b.values[1]));
  }
  __device__ __forceinline__ void load(const void* planes, int offset, float (&values)[8]) {
    const uint4 words = __ldg(reinterpret_cast<const uint4*>(static_cast<const __half*>(planes) + offset));
    const std::uint32_t pairs[4] = {words.x, words.y, words.z, words.w};
    PANOHEAD_UNROLL
    for (int i = 0; i < 4; ++i) {
      const float2 two = __half22float2(reinterpret_cast<const __half2&>(pairs[i]));
      values[2 * i] = two.x;
      values[2 * i + 1] = two.y;
    }
  }
  __device__ __forceinline__ Pair pair(float a, float b) {
    Pair both;
    reinterpret_cast<__half2&>(both) = __floats2half2_rn(a, b);
    return both;
  }
  __device__ __forceinline__ void store(Pair* to, const float (&values)[8]) {
    std::uint32_t pairs[4];
    PANOHEAD_UNROLL
    for (int i = 0; i < 4; ++i) {
      pairs[i] = pair(values[2 * i], values[2 * i + 1]);
    }
    *reinterpret_cast<uint4*>(to) = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
  }
};

/// Brings the tables into shared memory. @return the decoder that reads them there
__device__ DecoderTables<std::uint32_t> shareTables(DecoderTables<std::uint32_t> decoder,
                                                    BlockTables& shared) {
  constexpr int kWords = kTiles * kSteps * kLanes * 2;
  for (int i = threadIdx.x; i < kWords; i += blockDim.x) {
    shared.hidden_fragments[i] = decoder.hidden_fragments[i];
  }
  for (int i = threadIdx.x; i < kHidden; i += blockDim.x) {
    shared.hidden_bias[i] = decoder.hidden_bias[i];
    shared.density_weight[i] = decoder.density_weight[i];
  }
  __syncthreads();
  decoder.hidden_fragments = shared.hidden_fragments;
  decoder.hidden_bias = shared.hidden_bias;
  decoder.density_weight = shared.density_weight;
  return decoder;
}

/// A warp a ray, four rays of a tile a block.
template <bool kActivated>
__global__ void __launch_bounds__(kWarps* kLanes) drawKernel(Volume volume,
                                                             DecoderTables<std::uint32_t> tables,
                                                             FrameOptions frame,
                                                             const float* view,
                                                             const RangeLimits* limits_of_box,
                                                             DrawnFrame out) {
  extern __shared__ uint4 memory[];
  BlockTables& shared = *reinterpret_cast<BlockTables*>(memory);
  const DecoderTables<std::uint32_t> decoder = shareTables(tables, shared);
  Warp warp{static_cast<int>(threadIdx.x) % kLanes};
  const int number = static_cast<int>(threadIdx.x) / kLanes;
  const int order = static_cast<int>(blockIdx.x) * kWarps + number;
  if (order >= frame.resolution * frame.resolution) {
    return;
  }
  const int samples = frame.coarse + frame.fine;
  char* own =
      reinterpret_cast<char*>(memory) + sizeof(BlockTables) + number * rayStoreBytes<std::uint32_t>(samples);
  const RayStore<std::uint32_t> store = makeRayStore<std::uint32_t>(own, samples);
  const int pixel = pixelOfOrder(order, frame.resolution);
  const Ray ray = cameraRay(view, frame.resolution, pixel);
  RangeLimits limits{0, 0, 0, 0};
  Range range = viewRange(view);
  if (frame.auto_range) {
    limits = *limits_of_box;
    range = boxRange(intersectBox(ray, volume.half), limits);
  } else {
    limits.nearest = coarseDepth(frame, range, 0);
    limits.farthest = coarseDepth(frame, range, frame.coarse - 1);
  }
  drawRay<kActivated>(warp, volume, decoder, frame, ray, range, limits, pixel, store, out);
}

/// Smallest of a block's numbers, for all of its threads.
__device__ float smallestOfBlock(float value, float* shared) {
  for (int mask = 1; mask < kLanes; mask *= 2) {
    value = fminf(value, __shfl_xor_sync(kAll, value, mask));
  }
  __syncthreads();  // what was there may still be read
  if (threadIdx.x % kLanes == 0) {
    shared[threadIdx.x / kLanes] = value;
  }
  __syncthreads();
  for (int i = 0; i < static_cast<int>(blockDim.x) / kLanes; ++i) {
    value = fminf(value, shared[i]);
  }
  return value;
}

/// What rays that miss the box borrow from the others, and the range of all depths: one block.
__global__ void __launch_bounds__(kThreadsOfReduction)
    limitsKernel(float half, FrameOptions frame, const float* view, RangeLimits* limits) {
  __shared__ float shared[kLanes];
  const int pixels = frame.resolution * frame.resolution;
  const int first = static_cast<int>(threadIdx.x);
  const int step = static_cast<int>(blockDim.x);
  RangeLimits own{kFarAway, -kFarAway, kFarAway, -kFarAway};
  for (int i = first; i < pixels; i += step) {
    const Range range = intersectBox(cameraRay(view, frame.resolution, i), half);
    if (range.end > range.start) {
      own.first_start = fminf(own.first_start, range.start);
      own.last_start = fmaxf(own.last_start, range.start);
    }
  }
  own.first_start = smallestOfBlock(own.first_start, shared);
  own.last_start = -smallestOfBlock(-own.last_start, shared);
  for (int i = first; i < pixels; i += step) {
    const Range range = boxRange(intersectBox(cameraRay(view, frame.resolution, i), half), own);
    const float front = coarseDepth(frame, range, 0);
    const float back = coarseDepth(frame, range, frame.coarse - 1);
    own.nearest = fminf(own.nearest, fminf(front, back));
    own.farthest = fmaxf(own.farthest, fmaxf(front, back));
  }
  own.nearest = smallestOfBlock(own.nearest, shared);
  own.farthest = -smallestOfBlock(-own.farthest, shared);
  if (threadIdx.x == 0) {
    *limits = own;
  }
}

/// Density of points, kBatch a warp. @param points null: those of pointOfMeasure()
__global__ void __launch_bounds__(kWarps* kLanes) densityKernel(Volume volume,
                                                                DecoderTables<std::uint32_t> tables,
                                                                const float* points,
                                                                long long count,
                                                                float* density) {
  extern __shared__ uint4 memory[];
  BlockTables& shared = *reinterpret_cast<BlockTables*>(memory);
  const DecoderTables<std::uint32_t> decoder = shareTables(tables, shared);
  Warp warp{static_cast<int>(threadIdx.x) % kLanes};
  const int number = static_cast<int>(threadIdx.x) / kLanes;
  const long long first = (static_cast<long long>(blockIdx.x) * kWarps + number) * kBatch;
  if (first >= count) {
    return;
  }
  auto* features = reinterpret_cast<std::uint32_t*>(reinterpret_cast<char*>(memory) + sizeof(BlockTables)) +
                   number * kBatch * kPairsOfRow;
  const int rows = count - first < kBatch ? static_cast<int>(count - first) : kBatch;
  const auto point_of = [&](int row, float(&point)[3]) {
    const long long n = first + row;
    if (points != nullptr) {
      for (int a = 0; a < 3; ++a) {
        point[a] = points[3 * n + a];
      }
      return;
    }
    pointOfMeasure(volume, static_cast<int>(n), point);
  };
  gatherBatch(warp, volume, 0, rows, point_of, features);
  densityOfBatch(
      warp, decoder, features, 0, rows, [&](int row, float value) { density[first + row] = value; });
}

/// @param density [kMeasured], see pointOfMeasure()
__global__ void cellsKernel(const float* density, std::int8_t* cells) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < kCells * kCells * kCells) {
    cells[i] = codeOfCell(density, i % kCells, i / kCells % kCells, i / kCells / kCells);
  }
}

/// The entries behind the cells: one block.
__global__ void __launch_bounds__(kThreadsOfReduction)
    outsideKernel(Volume volume, const float* density, std::int8_t* cells) {
  int shows = 0;
  for (int i = kCorners + static_cast<int>(threadIdx.x); i < kMeasured; i += static_cast<int>(blockDim.x)) {
    shows |= showsOutside(volume, i, density[i]) ? 1 : 0;
  }
  shows = __syncthreads_or(shows);
  if (threadIdx.x == 0) {
    constexpr int kOutside = kCells * kCells * kCells;
    cells[kOutside] = shows != 0 ? kernels::kEvaluateCell : codeOfDensity(density[kMeasured - 1]);
    cells[kOutside + 1] = kernels::kCroppedCell;
  }
}

auto drawKernelOf(FeatureActivation activation) {
  return activation == FeatureActivation::None ? drawKernel<false> : drawKernel<true>;
}

cudaStream_t native(Stream stream) { return static_cast<cudaStream_t>(stream); }

void launched(const char* what) { must(cudaGetLastError(), what); }

std::uint32_t packHalves(float a, float b) {
  const std::uint32_t low = __half_as_ushort(__float2half_rn(a));
  const std::uint32_t high = __half_as_ushort(__float2half_rn(b));
  return low | high << 16;
}

}  // namespace

void check(const FrameOptions& f) {
  if (f.resolution < 1 || f.resolution > 4096 || f.coarse < 4 || f.fine < 0 ||
      f.coarse + f.fine > kMostSamples) {
    throw OptionError("a frame of " + std::to_string(f.resolution) + " px with " + std::to_string(f.coarse) +
                      " + " + std::to_string(f.fine) + " samples cannot be drawn by the CUDA kernels");
  }
}

CudaVolume::CudaVolume(const Volume& volume, const DecoderWeights& weights, Stream stream) : volume_(volume) {
  const long long elements = 1LL * volume.size * volume.size * kGrids * volume.slices * kChannels;
  if (volume.size < 2 || volume.slices < 1 || elements > std::numeric_limits<int>::max()) {
    throw OptionError("tri-grids of " + std::to_string(volume.size) + " px and " +
                      std::to_string(volume.slices) + " slices cannot be drawn by the CUDA kernels");
  }
  if (!unavailable().empty()) {
    throw DeviceError(unavailable());
  }
  constexpr int kFragmentWords = kTiles * kSteps * kLanes * 2;
  constexpr int kFloats = kHidden + kHidden + kHidden * kFeatures + kFeatures;
  constexpr int kFeatureWords = kFeatureTiles * kFeatureSteps * kLanes * 2;
  std::vector<std::uint32_t> tables(kFragmentWords + kFloats + kFeatureWords);
  arrangeHidden(weights.hidden_weight, tables.data(), packHalves);
  arrangeFeature(weights.feature_weight, tables.data() + kFragmentWords + kFloats, packHalves);
  auto* floats = reinterpret_cast<float*>(tables.data() + kFragmentWords);
  const auto append = [&](const float* from, int count) {
    for (int i = 0; i < count; ++i) {
      *floats++ = from[i];
    }
  };
  append(weights.hidden_bias, kHidden);
  append(weights.density_weight, kHidden);
  append(weights.feature_weight, kHidden * kFeatures);
  append(weights.feature_bias, kFeatures);
  tables_ = DeviceMemory(tables.size() * 4);
  tables_.upload(tables.data(), tables.size() * 4, stream);
  decoder_.hidden_fragments = tables_.as<std::uint32_t>();
  decoder_.hidden_bias = tables_.as<float>() + kFragmentWords;
  decoder_.density_weight = decoder_.hidden_bias + kHidden;
  decoder_.feature_weight = decoder_.density_weight + kHidden;
  decoder_.feature_bias = decoder_.feature_weight + kHidden * kFeatures;
  decoder_.density_bias = weights.density_bias;
  decoder_.activation = weights.activation;
  decoder_.feature_fragments = tables_.as<std::uint32_t>() + kFragmentWords + kFloats;

  must(cudaFuncSetAttribute(drawKernelOf(weights.activation),
                            cudaFuncAttributeMaxDynamicSharedMemorySize,
                            drawBytes(kMostSamples)),
       "reserve shared memory");
  cells_ = DeviceMemory(kCells * kCells * kCells + 2);
  volume_.cells = cells_.as<std::int8_t>();
  const DeviceMemory measured(sizeof(float) * kMeasured);
  density(nullptr, kMeasured, measured.as<float>(), stream);
  constexpr int kThreads = 256;
  cellsKernel<<<(kCells * kCells * kCells + kThreads - 1) / kThreads, kThreads, 0, native(stream)>>>(
      measured.as<float>(), cells_.as<std::int8_t>());
  outsideKernel<<<1, kThreadsOfReduction, 0, native(stream)>>>(
      volume_, measured.as<float>(), cells_.as<std::int8_t>());
  launched("find empty space");
  synchronise(stream);
}

void CudaVolume::render(const FrameOptions& frame,
                        const float* view,
                        RangeLimits* limits,
                        const DrawnFrame& out,
                        Stream stream) const {
  check(frame);
  if (frame.auto_range) {
    limitsKernel<<<1, kThreadsOfReduction, 0, native(stream)>>>(volume_.half, frame, view, limits);
    launched("find the range of rays");
  }
  const int pixels = frame.resolution * frame.resolution;
  const auto bytes = drawBytes(frame.coarse + frame.fine);
  const auto kernel = drawKernelOf(decoder_.activation);
  kernel<<<(pixels + kWarps - 1) / kWarps, kWarps * kLanes, bytes, native(stream)>>>(
      volume_, decoder_, frame, view, limits, out);
  launched("draw rays");
}

void CudaVolume::density(const float* points, std::int64_t count, float* density, Stream stream) const {
  if (count <= 0) {
    return;
  }
  constexpr std::int64_t kOfBlock = kWarps * kBatch;
  densityKernel<<<static_cast<unsigned>((count + kOfBlock - 1) / kOfBlock),
                  kWarps * kLanes,
                  kDensityBytes,
                  native(stream)>>>(volume_, decoder_, points, count, density);
  launched("measure density");
}

std::vector<std::int8_t> CudaVolume::cells() const {
  std::vector<std::int8_t> copy(cells_.bytes());
  cells_.download(copy.data(), copy.size());
  return copy;
}

}  // namespace panohead::fast::cuda
