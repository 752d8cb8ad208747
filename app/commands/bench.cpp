#include "app/commands/commands.h"
#include "app/picture_options.h"
#include "app/precision_table.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/jobs/step_context.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace panohead::app {
namespace {

struct BenchOptions {
  std::filesystem::path model;
  std::vector<int> resolutions;
  int repeats = 5;
  bool compare = false;
  int views = 24;
  int seed = 0;
  bool json = false;
  DeviceChoice device = DeviceChoice::Auto;
};

/// Milliseconds of every stage, in the order in which the stages first came.
class StageTable {
 public:
  void add(const std::string& stage, double milliseconds) {
    auto row = std::find_if(rows_.begin(), rows_.end(), [&](const auto& r) { return r.first == stage; });
    if (row == rows_.end()) {
      row = rows_.insert(rows_.end(), {stage, {}});
    }
    row->second.push_back(milliseconds);
  }
  void add(const std::vector<StageTime>& times) {
    for (const StageTime& time : times) {
      add(time.stage, time.milliseconds);
    }
  }

  std::string text(const std::string& title) const {
    std::string lines = fmt::format("{:<34}{:>12}{:>12}\n", title, "median ms", "least ms");
    for (const auto& [stage, times] : rows_) {
      lines += fmt::format("  {:<32}{:>12.1f}{:>12.1f}\n", stage, median(times), least(times));
    }
    return lines;
  }
  nlohmann::ordered_json json() const {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [stage, times] : rows_) {
      object[stage] = {{"median_ms", median(times)}, {"min_ms", least(times)}};
    }
    return object;
  }

 private:
  static double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const std::size_t half = times.size() / 2;
    return times.size() % 2 ? times[half] : (times[half - 1] + times[half]) / 2;
  }
  static double least(const std::vector<double>& times) {
    return *std::min_element(times.begin(), times.end());
  }

  std::vector<std::pair<std::string, std::vector<double>>> rows_;
};

