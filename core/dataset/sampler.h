#pragma once

#include <cstdint>
#include <vector>

namespace panohead {

/// Endless shuffled order of the items of a set, a pure function of (seed, position): every pass over
/// the set is a permutation of its own. Ranks and resumed runs therefore agree on any position without
/// exchanging anything.
class Sampler {
 public:
  Sampler(std::size_t size, std::uint64_t seed);
  /// Item at a position of the endless order. Cheap while positions grow.
  std::size_t at(std::uint64_t position);

 private:
  std::size_t size_;
  std::uint64_t seed_;
  std::uint64_t pass_;
  std::vector<std::uint32_t> order_;
};

}  // namespace panohead
