#include "core/tensor/prelude.h"
#include "core/training/warmup/mapping_writer.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace panohead {

namespace {

// "hair.style" -> the value of the one-hot columns "hair.style=...", or the sign of the column itself.
std::vector<std::string> valuesOf(const AttributeTable& table, const std::string& attribute) {
  std::vector<std::int64_t> columns;
  for (std::int64_t k = 0; k < table.columns(); ++k) {
    const std::string& name = table.names[static_cast<std::size_t>(k)];
    if (name == attribute || (name.starts_with(attribute + "=") && name.find('*') == std::string::npos)) {
      columns.push_back(k);
    }
  }
  std::vector<std::string> values(static_cast<std::size_t>(table.people));
  for (std::int64_t person = 0; person < table.people && !columns.empty(); ++person) {
    std::string& value = values[static_cast<std::size_t>(person)];
    for (const std::int64_t k : columns) {
      if (table.at(person, k) > 0) {
        value = table.names[static_cast<std::size_t>(k)];
      }
    }
  }
  return values;
}

std::vector<int> numbered(const std::vector<std::string>& keys) {
  std::map<std::string, int> numbers;
  for (const std::string& key : keys) {
    numbers.emplace(key, 0);
  }
  int next = 0;
  for (auto& [key, number] : numbers) {
    number = next++;
  }
  std::vector<int> classes;
  for (const std::string& key : keys) {
    classes.push_back(numbers.at(key));
  }
  return classes;
}

// Lloyd's algorithm from evenly chosen people; classes that grow too small give their people to the nearest.
std::vector<int> kMeans(const at::Tensor& codes, int smallest) {
  constexpr int kRounds = 30;
  const std::int64_t people = codes.size(0);
  const std::int64_t wanted = std::clamp<std::int64_t>(people / (4 * std::max(smallest, 1)), 1, 36);
  const at::Tensor y = codes.to(at::kDouble);
  at::Tensor centres = y.index_select(0, (at::arange(wanted) * (people / wanted)).to(at::kLong)).clone();
  at::Tensor nearest;
  for (int round = 0; round < kRounds; ++round) {
    nearest = at::cdist(y, centres).argmin(1);
    const at::Tensor members = at::bincount(nearest, {}, centres.size(0)).to(at::kDouble);
    const at::Tensor sums = at::zeros_like(centres).index_add_(0, nearest, y);
    const at::Tensor kept =
        at::nonzero(members >= static_cast<double>(std::min<std::int64_t>(smallest, people))).flatten();
    if (kept.numel() == 0) {
      return std::vector<int>(static_cast<std::size_t>(people), 0);
    }
    centres = (sums / members.clamp_min(1).unsqueeze(1)).index_select(0, kept);
  }
  nearest = at::cdist(y, centres).argmin(1);
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < people; ++i) {
    keys.push_back(std::to_string(nearest[i].item<std::int64_t>()));
  }
  return numbered(keys);
}

}  // namespace

std::vector<int> classesOf(const AttributeTable* attributes, const at::Tensor& codes, int smallest) {
  const std::array<std::string, 3> kinds{"hair.style", "hair.mirrored", "sex"};
  const auto people = static_cast<std::size_t>(codes.size(0));
  std::vector<std::vector<std::string>> values;
  if (attributes != nullptr) {
    for (const std::string& kind : kinds) {
      values.push_back(valuesOf(*attributes, kind));
    }
  }
  if (values.empty() || values.front().front().empty()) {
    return kMeans(codes, smallest);
  }
  std::vector<std::string> keys(people);
  std::vector<std::size_t> depth(people, kinds.size());
  for (std::size_t kept = kinds.size(); kept >= 1; --kept) {
    std::map<std::string, int> sizes;
    for (std::size_t i = 0; i < people; ++i) {
      keys[i].clear();
      for (std::size_t k = 0; k < depth[i]; ++k) {
        keys[i] += values[k][i] + "|";
      }
      ++sizes[keys[i]];
    }
    for (std::size_t i = 0; i < people; ++i) {
      if (sizes[keys[i]] < smallest && depth[i] == kept && kept > 1) {
        --depth[i];
      }
    }
  }
  for (std::size_t i = 0; i < people; ++i) {
    keys[i].clear();
    for (std::size_t k = 0; k < depth[i]; ++k) {
      keys[i] += values[k][i] + "|";
    }
  }
  return numbered(keys);
}

}  // namespace panohead
