#pragma once

#include "core/nn/fully_connected.h"
#include "core/training/warmup/attribute_table.h"

namespace panohead {

struct PersonCodesOptions {
  std::int64_t people = 0;
  std::int64_t free_numbers = 64;  // of each person, learned
  std::int64_t head_dims = 448;    // of w: the head; the rest is the background's and zero here
  std::int64_t w_dim = 512;
  std::uint64_t seed = 0;
};

/// Everyone's w in the warm-up: code = [attributes, free numbers] -> y = fc(code) -> w = sqrt 2 lrelu(y), so
/// that what people have in common is learned from all of them and a new person's w can be guessed from
/// the attributes. Names: fc.weight, fc.bias, free.
class PersonCodes {
 public:
  /// @param attributes null: free numbers only
  PersonCodes(const PersonCodesOptions& options, const AttributeTable* attributes);

  const PersonCodesOptions& options() const noexcept { return options_; }
  ParameterStore& store() noexcept { return store_; }
  const ParameterStore& store() const noexcept { return store_; }
  const at::Tensor& attributes() const noexcept { return attributes_; }  // [people, attributes]
  const at::Tensor& freeNumbers() const noexcept { return free_; }       // [people, free_numbers]

  /// Everyone begins near one w: attributes have no influence yet, free numbers a small one.
  /// @param w [w_dim] e.g. the mapping's average
  void centre(const at::Tensor& w);

  /// Before the activation. @param people int64 [n]  @param free [n, free_numbers] @return [n, head_dims]
  at::Tensor activations(const at::Tensor& people, const at::Tensor& free) const;
  /// @return [n, w_dim]
  at::Tensor operator()(const at::Tensor& people, const at::Tensor& free) const;
  at::Tensor operator()(const at::Tensor& people) const;

  /// w of activations: padded with the background's zeros. [n, head_dims] -> [n, w_dim]
  at::Tensor toW(const at::Tensor& activations) const;
  /// Activations of the head's part of w. [n, w_dim] -> [n, head_dims]
  at::Tensor fromW(const at::Tensor& w) const;

 private:
  PersonCodesOptions options_;
  ParameterStore store_;
  nn::FullyConnected fc_;
  at::Tensor attributes_, free_;
};

}  // namespace panohead
