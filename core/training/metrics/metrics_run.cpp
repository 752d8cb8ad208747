#include "core/training/metrics/metrics_run.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace panohead {

namespace {

bool isFeatureDistance(const std::string& name) { return name == "fid_features"; }

const MetricInfo& infoOf(const std::string& name) {
  const auto found = std::ranges::find_if(metricNames(), [&](const MetricInfo& m) { return m.name == name; });
  if (found == metricNames().end()) {
    std::string known;
    for (const MetricInfo& metric : metricNames()) {
      known += fmt::format("{}{}", known.empty() ? "" : ", ", metric.name);
    }
    throw OptionError(fmt::format("there is no metric '{}'", name), "choose from " + known);
  }
  return *found;
}

/// The metrics asked for, or all that what is there allows, in the order of reports.
std::vector<std::string> selected(const std::vector<std::string>& asked,
                                  bool data,
                                  bool inception,
                                  bool discriminator) {
  std::vector<std::string> names;
  for (const MetricInfo& metric : metricNames()) {
    const std::string name = metric.name;
    const char* missing = metric.needs_data && !data ? "a data set: add --data"
                          : metric.needs_inception && !inception
                              ? "a TorchScript of Inception: add --inception"
                          : isFeatureDistance(name) && !discriminator ? "a discriminator: add --features"
                                                                      : nullptr;
    const bool wanted = std::ranges::find(asked, name) != asked.end();
    if (wanted && missing != nullptr) {
      throw OptionError(fmt::format("the metric {} needs {}", name, missing));
    }
    if (wanted || (asked.empty() && missing == nullptr)) {
      names.push_back(name);
    }
  }
  return names;
}

void within(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    throw OptionError(fmt::format("{} is {}, which makes no sense", name, value),
                      fmt::format("choose {} from {} to {}", name, low, high));
  }
}

}  // namespace

const std::vector<MetricInfo>& metricNames() {
  static const std::vector<MetricInfo> names{
      {"fid", "Frechet distance in Inception's features", true, true},
      {"kid", "kernel distance in Inception's features", true, true},
      {"is", "Inception score", true, true},
      {"pr", "improved precision and recall in Inception's features", true, true},
      {"fid_features", "Frechet distance in a discriminator's features", true, false},
      {"background_swap", "what a swapped background changes of the head", false, false},
      {"view_consistency", "depth and colour after reprojection to the neighbouring view", false, false},
      {"mirrored_face", "how much the back view resembles the mirrored face", false, false},
      {"flicker", "change between the frames of a slow orbit after warping", false, false},
      {"sharpness", "share of the finest detail inside the mask", false, false}};
  return names;
}

void MetricsOptions::check() const {
  for (const std::string& name : metrics) {
    infoOf(name);
  }
  within("the number of images", static_cast<double>(images), 0, 10'000'000);
  within("the number of reals", static_cast<double>(reals), 0, 10'000'000);
  within("truncation psi", truncation_psi, -2, 2);
  within("the batch", batch, 1, 1024);
  if (neural_resolution != 0) {
    within("neural resolution", neural_resolution, 8, 512);
  }
  if (data.empty() && !masks.empty()) {
    throw OptionError("masks without a data set mean nothing", "add --data");
  }
  selected(metrics, !data.empty(), !inception.empty(), !features.empty());
}

MetricsReport measureGenerator(const Generator& generator,
                               const MetricsOptions& options,
                               const MeasureInputs& inputs,
                               JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> names = selected(options.metrics,
                                                  inputs.dataset != nullptr,
                                                  inputs.inception != nullptr,
                                                  inputs.discriminator != nullptr);
  std::vector<std::string> inception, discriminator, heads;
  for (const std::string& name : names) {
    (infoOf(name).needs_inception ? inception
     : isFeatureDistance(name)    ? discriminator
                                  : heads)
        .push_back(name);
  }
  MetricsReport report;
  const auto add = [&report](const MetricsReport& part) {
    report.append(part);
    report.settings += (report.settings.empty() ? "" : "; ") + part.settings;
  };
  if (!inception.empty()) {
    add(measureDistributions(generator, options, inception, *inputs.dataset, *inputs.inception, context));
  }
  if (!discriminator.empty()) {
    add(measureDistributions(
        generator, options, discriminator, *inputs.dataset, *inputs.discriminator, context));
  }
  if (!heads.empty()) {
    add(measureHeads(generator, options, heads, inputs.dataset, context));
  }
  report.seconds = secondsSince(start);
  return report;
}

}  // namespace panohead
