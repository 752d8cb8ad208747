#include "core/tensor/numpy_random.h"

#include <cmath>

namespace panohead {

namespace {
constexpr std::size_t kSize = 624;
constexpr std::size_t kShift = 397;
}  // namespace

NumpyRandom::NumpyRandom(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + i;
  }
}

void NumpyRandom::refill() {
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kSize] & 0x7fffffffU);
    state_[i] = state_[(i + kShift) % kSize] ^ (y >> 1U) ^ ((y & 1U) != 0U ? 0x9908b0dfU : 0U);
  }
  index_ = 0;
}

std::uint32_t NumpyRandom::next() {
  if (index_ == kSize) {
    refill();
  }
  std::uint32_t y = state_[index_++];
  y ^= y >> 11U;
  y ^= (y << 7U) & 0x9d2c5680U;
  y ^= (y << 15U) & 0xefc60000U;
  return y ^ (y >> 18U);
}

double NumpyRandom::uniform() {
  const double high = next() >> 5U;  // 27 bits
  const double low = next() >> 6U;   // 26 bits
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

double NumpyRandom::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double x = 0;
  double y = 0;
  double radius = 0;
  do {
    x = 2.0 * uniform() - 1.0;
    y = 2.0 * uniform() - 1.0;
    radius = x * x + y * y;
  } while (radius >= 1.0 || radius == 0.0);
  const double scale = std::sqrt(-2.0 * std::log(radius) / radius);
  spare_ = scale * x;
  has_spare_ = true;
  return scale * y;
}

std::vector<double> NumpyRandom::randn(std::size_t count) {
  std::vector<double> values(count);
  for (double& value : values) {
    value = normal();
  }
  return values;
}

}  // namespace panohead
