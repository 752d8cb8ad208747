#include "core/training/warmup/attribute_columns.h"

#include "core/training/warmup/attribute_table.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace panohead {

namespace {

using nlohmann::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostTexts = 64;

std::string joined(const std::string& prefix, const std::string& key) {
  return prefix.empty() ? key : prefix + "." + key;
}

bool isColour(const std::string& name) { return name.ends_with("_linear"); }

bool isNumbers(const json& value, std::size_t count) {
  return value.is_array() && value.size() == count &&
         std::all_of(value.begin(), value.end(), [](const json& x) { return x.is_number(); });
}

// Numbers that only tell which person it is.
bool isIdentifier(const std::string& name) { return name == "identity" || name == "id" || name == "index"; }

double root(double value) { return std::sqrt(std::max(value, 0.0)); }

}  // namespace

void AttributeColumns::number(const std::string& name, double value) {
  auto [found, is_new] = numbers_.try_emplace(name);
  if (is_new) {
    order_.push_back(name);
  }
  found->second.resize(people_, kUnknown);
  found->second.back() = value;
}

// Second-order spherical harmonics of all lights of an object.
bool AttributeColumns::lights(const std::string& prefix, const json& value, double exposure) {
  const auto directions = value.find("to_light");
  const auto colours = value.find("colours");
  if (directions == value.end() || colours == value.end() || !directions->is_array() ||
      !colours->is_array() || directions->size() != colours->size()) {
    return false;
  }
  std::vector<double> sum(27, 0.0);
  for (std::size_t i = 0; i < directions->size(); ++i) {
    if (!isNumbers((*directions)[i], 3) || !isNumbers((*colours)[i], 3)) {
      return false;
    }
    const auto d = (*directions)[i].get<std::vector<double>>();
    const auto c = (*colours)[i].get<std::vector<double>>();
    const std::vector<double> basis = sphericalHarmonics(d[0], d[1], d[2]);
    for (std::size_t k = 0; k < 27; ++k) {
      sum[k] += basis[k / 3] * c[k % 3] * exposure;
    }
  }
  for (std::size_t k = 0; k < sum.size(); ++k) {
    number(fmt::format("{}.harmonic.{}.{}", prefix, k / 3, k % 3), sum[k]);
  }
  for (const auto& [key, colour] : value.items()) {
    if (isNumbers(colour, 3)) {
      for (std::size_t k = 0; k < 3; ++k) {
        number(fmt::format("{}.{}.{}", prefix, key, k), root(colour[k].get<double>() * exposure));
      }
    }
  }
  return true;
}

void AttributeColumns::array(const std::string& name, const json& value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string element = fmt::format("{}.{}", name, i);
    if (value[i].is_number()) {
      const double x = value[i].get<double>();
      number(element, isColour(name) ? root(x) : x);
    } else if (value[i].is_array()) {
      array(element, value[i]);
    }
  }
}

void AttributeColumns::object(const std::string& prefix, const json& value, double exposure) {
  if (!prefix.empty() && lights(prefix, value, exposure)) {
    return;
  }
  std::vector<std::string> truths;
  for (const auto& [key, member] : value.items()) {
    if (member.is_boolean()) {
      truths.push_back(joined(prefix, key));
    }
  }
  const bool only_numbers =
      !prefix.empty() &&
      std::all_of(value.begin(), value.end(), [](const json& member) { return member.is_number(); });
  if (only_numbers) {
    if (members_.find(prefix) == members_.end()) {
      order_.push_back(prefix);
    }
    std::set<std::string>& members = members_[prefix];
    double sum = 0;
    for (const auto& [key, member] : value.items()) {
      members.insert(key);
      auto& values = numbers_[joined(prefix, key)];
      values.resize(people_, kUnknown);
      values.back() = member.get<double>();
      sum += values.back();
    }
    auto& sums = numbers_[joined(prefix, "sum")];
    sums.resize(people_, kUnknown);
    sums.back() = sum;
    return;
  }
  for (const auto& [key, member] : value.items()) {
    const std::string name = joined(prefix, key);
    if (member.is_boolean()) {
      number(name, member.get<bool>() ? 1 : -1);
    } else if (member.is_number()) {
      if (!prefix.empty() || !isIdentifier(key)) {
        number(name,
               key == "exposure" ? std::log(std::max(member.get<double>(), 1e-6)) : member.get<double>());
      }
    } else if (member.is_string()) {
      auto [found, is_new] = texts_.try_emplace(name);
      if (is_new) {
        order_.push_back(name);
      }
      found->second.resize(people_);
      found->second.back() = member.get<std::string>();
      if (!prefix.empty()) {
        truths_beside_[name].insert(truths.begin(), truths.end());
      }
    } else if (member.is_object()) {
      object(name, member, exposure);
    } else if (member.is_array() &&
               !(isNumbers(member, 0) || (!member.empty() && member.front().is_object()))) {
      array(name, member);
    }
  }
}

void AttributeColumns::addPerson(const json& record) {
  ++people_;
  const auto found = record.find("exposure");
  object({}, record, found != record.end() && found->is_number() ? found->get<double>() : 1.0);
}

std::vector<AttributeColumn> AttributeColumns::finish() const {
  std::vector<AttributeColumn> columns;
  const auto filled = [&](std::vector<double> values, double missing) {
    values.resize(people_, missing);
    for (double& value : values) {
      value = std::isnan(value) ? missing : value;
    }
    return values;
  };
  for (const std::string& name : order_) {
    if (const auto members = members_.find(name); members != members_.end()) {
      bool same = true;  // for everyone
      for (const std::string& key : members->second) {
        std::vector<double> values = numbers_.at(joined(name, key));
        values.resize(people_, kUnknown);
        const auto known = static_cast<std::size_t>(
            std::count_if(values.begin(), values.end(), [](double x) { return !std::isnan(x); }));
        same = same && known == people_;
        if (known * 20 >= people_) {
          columns.push_back({joined(name, key), filled(std::move(values), 0)});
        }
      }
      if (!same) {
        columns.push_back({joined(name, "sum"), filled(numbers_.at(joined(name, "sum")), 0)});
      }
      continue;
    }
    if (const auto numbers = numbers_.find(name); numbers != numbers_.end()) {
      std::vector<double> values = numbers->second;
      values.resize(people_, kUnknown);
      columns.push_back({name, std::move(values)});
      continue;
    }
    std::vector<std::string> texts = texts_.at(name);
    texts.resize(people_);
    std::set<std::string> values(texts.begin(), texts.end());
    values.erase("");
    if (values.size() > kMostTexts || values.size() < 2) {
      continue;
    }
    for (const std::string& value : values) {
      AttributeColumn column{fmt::format("{}={}", name, value), {}};
      for (const std::string& text : texts) {
        column.values.push_back(text == value ? 1 : 0);
      }
      columns.push_back(column);
      const auto truths = truths_beside_.find(name);
      if (truths == truths_beside_.end()) {
        continue;
      }
      for (const std::string& truth : truths->second) {
        const std::vector<double> signs = filled(numbers_.at(truth), 0);
        AttributeColumn product{fmt::format("{}*{}", column.name, truth.substr(truth.rfind('.') + 1)), {}};
        for (std::size_t i = 0; i < people_; ++i) {
          product.values.push_back(column.values[i] * signs[i]);
        }
        columns.push_back(std::move(product));
      }
    }
  }
  return columns;
}

}  // namespace panohead
