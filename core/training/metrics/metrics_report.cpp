#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/training/metrics/metrics_run.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

std::string number(double value) {
  const double size = std::abs(value);
  return size != 0 && (size < 1e-3 || size >= 1e5) ? fmt::format("{:.3e}", value)
                                                   : fmt::format("{:.4f}", value);
}

// JSON knows no NaN.
nlohmann::ordered_json finite(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

const char* direction(int better) { return better < 0 ? "lower" : better > 0 ? "higher" : ""; }

}  // namespace

bool MetricsReport::has(const std::string& key) const {
  return std::ranges::find(values, key, &MetricValue::key) != values.end();
}

double MetricsReport::operator[](const std::string& key) const {
  const auto found = std::ranges::find(values, key, &MetricValue::key);
  if (found == values.end()) {
    throw Error(fmt::format("the report holds no value '{}'", key));
  }
  return found->value;
}

void MetricsReport::append(const MetricsReport& other) {
  values.insert(values.end(), other.values.begin(), other.values.end());
  notices.insert(notices.end(), other.notices.begin(), other.notices.end());
}

std::string MetricsReport::toText() const {
  std::string text = fmt::format("{}\n{}\n\n", model, settings);
  text += fmt::format("{:<34}{:>12}{:>12}  {:<8}{}\n", "metric", "value", "+-", "better", "unit");
  for (const MetricValue& row : values) {
    const std::string line = fmt::format("{:<34}{:>12}{:>12}  {:<8}{}",
                                         row.key,
                                         number(row.value),
                                         std::isfinite(row.error) ? number(row.error) : "",
                                         direction(row.better),
                                         row.unit);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  for (const std::string& notice : notices) {
    text += "note: " + notice + "\n";
  }
  return text + fmt::format("{:.0f} s\n", seconds);
}

std::string MetricsReport::toJson() const {
  nlohmann::ordered_json json{{"model", model},
                              {"settings", settings},
                              {"values", nlohmann::ordered_json::object()},
                              {"notices", notices},
                              {"seconds", seconds}};
  for (const MetricValue& row : values) {
    json["values"][row.key] = {{"value", finite(row.value)},
                               {"error", finite(row.error)},
                               {"better", direction(row.better)},
                               {"unit", row.unit}};
  }
  return jsonText(json, 2) + "\n";
}

}  // namespace panohead
