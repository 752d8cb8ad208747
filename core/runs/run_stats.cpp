#include "core/runs/run_stats.h"

#include "core/base/json_text.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace panohead {
namespace {

using Json = nlohmann::json;

constexpr const char* kPlace = "Progress/kimg";

/// NaN when there is none, or when nothing was counted.
double meanOf(const Json& line, const std::string& name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->is_object()) {
    return NAN;
  }
  const auto count = found->find("num");
  if (count != found->end() && count->is_number() && count->get<double>() == 0) {
    return NAN;
  }
  const auto mean = found->find("mean");
  return mean != found->end() && mean->is_number() ? mean->get<double>() : NAN;
}

void add(RunStats& stats, const std::string& text) {
  const Json line = parseJsonQuietly(text);
  if (!line.is_object()) {
    return;
  }
  const double kimg = meanOf(line, kPlace);
  if (!std::isfinite(kimg)) {
    return;
  }
  for (const auto& [name, moments] : line.items()) {
    const double mean = meanOf(line, name);
    if (!std::isfinite(mean)) {
      continue;
    }
    std::vector<StatPoint>& curve = stats[name];
    while (!curve.empty() && curve.back().kimg >= kimg) {
      curve.pop_back();  // a program that only appends wrote this part again
    }
    curve.push_back({kimg, mean});
  }
}

}  // namespace

bool StatsReader::poll() {
  const LineFollower::News news = lines_.read();
  if (news.lines.empty() && !news.restarted) {
    return false;
  }
  auto stats = news.restarted ? std::make_shared<RunStats>() : std::make_shared<RunStats>(*stats_);
  for (const std::string& line : news.lines) {
    add(*stats, line);
  }
  stats_ = std::move(stats);
  return true;
}

}  // namespace panohead
