#pragma once

#include "core/dataset/dataset.h"
#include "core/generator/generator.h"
#include "core/jobs/job.h"
#include "core/training/training_options.h"
#include "core/training/warmup/attribute_table.h"
#include "core/training/warmup/background_stage.h"
#include "core/training/warmup/picture_bank.h"
#include "core/training/warmup/warmup.h"

#include <memory>
#include <optional>

namespace panohead {

/// The warm-up's settings that a run's options describe. A step of the warm-up is one batch: batch /
/// warmup_views people; the run has kimg * 1000 / batch of them.
/// When it starts from a network (options.resume), only the codes learn in the first twentieth, at most 500
/// steps, or in all of them (warmup_codes_only); else super-resolution joins after the first third.
/// @param config of the generator  @param people of the data set
/// Throws OptionError naming the option.
WarmupOptions warmupOptions(const TrainingOptions& options,
                            const GeneratorConfig& config,
                            std::int64_t people);

/// What a warm-up begins with: its people, what is known of them, and the network that will draw them.
struct WarmupStart {
  /// @param ranks of the run, which share the memory for pictures
  /// Throws OptionError, DatasetError, CheckpointError; Cancelled.
  WarmupStart(const TrainingOptions& options,
              std::shared_ptr<const Dataset> dataset,
              int ranks,
              JobContext& context);

  const AttributeTable* attributesOrNull() const noexcept { return attributes ? &*attributes : nullptr; }
  /// Whether backgrounds are learned before anything else, and how.
  std::optional<BackgroundOptions> backgrounds(const TrainingOptions& options) const;
  std::int64_t headDims() const noexcept;  // of w

  std::optional<AttributeTable> attributes;
  Generator generator;
  PictureBank bank;
  WarmupOptions options;

 private:
  WarmupStart(const TrainingOptions& options, PeoplePictures people, int ranks, JobContext& context);
};

}  // namespace panohead
