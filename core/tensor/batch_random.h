#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace panohead {

/// Random numbers for a batch in which every item has a stream of its own, a pure function of
/// (seed, step, purpose, item). What an item draws therefore does not depend on how a batch is divided
/// over ranks and rounds, nor on what was drawn before a run was resumed.
class BatchRandom {
 public:
  /// @param purpose tells the draws of one step apart (a phase of training)
  /// @param first_item index of the first item in the step's whole batch
  /// @param device where the numbers are, and whose streams they come from
  /// @param from_processor they come from the processor's streams whatever the device, which a comparison of
  /// devices needs: a GPU's streams are others
  BatchRandom(std::uint64_t seed,
              std::uint64_t step,
              std::uint64_t purpose,
              std::int64_t first_item,
              std::int64_t count,
              at::Device device = at::kCPU,
              bool from_processor = false);

  std::int64_t count() const noexcept { return static_cast<std::int64_t>(items_.size()); }
  const std::vector<at::Generator>& items() const noexcept { return items_; }

  /// Uniform in [0, 1) / standard normal. @return [count, ...item_shape] float32
  at::Tensor uniform(at::IntArrayRef item_shape) const;
  at::Tensor normal(at::IntArrayRef item_shape) const;

 private:
  std::vector<at::Generator> items_;
  at::Device device_;
};

/// Well mixed 64 bits of two numbers (SplitMix64's finaliser); for deriving seeds.
std::uint64_t mixSeeds(std::uint64_t a, std::uint64_t b) noexcept;

}  // namespace panohead
