#include "core/dataset/sampler.h"

#include "core/base/error.h"
#include "core/dataset/shuffle.h"

#include <limits>
#include <numeric>

namespace panohead {
namespace {

constexpr std::uint64_t kNoPass = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Sampler::Sampler(std::size_t size, std::uint64_t seed) : size_(size), seed_(seed), pass_(kNoPass) {
  if (size == 0 || size > std::numeric_limits<std::uint32_t>::max()) {
    throw DatasetError("a data set of no items, or of more than 4 billion, cannot be shuffled",
                       "check its filters");
  }
}

std::size_t Sampler::at(std::uint64_t position) {
  const std::uint64_t pass = position / size_;
  if (pass != pass_) {
    order_.resize(size_);
    std::iota(order_.begin(), order_.end(), 0U);
    shuffle(order_, seed_, pass);
    pass_ = pass;
  }
  return order_[position % size_];
}

}  // namespace panohead
