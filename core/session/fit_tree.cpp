#include "core/session/fit_tree.h"

#include <algorithm>
#include <tuple>

namespace panohead {

const FitTree::Node* FitTree::find(int id) const {
  const auto found = std::ranges::find_if(nodes_, [id](const Node& node) { return node.kept.id == id; });
  return found == nodes_.end() ? nullptr : &*found;
}

std::vector<FitPoint> FitTree::curveTo(int id) const {
  std::vector<const Node*> way;
  for (const Node* node = find(id); node != nullptr; node = find(node->kept.parent)) {
    way.push_back(node);
  }
  std::vector<FitPoint> curve;
  for (auto node = way.rbegin(); node != way.rend(); ++node) {
    curve.insert(curve.end(), (*node)->points.begin(), (*node)->points.end());
  }
  return curve;
}

FitKept FitTree::next(int parent) const {
  FitKept made;
  made.parent = parent;
  const Node* from = find(parent);
  made.branch = from == nullptr ? 0 : from->kept.branch;
  int last = -1;
  bool taken = false;
  for (const Node& node : nodes_) {
    made.id = std::max(made.id, node.kept.id);
    last = std::max(last, node.kept.branch);
    taken = taken || (node.kept.parent == parent && node.kept.branch == made.branch);
  }
  ++made.id;
  if (taken) {
    made.branch = last + 1;
  }
  return made;
}

void FitTree::remove(int id) {
  const auto found = std::ranges::find_if(nodes_, [id](const Node& node) { return node.kept.id == id; });
  if (found == nodes_.end()) {
    return;
  }
  const Node gone = std::move(*found);
  nodes_.erase(found);
  for (Node& node : nodes_) {
    if (node.kept.parent == id) {
      node.kept.parent = gone.kept.parent;
      node.points.insert(node.points.begin(), gone.points.begin(), gone.points.end());
    }
  }
}

std::size_t FitTree::leastMissed(bool newest_branch_only) const {
  const auto missed = [this](const Node& node) {
    const Node* before = find(node.kept.parent);
    std::int64_t gap = 0;
    bool last = true;
    bool ends_stage = false;
    for (const Node& after : nodes_) {
      if (after.kept.parent == node.kept.id) {
        gap = std::max(gap, after.kept.step - (before == nullptr ? 0 : before->kept.step));
        last = last && after.kept.branch != node.kept.branch;
        ends_stage = ends_stage || after.kept.stage != node.kept.stage;
      }
    }
    return std::tuple(last, before == nullptr, ends_stage, gap);
  };
  std::size_t least = nodes_.size();
  for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
    if (newest_branch_only && nodes_[i].kept.branch != nodes_.back().kept.branch) {
      continue;
    }
    if (least == nodes_.size() || missed(nodes_[i]) < missed(nodes_[least])) {
      least = i;
    }
  }
  return least;
}

std::vector<FitKept> FitTree::thinOut(std::size_t most_of_branch, std::size_t most) {
  std::vector<FitKept> left;
  const auto leave = [&](bool newest_branch_only) {
    left.push_back(nodes_[leastMissed(newest_branch_only)].kept);
    remove(left.back().id);
  };
  const auto inNewestBranch = [this] {
    return static_cast<std::size_t>(std::ranges::count_if(
        nodes_, [this](const Node& node) { return node.kept.branch == nodes_.back().kept.branch; }));
  };
  while (nodes_.size() > 1 && inNewestBranch() > most_of_branch) {
    leave(true);
  }
  while (nodes_.size() > std::max<std::size_t>(most, 1)) {
    leave(false);
  }
  return left;
}

}  // namespace panohead