/// Runs `work` and @returns its wall time in milliseconds.
template <typename Work>
double timed(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Largest resident memory of this process so far, in bytes.
std::int64_t peakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

struct BenchResult {
  ModelInfo model;
  DrawnBy drawn_by;  // after all frames
  StageTable load;
  StageTable head;
  std::vector<std::pair<int, StageTable>> frames;  // by volume resolution
};

BenchResult measure(const BenchOptions& options, Terminal& terminal) {
  BenchResult result;
  ModelPtr model;
  result.load.add("load the model", timed([&] {
                    model = openChosenModel({.model = options.model, .device = options.device}, terminal);
                  }));
  result.model = modelInfo(*model);
  const std::vector<int> resolutions =
      options.resolutions.empty() ? std::vector<int>{result.model.neural_resolution} : options.resolutions;

  StepContext step(terminal);
  const auto rounds =
      static_cast<std::int64_t>((resolutions.size() + 1) * static_cast<std::size_t>(options.repeats));
  Progress progress{"measuring", 0, rounds, {}};
  const auto countRound = [&] {
    ++progress.step;
    terminal.report(progress);
  };
  HeadPtr head;
  for (int i = 0; i < options.repeats; ++i) {
    const double whole =
        timed([&] { head = makeHead(model, {.seed = static_cast<std::uint32_t>(i)}, step); });
    result.head.add(headTimes(*head));
    result.head.add("whole head", whole);
    countRound();
  }
  for (const int resolution : resolutions) {
    ViewOptions view{.camera = orbitLabel({.yaw_degrees = 20}), .neural_resolution = resolution};
    renderFrame(*head, view, step);  // the first one also allocates
    StageTable table;
    for (int i = 0; i < options.repeats; ++i) {
      Frame frame;
      const double whole = timed([&] { frame = renderFrame(*head, view, step); });
      table.add(frame.times);
      table.add("whole frame", whole);
      countRound();
    }
    result.frames.emplace_back(resolution, std::move(table));
  }
  result.drawn_by = drawnBy(*model);
  return result;
}

/// Both paths beside each other.
PrecisionTable compare(const BenchOptions& options, Terminal& terminal) {
  PrecisionTable table;
  const ModelPtr model = openChosenModel({.model = options.model, .device = options.device}, terminal);
  table.model = modelInfo(*model);
  table.seed = static_cast<std::uint32_t>(options.seed);
  StepContext step(terminal);
  const HeadPtr head = makeHead(model, {.seed = table.seed}, step);
  const std::vector<int> resolutions =
      options.resolutions.empty() ? std::vector<int>{0} : options.resolutions;
  for (const int resolution : resolutions) {
    table.reports.push_back(
        comparePrecision(*head, {.views = options.views, .neural_resolution = resolution}, terminal));
  }
  table.drawn_by = drawnBy(*model);
  return table;
}

std::string asText(const BenchResult& result, int repeats) {
  std::string text = fmt::format("{}: {} px, {:.1f} M parameters\n{}; {} runs each\n{}\n",
                                 result.model.name,
                                 result.model.image_resolution,
                                 static_cast<double>(result.model.parameters) / 1e6,
                                 result.drawn_by.device,
                                 repeats,
                                 whyNoGpu(result.drawn_by));
  text += result.load.text("model") + result.head.text("head");
  for (const auto& [resolution, table] : result.frames) {
    text += table.text(fmt::format("frame, {0} x {0} rays", resolution));
  }
  return text + fmt::format("\npeak memory {:.2f} GiB\n", static_cast<double>(peakMemory()) / (1 << 30));
}

std::string asJson(const BenchResult& result, int repeats) {
  nlohmann::ordered_json json{{"model", result.model.name},
                              {"image_resolution", result.model.image_resolution},
                              {"parameters", result.model.parameters},
                              {"device", result.drawn_by.device},
                              {"why_no_gpu", result.drawn_by.reason},
                              {"runs", repeats},
                              {"load", result.load.json()},
                              {"head", result.head.json()},
                              {"frames", nlohmann::ordered_json::array()},
                              {"peak_memory_bytes", peakMemory()}};
  for (const auto& [resolution, table] : result.frames) {
    json["frames"].push_back({{"resolution", resolution}, {"stages", table.json()}});
  }
  return jsonText(json, 2) + "\n";
}

}  // namespace

void addBenchCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(
      root,
      invocation,
      "bench",
      "Times every stage of a model on this machine; with --compare, both ways of drawing, and how "
      "far apart their frames are.",
      {"",
       "--model heads.pkl --resolution 64 128",
       "--threads 1 --repeats 9 --json",
       "--compare",
       "--compare heads.pkl --resolution 128 --views 8 --seed 5"});
  const auto options = std::make_shared<BenchOptions>();
  CLI::Option* model = addPath(command, "MODEL", options->model, "The same as --model")->type_name("");
  addPath(command, "--model", options->model, "Model file; without it the one that ships with the program")
      ->type_name("FILE")
      ->excludes(model);
  CLI::Option* compared = command.add_flag(
      "--compare", options->compare, "Precision and times of the fast path against the specification");
  command
      .add_option(
          "--resolution", options->resolutions, "Pixels a side of volume rendering; several are possible")
      ->type_name("R ...")
      ->check(CLI::Range(8, 512));
  addInteger(command, "--repeats", options->repeats, {1, 1000}, "Runs of each stage")->excludes(compared);
  addInteger(command, "--views", options->views, {1, 1000}, "Views of --compare, around the head")
      ->needs(compared);
  addInteger(command, "--seed", options->seed, {0, INT32_MAX}, "Seed of the head of --compare")
      ->needs(compared);
  addDevice(command, options->device);
  command.add_flag("--json", options->json, "JSON instead of the table");
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) {
      if (options->compare) {
        const PrecisionTable table = compare(*options, terminal);
        printOut(options->json ? table.json() : table.text());
        return;
      }
      const BenchResult result = measure(*options, terminal);
      printOut((options->json ? asJson : asText)(result, options->repeats));
    };
  });
}

}  // namespace panohead::app
