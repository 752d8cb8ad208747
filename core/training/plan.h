#pragma once

#include "core/dataset/dataset.h"
#include "core/tensor/parameter_store.h"
#include "core/training/forecast.h"
#include "core/training/training_options.h"
#include "core/training/training_run.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

/// One tensor or group of a network.
struct ParameterRow {
  std::string name;  // of a tensor, or of the module that several share
  std::int64_t parameters = 0;
  std::int64_t buffers = 0;           // numbers that are not trained
  std::vector<std::int64_t> shape{};  // of a single tensor; empty for groups
};

/// The tensors of a network by module, in order of construction: names are cut after `depth` parts
/// ("backbone.synthesis.b8" is three), one row for all that share them. Depth 0: every tensor.
std::vector<ParameterRow> parameterTable(const ParameterStore& store, int depth);

/// A part of a run whose steps are of one kind.
struct PlannedStage {
  std::string name;
  std::int64_t steps = 0;   // that the run still has to take in it
  double step_seconds = 0;  // measured
};

/// What planTraining found out.
struct PlanFacts {
  TrainingOptions options;
  int resolution = 0;         // pixels of the pictures that are made
  std::int64_t pictures = 0;  // of the set, after the filters
  std::int64_t items = 0;     // with repetitions and mirrored ones
  int people = 0;             // 0: the labels name nobody
  bool has_masks = false;
  std::int64_t images_done = 0;  // by the run in the folder, when it is continued
  std::string device;            // "CPU, 2 threads", "NVIDIA H100"
  std::vector<ParameterRow> generator, discriminator;
  std::vector<PlannedStage> stages{};  // of a warm-up
  MeasuredStep step;
  MeasuredMemory host;                // of the process during that step
  MeasuredMemory device_memory;       // of the GPU; zero: none
  std::int64_t checkpoint_bytes = 0;  // of one; two are kept
  std::int64_t network_bytes = 0;     // of a network file; all are kept
};

/// Adds what a warm-up's networks and stages are and take to what is known of its options and data.
/// Throws as planTraining.
void measureWarmup(PlanFacts& facts, const std::shared_ptr<const Dataset>& dataset, JobContext& context);

/// The largest resident memory of this process so far, in bytes.
std::int64_t peakResident();

/// Text and JSON of a plan.
TrainingPlan makePlan(const PlanFacts& facts, const PlanOptions& plan);

}  // namespace panohead
