#pragma once

#include "core/jobs/job.h"
#include "core/training/warmup/directions.h"
#include "core/training/warmup/mapping_writer.h"
#include "core/training/warmup/warmup.h"

#include <filesystem>
#include <map>

namespace panohead {

/// What finishWarmup made.
struct WarmupModelReport {
  MappingReport mapping;
  std::vector<Direction> directions;
};

/// Makes a generator that draws from z out of a warm-up: the averaged weights, a mapping network written from
/// the people's codes, and (with attributes) directions. Works on warmup.average() in place.
/// @param background undefined tensors: taken from the mapping that the generator has
WarmupModelReport finishWarmup(Warmup& warmup,
                               const AttributeTable* attributes,
                               const BackgroundCodes& background,
                               const WrittenMappingOptions& options);

/// Writes a generator as a model file, float16, that every command opens.
/// @param labels of the data, for the deviation of camera labels that published files carry
/// Throws SaveError; Cancelled.
void writeModel(const std::filesystem::path& path,
                const Generator& generator,
                const std::vector<CameraLabel>& labels,
                const std::map<std::string, std::string>& metadata,
                JobContext& context);

}  // namespace panohead
