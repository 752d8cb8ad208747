#pragma once

#include "core/jobs/job.h"
#include "core/training/warmup/directions.h"
#include "core/training/warmup/mapping_writer.h"
#include "core/training/warmup/warmup.h"

#include <filesystem>
#include <map>

namespace panohead {

/// A generator that draws from z, made of a warm-up.
struct WarmupModel {
  Generator generator;
  MappingReport mapping;
  std::vector<Direction> directions;
};

/// The averaged weights with a mapping network written from the people's codes and, with attributes,
/// directions. Where only codes were learned, the network keeps its mapping. The warm-up itself is not
/// changed.
/// @param background undefined tensors: taken from the mapping that the generator has
WarmupModel finishWarmup(const Warmup& warmup,
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
