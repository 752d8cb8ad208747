#pragma once

#include "core/tensor/prelude.h"
#include "core/training/communicator.h"

namespace panohead::test {

/// One of two ranks of which the other says the same, without any.
class DoubledRank : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  int localRank() const override { return rank(); }
  int localSize() const override { return size(); }
  void sum(const at::Tensor& values) override { values.mul_(2); }
  void broadcast(const at::Tensor&, int) override {}
  double maximum(double value) override { return value; }
  void barrier() override {}
  void stillHere() noexcept override {}
  std::vector<int> lost() const override { return {}; }
  int writer() const override { return 0; }
  void abandon() noexcept override {}
  std::string description() const override { return "two ranks"; }
  std::string advice() const override { return {}; }
};

}  // namespace panohead::test
