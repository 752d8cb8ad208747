#include "core/dataset/shuffle.h"

#include <utility>

namespace panohead {
namespace {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t value = state_;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9U;
    value = (value ^ value >> 27) * 0x94D049BB133111EBU;
    return value ^ value >> 31;
  }

  /// Uniform in [0, bound) without bias (Lemire 2019: multiply, take the upper half, reject the rest).
  std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t rejected = (0U - bound) % bound;
    for (;;) {
      const std::uint64_t product = (next() >> 32) * bound;
      if (static_cast<std::uint32_t>(product) >= rejected) {
        return static_cast<std::uint32_t>(product >> 32);
      }
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace

void shuffle(std::vector<std::uint32_t>& values, std::uint64_t seed, std::uint64_t stream) {
  // Hashed, so that neighbouring seeds and streams do not give shifted copies of one sequence.
  SplitMix random(SplitMix(SplitMix(seed).next() + stream).next());
  for (auto count = static_cast<std::uint32_t>(values.size()); count > 1; --count) {
    std::swap(values[count - 1], values[random.below(count)]);
  }
}

}  // namespace panohead
