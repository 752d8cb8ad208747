#include "core/training/run_metrics.h"

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <span>
#include <string>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kPicturesOfHead = 16;  // what MetricsOptions::images counts

class Measuring final : public JobContext {
 public:
  explicit Measuring(const std::function<void()>& checkpoint) : checkpoint_(checkpoint) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override { checkpoint_(); }
  std::stop_token stopToken() const override { return {}; }

 private:
  const std::function<void()>& checkpoint_;
};

/// The lines of a file that are whole and of fewer pictures.
std::string earlierLines(const std::filesystem::path& path, std::int64_t images) {
  std::ifstream stream(path);
  std::string kept;
  for (std::string line; std::getline(stream, line);) {
    const Json json = parseJsonQuietly<Json>(line);
    if (json.is_object() && json.value("images", images) < images) {
      kept += line + "\n";
    }
  }
  return kept;
}

}  // namespace

MetricsReport measureNetwork(const TrainingOptions& options,
                             const Generator& generator,
                             std::int64_t neural_resolution,
                             const std::function<void()>& checkpoint) {
  MetricsOptions what;
  what.metrics = {"background_swap", "view_consistency", "mirrored_face", "flicker"};
  what.images = options.metric_heads * kPicturesOfHead;
  what.neural_resolution = static_cast<int>(neural_resolution);
  Measuring context(checkpoint);
  return measureGenerator(generator, what, {}, context);
}

StatsSnapshot statsOf(const MetricsReport& report) {
  StatsSnapshot snapshot;
  for (const MetricValue& row : report.values) {
    if (std::isfinite(row.value)) {
      snapshot["Metrics/" + row.key].add(row.value);
    }
  }
  return snapshot;
}

std::vector<std::filesystem::path> writeMetricFiles(const std::filesystem::path& folder,
                                                    const MetricsReport& report,
                                                    const MeasuredNetwork& network,
                                                    int ranks,
                                                    double timestamp) {
  std::map<std::string, Json> results;  // by metric
  for (const MetricValue& row : report.values) {
    results[row.key.substr(0, row.key.find('.'))][row.key] =
        std::isfinite(row.value) ? Json(row.value) : Json(nullptr);
  }
  std::vector<std::filesystem::path> written;
  for (const auto& [metric, values] : results) {
    const std::filesystem::path path = folder / fmt::format("metric-{}.jsonl", metric);
    const Json line{{"results", values},
                    {"metric", metric},
                    {"total_time", report.seconds},
                    {"num_gpus", ranks},
                    {"snapshot_pkl", network.path.filename().string()},
                    {"images", network.images},
                    {"timestamp", timestamp}};
    writeText(path, earlierLines(path, network.images) + line.dump() + "\n");
    written.push_back(path);
  }
  return written;
}

}  // namespace panohead
