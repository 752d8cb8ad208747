#include "core/dataset/sampler.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace panohead {
namespace {

std::vector<std::size_t> take(Sampler& sampler, std::uint64_t first, std::size_t count) {
  std::vector<std::size_t> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(sampler.at(first + i));
  }
  return items;
}

TEST(Sampler, EveryPassIsAPermutationOfItsOwn) {
  Sampler sampler(50, 3);
  std::set<std::vector<std::size_t>> passes;
  for (std::uint64_t pass = 0; pass < 5; ++pass) {
    const std::vector<std::size_t> items = take(sampler, 50 * pass, 50);
    EXPECT_EQ(std::set(items.begin(), items.end()).size(), 50U);
    passes.insert(items);
  }
  EXPECT_EQ(passes.size(), 5U);
}

TEST(Sampler, DependsOnSeedAndPositionOnly) {
  Sampler forward(37, 11);
  Sampler backward(37, 11);
  const std::vector<std::size_t> items = take(forward, 0, 200);
  for (std::size_t i = 200; i-- > 0;) {
    EXPECT_EQ(backward.at(i), items[i]);
  }
  Sampler other(37, 12);
  EXPECT_NE(take(other, 0, 37), take(forward, 0, 37));
}

// Written down, because a checkpoint stores only the position: another order would break resumed runs.
TEST(Sampler, OrderStaysTheSameInLaterVersions) {
  Sampler sampler(8, 1);
  EXPECT_THAT(take(sampler, 0, 8), testing::ElementsAre(0, 3, 7, 1, 4, 2, 6, 5));
}

TEST(Sampler, PlacesAreUniform) {
  constexpr std::uint64_t kPasses = 4000;
  std::vector<int> first(6);
  Sampler sampler(6, 5);
  for (std::uint64_t pass = 0; pass < kPasses; ++pass) {
    ++first[sampler.at(6 * pass)];
  }
  // Five deviations of a binomial distribution around 4000 / 6.
  EXPECT_THAT(first, testing::Each(testing::AllOf(testing::Gt(548), testing::Lt(785))));
}

TEST(Sampler, EmptySetsAreRefusedAndSingleOnesRepeat) {
  EXPECT_THROW(Sampler(0, 0), DatasetError);
  Sampler one(1, 9);
  EXPECT_EQ(one.at(0), 0U);
  EXPECT_EQ(one.at(12345678901234U), 0U);
}

}  // namespace
}  // namespace panohead
