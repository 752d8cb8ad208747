#pragma once

#include "core/tensor/parameter_store.h"

#include <memory>
#include <string>

namespace panohead::test {

/// Fills a network by the rule of full.golden.json (offset + scale * RandomState(seed).randn, row 0
/// changed where the table says so) from the named table. Derived filters keep their values.
/// @param prefix of the table's names, "" or "SR2X."
void fillByRule(ParameterStore& store, const std::string& table, const std::string& prefix);

/// RandomState(seed).randn(shape) in float32, from a stream that may be drawn from repeatedly.
class RandomTensors {
 public:
  explicit RandomTensors(std::uint32_t seed);
  ~RandomTensors();
  at::Tensor randn(at::IntArrayRef shape);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace panohead::test
