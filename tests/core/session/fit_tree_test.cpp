// Kept steps of a fit and their branches.
#include "core/session/fit_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace panohead {
namespace {

/// Keeps steps `from`, `from` + `every`, .. `to` after another, with a point of the curve each.
int grow(FitTree& tree, int parent, std::int64_t from, std::int64_t to, std::int64_t every = 1) {
  for (std::int64_t step = from; step <= to; step += every) {
    FitTree::Node node{tree.next(parent), {}, {}};
    node.kept.step = step;
    node.kept.stage = "latent";
    FitPoint point;
    point.step = step;
    point.seconds = node.kept.branch;
    node.points.push_back(point);
    parent = node.kept.id;
    tree.add(std::move(node));
  }
  return parent;
}

std::vector<std::int64_t> stepsOf(const FitTree& tree, int branch) {
  std::vector<std::int64_t> steps;
  for (const FitTree::Node& node : tree.nodes()) {
    if (node.kept.branch == branch) {
      steps.push_back(node.kept.step);
    }
  }
  return steps;
}

std::vector<std::int64_t> curveOf(const FitTree& tree, int id) {
  std::vector<std::int64_t> steps;
  for (const FitPoint& point : tree.curveTo(id)) {
    steps.push_back(point.step);
  }
  return steps;
}

TEST(FitTree, EveryFurtherWayFromAStepIsABranch) {
  FitTree tree;
  const int end = grow(tree, 0, 1, 4);
  EXPECT_EQ(tree.next(end).branch, 0) << "on the same way";
  const int other = grow(tree, 2, 3, 5);
  EXPECT_EQ(tree.find(other)->kept.branch, 1);
  EXPECT_EQ(tree.next(2).branch, 2);
  EXPECT_EQ(tree.next(0).branch, 2) << "another beginning";
  EXPECT_EQ(tree.next(other).branch, 1);
  EXPECT_THAT(curveOf(tree, other), testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(curveOf(tree, end), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(tree.curveTo(other).back().seconds, 1);
  EXPECT_TRUE(tree.curveTo(0).empty());
  EXPECT_EQ(tree.find(99), nullptr);
}

TEST(FitTree, WhatLeavesLeavesItsCurve) {
  FitTree tree;
  const int end = grow(tree, 0, 1, 4);
  const int other = grow(tree, 2, 3, 5);
  tree.remove(2);
  EXPECT_THAT(curveOf(tree, end), testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(curveOf(tree, other), testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(tree.next(1).branch, 2);
}

TEST(FitTree, ThinsOutWhatIsMissedLeast) {
  FitTree tree;
  grow(tree, 0, 10, 50, 10);
  grow(tree, 5, 51, 53);
  EXPECT_TRUE(tree.thinOut(8, 16).empty());
  const auto left = tree.thinOut(6, 16);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_THAT(stepsOf(tree, 0), testing::ElementsAre(10, 20, 30, 40, 50, 53)) << "where steps are closest";

  const int branch = grow(tree, 1, 11, 16);
  EXPECT_EQ(tree.thinOut(6, 8).size(), 4U);
  EXPECT_EQ(tree.nodes().size(), 8U);
  EXPECT_EQ(stepsOf(tree, 0).front(), 10);
  EXPECT_EQ(stepsOf(tree, 0).back(), 53) << "the end of a way stays";
  EXPECT_EQ(stepsOf(tree, 1).back(), 16);
  EXPECT_EQ(curveOf(tree, branch).size(), 7U);
}

TEST(FitTree, ManyShortBranchesLoseTheOldest) {
  FitTree tree;
  for (int i = 0; i < 20; ++i) {
    grow(tree, 0, 1, 1);
    tree.thinOut(8, 16);
  }
  EXPECT_EQ(tree.nodes().size(), 16U);
  EXPECT_EQ(tree.nodes().front().kept.id, 5);
  EXPECT_EQ(tree.nodes().back().kept.id, 20);
}

TEST(FitTree, TheEndOfAStageStays) {
  FitTree tree;
  const int pivot = grow(tree, 0, 10, 40, 10);
  for (std::int64_t step = 41; step < 50; ++step) {
    FitTree::Node node{tree.next(tree.nodes().back().kept.id), {}, {}};
    node.kept.step = step;
    node.kept.stage = "tuning";
    tree.add(std::move(node));
    tree.thinOut(5, 16);
  }
  EXPECT_NE(tree.find(pivot), nullptr);
}

}  // namespace
}  // namespace panohead
