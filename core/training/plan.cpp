#include "core/training/plan.h"

#include "core/base/json_text.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

std::string cut(const std::string& name, int depth) {
  std::size_t end = 0;
  for (int part = 0; part < depth; ++part) {
    end = name.find('.', end == 0 ? 0 : end + 1);
    if (end == std::string::npos) {
      // The last part is the tensor's own name: it stays in its module.
      const std::size_t last = name.rfind('.');
      return last == std::string::npos ? name : name.substr(0, last);
    }
  }
  return name.substr(0, end);
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += fmt::format("{}{}", text.empty() ? "" : " x ", size);
  }
  return text;
}

std::int64_t totalOf(const std::vector<ParameterRow>& rows) {
  std::int64_t total = 0;
  for (const ParameterRow& row : rows) {
    total += row.parameters;
  }
  return total;
}

std::string tableText(const char* title, const std::vector<ParameterRow>& rows) {
  std::string text = fmt::format("{}: {} parameters\n", title, totalOf(rows));
  for (const ParameterRow& row : rows) {
    text +=
        fmt::format("  {:<40} {:>11} {:>9}  {}", row.name, row.parameters, row.buffers, shapeText(row.shape));
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

Json tableJson(const std::vector<ParameterRow>& rows) {
  Json json = Json::array();
  for (const ParameterRow& row : rows) {
    json.push_back({{"name", row.name}, {"parameters", row.parameters}, {"buffers", row.buffers}});
    if (!row.shape.empty()) {
      json.back()["shape"] = row.shape;
    }
  }
  return json;
}

/// By the run in the folder, or counted as seen by one that begins.
std::int64_t imagesDone(const PlanFacts& f) { return std::max(f.images_done, firstImages(f.options)); }

std::int64_t imagesLeft(const PlanFacts& f) {
  const auto goal = static_cast<std::int64_t>(std::llround(f.options.kimg * 1000));
  return std::max<std::int64_t>(goal - imagesDone(f), 0);
}

std::string doneText(const PlanFacts& f) {
  if (f.images_done > 0) {
    return fmt::format(
        " after the {} pictures that the run in '{}' has seen", f.images_done, f.options.out.string());
  }
  const std::int64_t counted = firstImages(f.options);
  return counted > 0 ? fmt::format(" after {} pictures that count as seen (--resume-kimg)", counted) : "";
}

std::string stagesText(const PlanFacts& f) {
  std::string text = f.stages.empty() ? "" : "Stages of the warm-up, each measured:\n";
  for (const PlannedStage& stage : f.stages) {
    text += fmt::format("  {:<40} {:>7} steps of {:.3f} s\n", stage.name, stage.steps, stage.step_seconds);
  }
  return text;
}

std::string headText(const PlanFacts& f) {
  const TrainingOptions& o = f.options;
  std::string text = fmt::format("Data: {} pictures, {} items", f.pictures, f.items);
  text += f.people > 0 ? fmt::format(", {} people", f.people) : std::string();
  text += f.has_masks ? ", with masks\n" : ", without masks\n";
  text += fmt::format("Pictures: {} px, raw {} px{}\n",
                      f.resolution,
                      o.neural_rendering_resolution_initial,
                      o.neural_rendering_resolution_final > 0
                          ? fmt::format(" growing to {} px", o.neural_rendering_resolution_final)
                          : "");
  const std::int64_t left = imagesLeft(f);
  text += fmt::format("Length: {} kimg in steps of {}, {} steps{}\n",
                      o.kimg,
                      o.batch,
                      (left + o.batch - 1) / o.batch,
                      doneText(f));
  text += fmt::format(
      "Statistics every {} kimg; networks, sheets, checkpoints every {} kimg{}\n",
      o.tick_kimg,
      o.tick_kimg * o.snapshot_ticks,
      o.checkpoint_minutes > 0 ? fmt::format(", checkpoints also every {} min", o.checkpoint_minutes) : "");
  return text + fmt::format("Device: {}\n", f.device);
}

}  // namespace

std::vector<ParameterRow> parameterTable(const ParameterStore& store, int depth) {
  std::vector<ParameterRow> rows;
  std::map<std::string, std::size_t> places;
  for (const ParameterStore::Entry& entry : store.entries()) {
    const std::string name = depth > 0 ? cut(entry.name, depth) : entry.name;
    const auto [place, is_new] = places.try_emplace(name, rows.size());
    if (is_new) {
      rows.push_back({.name = name});
    }
    ParameterRow& row = rows[place->second];
    (entry.is_parameter ? row.parameters : row.buffers) += entry.tensor.numel();
    if (depth <= 0) {
      row.shape = entry.tensor.sizes().vec();
    }
  }
  return rows;
}

TrainingPlan makePlan(const PlanFacts& f, const PlanOptions& plan) {
  const Link link{.gigabits = plan.link_gigabits};
  const std::int64_t batch = f.options.batch;
  const std::int64_t at_once = f.options.batch_gpu;
  const bool on_gpu = f.device_memory.fixed > 0;
  const auto forecasts = forecastRanks(
      f.step, link, batch, imagesLeft(f), plan.ranks, on_gpu ? f.device_memory : f.host, at_once);
  const std::int64_t pictures = at_once > 0 ? at_once : batch;
  const std::int64_t disk_bytes = 2 * f.checkpoint_bytes + f.network_bytes;
  std::string text = headText(f) + "\n" + tableText("Generator", f.generator) + "\n";
  if (!f.discriminator.empty()) {
    text += tableText("Discriminator", f.discriminator) + "\n";
  }
  text += stagesText(f);
  const auto bytes = [](std::int64_t count) { return bytesText(static_cast<double>(count)); };
  text += fmt::format("Memory of one step on one rank: {}{}\n",
                      bytes(f.host.with(pictures)),
                      on_gpu ? fmt::format(", of the GPU {}", bytes(f.device_memory.with(pictures))) : "");
  text += fmt::format(
      "Disk: {} for the two newest checkpoints and a network file; {} for every further network file\n",
      bytes(disk_bytes),
      bytes(f.network_bytes));
  text += fmt::format("Time, from a step of {} pictures {} {:.3f} s; gradients of {} a step\n",
                      f.step.pictures,
                      f.stages.empty() ? "that took" : "on average of",
                      f.step.seconds,
                      bytesText(static_cast<double>(f.step.gradient_bytes)));
  text += forecastText(forecasts, link);

  Json ranks = Json::array();
  for (const RankForecast& r : forecasts) {
    ranks.push_back({{"ranks", r.ranks},
                     {"step_seconds", r.step_seconds},
                     {"exchange_seconds", r.exchange_seconds},
                     {"seconds_per_kimg", r.seconds_per_kimg},
                     {"total_seconds", r.total_seconds},
                     {"efficiency", r.efficiency},
                     {"memory_bytes", r.memory_bytes}});
  }
  Json stages = Json::array();
  for (const PlannedStage& stage : f.stages) {
    stages.push_back({{"name", stage.name}, {"steps", stage.steps}, {"step_seconds", stage.step_seconds}});
  }
  Json json{
      {"event", "plan"},
      {"options", parseJson<Json>(f.options.toJson())},
      {"resolution", f.resolution},
      {"pictures", f.pictures},
      {"items", f.items},
      {"people", f.people},
      {"masks", f.has_masks},
      {"images_done", imagesDone(f)},
      {"images_left", imagesLeft(f)},
      {"device", f.device},
      {"generator", {{"parameters", totalOf(f.generator)}, {"modules", tableJson(f.generator)}}},
      {"discriminator", {{"parameters", totalOf(f.discriminator)}, {"modules", tableJson(f.discriminator)}}},
      {"measured",
       {{"seconds", f.step.seconds},
        {"pictures", f.step.pictures},
        {"update_seconds", f.step.update_seconds},
        {"gradient_bytes", f.step.gradient_bytes}}},
      {"memory",
       {{"host_bytes", f.host.with(pictures)},
        {"device_bytes", on_gpu ? f.device_memory.with(pictures) : 0}}},
      {"disk_bytes", disk_bytes},
      {"network_bytes", f.network_bytes},
      {"link_gigabits", link.gigabits},
      {"forecast", std::move(ranks)}};
  if (!stages.empty()) {
    json["stages"] = std::move(stages);
  }
  return {.text = std::move(text), .json = json.dump()};
}

}  // namespace panohead
