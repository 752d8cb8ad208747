#pragma once

#include "core/jobs/job.h"
#include "core/training/training_options.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace panohead::app {

/// What the command line says about a run: where the options come from, and what changes them.
class TrainArguments {
 public:
  /// Adds --preset, --options, every row of trainingOptionTable() and the published spellings that it lacks.
  void addTo(CLI::App& command);

  /// The options of the run: those of --preset or --options, else those of the run in the folder that --out
  /// names, else the defaults; then what else the command line names. The preset smoke, which is to run with
  /// any data, makes no larger pictures than the set has, unless --resolution is named.
  /// Throws OptionError, Cancelled.
  TrainingOptions options(JobContext& context) const;

 private:
  void addRow(CLI::App& command, const OptionRow<TrainingOptions>& row);
  void addPublished(CLI::App& command);

  std::string preset_;
  std::filesystem::path file_;
  std::vector<std::function<void(TrainingOptions&)>> changes_;
};

}  // namespace panohead::app
