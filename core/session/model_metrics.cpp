#include "core/session/model_metrics.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/checkpoint/passport.h"
#include "core/generator/load_generator.h"
#include "core/session/model.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/measure.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace panohead {

MetricsReport runMetrics(const MetricsOptions& options, JobContext& context) {
  options.check();
  const ModelPtr model = openModel(options.model.empty() ? defaultModelPath() : options.model, context);
  MeasureInputs inputs;
  std::unique_ptr<Dataset> dataset;
  if (!options.data.empty()) {
    DatasetOptions set;
    set.data = options.data;
    set.masks = options.masks;
    set.resolution = static_cast<int>(model->generator.config().img_resolution);
    set.mirror = options.mirror;
    dataset = std::make_unique<Dataset>(set, context);
    inputs.dataset = dataset.get();
  }
  std::unique_ptr<FeatureNetwork> inception, features;
  if (!options.inception.empty()) {
    inception = openTorchScript(options.inception, context);
    inputs.inception = inception.get();
  }
  std::optional<Discriminator> discriminator;
  if (!options.features.empty()) {
    const Checkpoint checkpoint = openCheckpoint(options.features, context);
    try {
      discriminator.emplace(loadDiscriminator(checkpoint.network("D")));
    } catch (const CheckpointError& error) {
      throw CheckpointError(
          fmt::format("{}: {}", options.features.string(), error.what()), error.hint(), error.detail());
    }
    features = discriminatorFeatures(*discriminator, hashOf(checkpoint, context));
    inputs.discriminator = features.get();
  }
  MetricsReport report = measureGenerator(model->generator, options, inputs, context);
  report.model = model->info.name;
  return report;
}

}  // namespace panohead
