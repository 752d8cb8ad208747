#include "core/tensor/stoppable_gradient.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace panohead {
namespace {

constexpr int kOperations = 20;

at::Tensor chain(const at::Tensor& x) {
  at::Tensor y = x;
  for (int i = 0; i < kOperations; ++i) {
    y = (y * 1.1).sin() + x;
  }
  return y.sum();
}

at::Tensor leaf() { return at::linspace(0.1, 2, 8).requires_grad_(true); }

TEST(StoppableGradient, AsksBetweenAllOperationsAndIsTheSame) {
  const at::Tensor plain = leaf(), asked = leaf();
  chain(plain).backward();
  const at::Tensor y = chain(asked);
  int questions = 0;
  askDuringGradient(y, [&] { ++questions; });
  EXPECT_EQ(questions, 0);
  y.backward();
  EXPECT_GE(questions, 3 * kOperations);
  EXPECT_TRUE(at::equal(plain.grad(), asked.grad()));

  questions = 0;
  chain(asked).backward();
  EXPECT_EQ(questions, 0) << "a leaf remembers";
}

TEST(StoppableGradient, WhatIsThrownEndsIt) {
  const at::Tensor x = leaf();
  for (const bool into_leaves : {true, false}) {
    const at::Tensor y = chain(x);
    int questions = 0;
    askDuringGradient(y, [&] {
      if (++questions == 5) {
        throw Cancelled();
      }
    });
    if (into_leaves) {
      EXPECT_THROW(y.backward(), Cancelled);
    } else {
      EXPECT_THROW(torch::autograd::grad({y}, {x}), Cancelled);
    }
    EXPECT_EQ(questions, 5) << "it went on";
  }
  chain(x).backward();  // the next one is as if nothing had been
  EXPECT_TRUE(x.grad().defined());
}

TEST(StoppableGradient, WhatHasNoGradientIsNotAsked) {
  askDuringGradient(at::ones({3}), [] { FAIL(); });
  askDuringGradient(leaf(), [] { FAIL(); });
  askDuringGradient(chain(leaf()), {});
}

}  // namespace
}  // namespace panohead
