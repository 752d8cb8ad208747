#pragma once

#include "core/jobs/job.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// What is measured, and on what. resources/docs/metrics.md defines every metric.
struct MetricsOptions {
  std::filesystem::path model;       // empty: the model that ships with the program
  std::vector<std::string> metrics;  // names of metricNames(); empty: all that the given files allow

  // Pictures of the model.
  std::int64_t images = 0;  // drawn by the model; 0: 1024 for the distributions, 128 (8 heads) for the heads
  std::uint32_t seed = 0;   // of the first head; the others follow it
  double truncation_psi = 1.0;
  int truncation_cutoff = 14;  // layers that are truncated; negative: all
  int neural_resolution = 0;   // pixels of volume rendering; 0: the model's
  int batch = 4;               // pictures that go through a feature network at once

  // Real pictures.
  std::filesystem::path data, masks;
  bool mirror = false;          // the set's pictures count flipped, too
  std::int64_t reals = 0;       // pictures of the set that are compared with; 0: as many as are drawn
  std::filesystem::path cache;  // folder of the set's features; empty: the user's cache folder

  // Networks whose features are compared.
  std::filesystem::path
      inception;  // TorchScript (a program: LibTorch's interpreter runs it) or a pickle of one
  std::filesystem::path features;  // checkpoint with a discriminator ("D")

  /// Throws OptionError naming the option.
  void check() const;
};

struct MetricInfo {
  const char* name;
  const char* about;
  bool needs_data;
  bool needs_inception;
};

/// All metrics in the order of reports: fid, kid, is, pr, fid_features, background_swap,
/// view_consistency, mirrored_face, flicker, sharpness.
const std::vector<MetricInfo>& metricNames();

/// One number of a report.
struct MetricValue {
  std::string key;  // "fid.all", "view_consistency.depth"
  double value = 0;
  double error = 0;    // standard error over heads or subsets; NaN: unknown
  int better = 0;      // -1: lower is better, 1: higher, 0: neither
  std::string unit{};  // "world units"; empty: none
};

struct MetricsReport {
  std::string model;
  std::string settings;  // one line: heads, views, truncation
  std::vector<MetricValue> values;
  std::vector<std::string> notices;  // what was left out, and why
  double seconds = 0;

  /// Throws Error when there is no such value.
  double operator[](const std::string& key) const;
  bool has(const std::string& key) const;
  void append(const MetricsReport& other);  // values and notices
  std::string toText() const;
  std::string toJson() const;
};

}  // namespace panohead
