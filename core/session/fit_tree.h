#pragma once

#include "core/session/fit_session.h"

#include <vector>

namespace panohead {

/// The kept steps of a fit, each with what it was made from: going on from one of them again makes a branch,
/// and forgets nothing of the others.
class FitTree {
 public:
  struct Node {
    FitKept kept;
    std::vector<FitPoint> points;  // of the curve, since the step that it went on from
    FitOptions options;            // that it was fitted with
  };

  const std::vector<Node>& nodes() const noexcept { return nodes_; }  // in the order that they were made
  /// Null: there is no such step.
  const Node* find(int id) const;
  /// From the beginning to a step; empty for 0.
  std::vector<FitPoint> curveTo(int id) const;

  /// A step that went on from `parent` (0: from the beginning) gets its number and its branch. Nothing else
  /// is set.
  FitKept next(int parent) const;
  void add(Node node) { nodes_.push_back(std::move(node)); }
  /// What went on from it goes on from the one before.
  void remove(int id);
  /// Of more than the limits, those leave that are missed least: neither the last of a branch, nor the first,
  /// nor the end of a stage, and of the others where steps are closest; when nothing else is left the oldest.
  /// The newest stays. @returns what left
  std::vector<FitKept> thinOut(std::size_t most_of_branch, std::size_t most);

 private:
  std::size_t leastMissed(bool newest_branch_only) const;

  std::vector<Node> nodes_;
};

}  // namespace panohead
