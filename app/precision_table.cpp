#include "app/precision_table.h"

#include "core/base/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace panohead::app {

namespace {

double ratio(const PrecisionReport::Stage& stage) {
  return stage.fast > 0 ? stage.specification / stage.fast : 0;
}

std::string textOf(const PrecisionReport& report) {
  std::string text =
      fmt::format("{0} x {0} rays of {1} samples, {2} views, convolutions of the fast path in {3}\n",
                  report.neural_resolution,
                  report.samples_per_ray,
                  report.views,
                  report.precision);
  if (!report.has_fast_path) {
    text += "this model has no fast path: both columns are the specification\n";
  }
  text += fmt::format("  {:<28}{:>12}{:>12}   {}\n", "", "PSNR", "worst view", "worst pixel");
  for (const PrecisionReport::Quantity& q : report.quantities) {
    text += fmt::format("  {:<28}{:>9.1f} dB{:>9.1f} dB   ", q.name, q.psnr, q.least_psnr);
    text += q.worst.difference == 0 ? "none differs\n"
                                    : fmt::format("{:.4g} {} at ({}, {}), yaw {:.0f}, pitch {:.0f}\n",
                                                  q.worst.difference,
                                                  q.unit,
                                                  q.worst.x,
                                                  q.worst.y,
                                                  q.worst.yaw,
                                                  q.worst.pitch);
  }
  text += fmt::format("  {:<28}{:>12}{:>12}   {}\n", "median ms", "exact", "fast", "times faster");
  for (const PrecisionReport::Stage& stage : report.stages) {
    text += fmt::format(
        "  {:<28}{:>12.1f}{:>12.1f}   {:.1f}\n", stage.name, stage.specification, stage.fast, ratio(stage));
  }
  return text;
}

nlohmann::ordered_json jsonOf(const PrecisionReport& report) {
  nlohmann::ordered_json json{{"resolution", report.neural_resolution},
                              {"samples", report.samples_per_ray},
                              {"views", report.views},
                              {"fast_path", report.has_fast_path},
                              {"convolutions", report.precision},
                              {"quantities", nlohmann::ordered_json::object()},
                              {"stages", nlohmann::ordered_json::object()}};
  for (const PrecisionReport::Quantity& q : report.quantities) {
    json["quantities"][q.name] = {{"psnr_db", q.psnr},
                                  {"worst_view_psnr_db", q.least_psnr},
                                  {"worst_pixel",
                                   {{"difference", q.worst.difference},
                                    {"unit", q.unit},
                                    {"x", q.worst.x},
                                    {"y", q.worst.y},
                                    {"yaw", q.worst.yaw},
                                    {"pitch", q.worst.pitch}}}};
  }
  for (const PrecisionReport::Stage& stage : report.stages) {
    json["stages"][stage.name] = {{"exact_ms", stage.specification}, {"fast_ms", stage.fast}};
  }
  return json;
}

}  // namespace

std::string whyNoGpu(const DrawnBy& drawn_by) {
  return drawn_by.reason.empty() ? std::string() : fmt::format("no GPU draws: {}\n", drawn_by.reason);
}

std::string PrecisionTable::text() const {
  std::string text =
      fmt::format("{}: {} px, head of seed {}: the fast path against the specification\n{}\n{}",
                  model.name,
                  model.image_resolution,
                  seed,
                  drawn_by.device,
                  whyNoGpu(drawn_by));
  for (const PrecisionReport& report : reports) {
    text += "\n" + textOf(report);
  }
  return text;
}

std::string PrecisionTable::json() const {
  nlohmann::ordered_json json{{"model", model.name},
                              {"image_resolution", model.image_resolution},
                              {"device", drawn_by.device},
                              {"why_no_gpu", drawn_by.reason},
                              {"seed", seed},
                              {"comparisons", nlohmann::ordered_json::array()}};
  for (const PrecisionReport& report : reports) {
    json["comparisons"].push_back(jsonOf(report));
  }
  return jsonText(json, 2) + "\n";
}

}  // namespace panohead::app
