#include "core/tensor/batch_random.h"

#include "core/tensor/prelude.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

namespace panohead {

std::uint64_t mixSeeds(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t x = a + 0x9E3779B97F4A7C15ULL * (b + 1);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

BatchRandom::BatchRandom(std::uint64_t seed,
                         std::uint64_t step,
                         std::uint64_t purpose,
                         std::int64_t first_item,
                         std::int64_t count,
                         at::Device device,
                         bool from_processor)
    : device_(device) {
  const std::uint64_t stream = mixSeeds(mixSeeds(seed, step), purpose);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t item_seed = mixSeeds(stream, static_cast<std::uint64_t>(first_item + i));
    if (device.is_cpu() || from_processor) {
      items_.push_back(at::detail::createCPUGenerator(item_seed));
    } else {
      at::Generator generator = at::globalContext().defaultGenerator(device).clone();
      generator.set_current_seed(item_seed);
      items_.push_back(std::move(generator));
    }
  }
}

namespace {

template <typename Draw>
at::Tensor drawAll(const std::vector<at::Generator>& items,
                   at::IntArrayRef item_shape,
                   at::Device device,
                   const Draw& draw) {
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(items.size())};
  shape.insert(shape.end(), item_shape.begin(), item_shape.end());
  const at::NoGradGuard no_grad;
  const at::Device drawn = items.empty() ? device : items.front().device();
  const at::Tensor values = at::empty(shape, at::TensorOptions(at::kFloat).device(drawn));
  for (std::size_t i = 0; i < items.size(); ++i) {
    draw(values.select(0, static_cast<std::int64_t>(i)), items[i]);
  }
  return drawn.type() == device.type() ? values : values.to(device);
}

}  // namespace

at::Tensor BatchRandom::uniform(at::IntArrayRef item_shape) const {
  return drawAll(items_, item_shape, device_, [](const at::Tensor& row, const at::Generator& generator) {
    row.uniform_(0.0, 1.0, generator);
  });
}

at::Tensor BatchRandom::normal(at::IntArrayRef item_shape) const {
  return drawAll(items_, item_shape, device_, [](const at::Tensor& row, const at::Generator& generator) {
    row.normal_(0.0, 1.0, generator);
  });
}

}  // namespace panohead
