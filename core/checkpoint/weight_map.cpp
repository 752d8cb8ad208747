#include "core/checkpoint/weight_map.h"

#include "core/base/error.h"
#include "core/base/printable_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace panohead {
namespace {

void appendNames(std::string& text,
                 const char* title,
                 std::span<const std::string> names,
                 std::size_t limit) {
  if (names.empty()) {
    return;
  }
  constexpr std::size_t kMaxShown = 200;  // bytes of a name: those of a file may be as long as the file
  std::vector<std::string> shown;
  for (const std::string& name : names.first(std::min(limit, names.size()))) {
    shown.push_back(shortened(printable(name), kMaxShown));
  }
  fmt::format_to(std::back_inserter(text), "\n{}: {}", title, fmt::join(shown, ", "));
  if (shown.size() < names.size()) {
    fmt::format_to(std::back_inserter(text), " and {} more", names.size() - shown.size());
  }
}

}  // namespace

bool isDispensable(const ExpectedTensor& tensor) {
  const std::string_view leaf = std::string_view(tensor.name).substr(tensor.name.rfind('.') + 1);
  return !tensor.is_parameter && (leaf == "resample_filter" || leaf == "dataset_label_std");
}

WeightMap mapWeights(std::span<const ExpectedTensor> expected,
                     const NetworkState& network,
                     const std::function<bool(const ExpectedTensor&)>& dispensable) {
  std::unordered_map<std::string_view, const TensorRecord*> records;
  for (const TensorRecord& record : network.tensors) {
    records.emplace(record.name, &record);
  }
  WeightMap map;
  std::unordered_set<std::string_view> wanted;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ExpectedTensor& tensor = expected[i];
    wanted.insert(tensor.name);
    const auto found = records.find(tensor.name);
    if (found == records.end()) {
      (dispensable(tensor) ? map.tolerated : map.missing).push_back(tensor.name);
    } else if (!isFloating(found->second->dtype)) {
      map.mismatched.push_back(
          {tensor.name,
           "floating-point " + shapeText(tensor.shape),
           fmt::format("{} {}", dtypeName(found->second->dtype), shapeText(found->second->shape))});
    } else if (found->second->shape != tensor.shape) {
      map.mismatched.push_back({tensor.name, shapeText(tensor.shape), shapeText(found->second->shape)});
    } else {
      map.matched.push_back({i, found->second});
    }
  }
  for (const TensorRecord& record : network.tensors) {
    const bool known =
        wanted.contains(record.name) || dispensable({record.name, record.shape, record.is_parameter});
    if (record.in_state_dict && !known) {
      map.unused.push_back(record.name);
    }
  }
  return map;
}

std::string WeightMap::summary(std::size_t names) const {
  std::string text =
      fmt::format("{} tensors fit, {} missing, {} of another shape, {} unused, {} known without the file",
                  matched.size(),
                  missing.size(),
                  mismatched.size(),
                  unused.size(),
                  tolerated.size());
  appendNames(text, "missing", missing, names);
  std::vector<std::string> lines;
  lines.reserve(mismatched.size());
  for (const Mismatch& mismatch : mismatched) {
    lines.push_back(
        fmt::format("{} (expected {}, found {})", mismatch.name, mismatch.expected, mismatch.found));
  }
  appendNames(text, "of another shape", lines, names);
  appendNames(text, "unused", unused, names);
  return text;
}

void WeightMap::requireComplete(const std::string& what) const {
  if (complete()) {
    return;
  }
  const std::string first = missing.empty() ? mismatched[0].name : missing[0];
  throw CheckpointError(
      fmt::format(
          "{} does not fit the network that its configuration describes: {} tensors are missing and {} have "
          "another shape, the first is '{}'",
          what,
          missing.size(),
          mismatched.size(),
          first),
      "The file is damaged, of another kind of network, or was made with other network options; "
      "`panohead-studio info` tells what it holds.",
      summary(3));
}

}  // namespace panohead
