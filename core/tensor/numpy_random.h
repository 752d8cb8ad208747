#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace panohead {

/// numpy's legacy `RandomState`: MT19937 seeded by init_genrand, 53-bit doubles, polar Gaussian whose
/// second value is kept for the next draw. The published scripts draw z with it, so equal seeds give
/// equal heads.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed);

  /// Uniform in [0, 1) with 53 bits.
  double uniform();
  /// Standard normal.
  double normal();
  std::vector<double> randn(std::size_t count);

 private:
  std::uint32_t next();
  void refill();

  std::array<std::uint32_t, 624> state_{};
  std::size_t index_ = 624;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace panohead
