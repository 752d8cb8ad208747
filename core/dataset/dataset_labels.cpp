#include "core/dataset/dataset_labels.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace panohead {
namespace {

using nlohmann::json;

const char* const kFormatHint =
    R"(it must be {"labels": [["picture.png", [25 numbers]], ...]}; resources/docs/datasets.md explains it)";

std::optional<double> parseValue(const json& value) {
  if (value.is_number()) {
    return value.get<double>();
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  const std::string& text = value.get_ref<const std::string&>();
  const std::size_t begin = text.find_first_not_of(" \t+");
  const std::size_t end = text.find_last_not_of(" \t");
  if (begin == std::string::npos) {
    return std::nullopt;
  }
  double number = 0;
  const char* last = text.data() + end + 1;
  const auto [stop, error] = std::from_chars(text.data() + begin, last, number);
  return error == std::errc() && stop == last ? std::optional(number) : std::nullopt;
}

void parseLabel(const json& values, LabelRow& row) {
  if (!values.is_array()) {
    row.problem = "it is no list of numbers";
    return;
  }
  if (values.size() != row.label.size()) {
    row.problem = fmt::format("it has {} numbers, not 25", values.size());
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<double> number = parseValue(values[i]);
    if (!number) {
      row.problem = fmt::format("its value {} is no number", i + 1);
      return;
    }
    row.label[i] = static_cast<float>(*number);
    if (!std::isfinite(row.label[i])) {
      row.problem = fmt::format("its value {} is not finite", i + 1);
      return;
    }
  }
}

}  // namespace

std::vector<LabelRow> parseLabels(std::span<const std::byte> bytes, const std::string& file) {
  const auto refuse = [&](const std::string& why, const std::string& detail = {}) {
    throw DatasetError(fmt::format("cannot use the labels of '{}': {}", file, why), kFormatHint, detail);
  };
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  json root;
  try {
    root = json::parse(text, text + bytes.size());
  } catch (const json::exception& error) {
    refuse("it is no valid JSON", error.what());
  }
  if (!root.is_object() || !root.contains("labels") || !root["labels"].is_array()) {
    refuse("it holds no list \"labels\"");
  }
  std::vector<LabelRow> rows;
  rows.reserve(root["labels"].size());
  for (const json& pair : root["labels"]) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string()) {
      refuse(fmt::format("entry {} of \"labels\" is no pair of a name and a label", rows.size() + 1));
    }
    LabelRow row{.name = pair[0].get<std::string>(), .label = {}, .problem = {}};
    std::replace(row.name.begin(), row.name.end(), '\\', '/');
    parseLabel(pair[1], row);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string writeLabels(std::span<const LabelRow> rows) {
  std::string text = "{\"labels\": [";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += fmt::format(
        "{}\n[{}, [{}]]", i == 0 ? "" : ",", json(rows[i].name).dump(), fmt::join(rows[i].label, ", "));
  }
  return text + "\n]}\n";
}

}  // namespace panohead
