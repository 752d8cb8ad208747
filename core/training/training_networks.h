#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/generator/discriminator.h"
#include "core/generator/generator.h"
#include "core/training/training_options.h"

#include <string>

namespace panohead {

/// The generator that the options describe, for pictures of `resolution` pixels (the data's when
/// options.resolution is 0). Super-resolution follows from it: 64 and 128 px 2X, 256 px 4X, 512 px 8XDC.
/// Throws OptionError naming what does not fit.
GeneratorConfig generatorConfig(const TrainingOptions& options, int resolution);

/// The same for the discriminator. Clamps at 256 when some of its layers run in half precision, as published.
DiscriminatorConfig discriminatorConfig(const TrainingOptions& options, int resolution);

/// A network as data for writeSafetensors. Its tensors point into the network's memory (on the CPU), which
/// must outlive the result. `neural_resolution` is what the model is drawn with, pixels.
NetworkState generatorState(const std::string& key,
                            const Generator& generator,
                            std::int64_t neural_resolution);
NetworkState discriminatorState(const std::string& key, const Discriminator& discriminator);

/// JSON text that DiscriminatorConfig::fromJson reads back, with the published names.
std::string discriminatorJson(const DiscriminatorConfig& config);
/// MaskDualDiscriminatorV2, MaskDualDiscriminator or DualDiscriminator.
const char* discriminatorClass(DiscriminatorKind kind);

}  // namespace panohead
