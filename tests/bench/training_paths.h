#pragma once

#include "core/base/error.h"
#include "core/base/text_values.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace panohead::test {

/// What training_bench is asked for: training_bench [--device auto|cpu|cuda] [PRESET [BATCH [STEPS]]]
struct TrainingBenchOptions {
  std::string device = "auto";
  std::string preset = "heads-256";
  std::int64_t batch = 4;
  int steps = 2;  // that are timed, after two that are not
};

/// Throws OptionError.
inline TrainingBenchOptions trainingBenchOptions(const std::vector<std::string>& arguments) {
  constexpr std::string_view kDevice = "--device";
  TrainingBenchOptions options;
  int places = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& text = arguments[i];
    if (text == kDevice && i + 1 < arguments.size()) {
      options.device = arguments[++i];
    } else if (text.starts_with(std::string(kDevice) + "=")) {
      options.device = text.substr(kDevice.size() + 1);
    } else if (text.starts_with("-") || places > 2) {
      throw OptionError("'" + text + "' is not understood",
                        "training_bench [--device auto|cpu|cuda] [PRESET [BATCH [STEPS]]]");
    } else if (places++ == 0) {
      options.preset = text;
    } else if (places == 2) {
      options.batch = parseInteger(text, 1, 65536, "BATCH");
    } else {
      options.steps = static_cast<int>(parseInteger(text, 1, 100000, "STEPS"));
    }
  }
  if (options.device != "auto" && options.device != "cpu" && options.device != "cuda") {
    throw OptionError("--device: there is none named '" + options.device + "'", "choose auto, cpu or cuda");
  }
  return options;
}

/// One way of computing a step.
struct TrainingPath {
  std::string name;
  std::string precision;       // of TrainingOptions
  bool specification = false;  // plain operations in float32
};

/// The ways that a device knows, the plain one, which the others are compared with, first. On a GPU the other
/// is what the options' own mixed precision gives there.
inline std::vector<TrainingPath> trainingPaths(bool cpu, const std::string& precision) {
  const TrainingPath plain{"plain", "fp32", true};
  if (cpu) {
    return {plain, {"quick", "fp32", false}, {"bf16", "bf16", false}};
  }
  return {plain, {precision == "auto" ? "fp16" : precision, precision, false}};
}

/// Milliseconds a picture of phases in seconds a batch, R1 by its share of the steps.
inline double millisecondsAPicture(const std::map<std::string, double>& seconds,
                                   int d_reg_interval,
                                   std::int64_t batch) {
  const double r1 = d_reg_interval > 0 ? seconds.at("Timing/Dreg") / d_reg_interval : 0;
  return (seconds.at("Timing/Gmain") + seconds.at("Timing/Dmain") + r1) / static_cast<double>(batch) * 1e3;
}

}  // namespace panohead::test
