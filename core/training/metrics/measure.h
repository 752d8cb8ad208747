#pragma once

#include "core/dataset/dataset.h"
#include "core/generator/generator.h"
#include "core/training/metrics/feature_network.h"
#include "core/training/metrics/metrics_run.h"

namespace panohead {

/// What a generator in memory is measured with. Nothing is owned; all may be null.
struct MeasureInputs {
  const Dataset* dataset = nullptr;         // at the generator's resolution
  FeatureNetwork* inception = nullptr;      // fid, kid, is, pr
  FeatureNetwork* discriminator = nullptr;  // fid_features
};

/// Measures a generator, for the command and for snapshots of a training run. `options.model`, `data`,
/// `masks`, `inception` and `features` are ignored: the inputs stand for them. Without options.metrics,
/// everything that the inputs allow.
/// Throws OptionError when a metric is asked for that the inputs do not allow; Cancelled.
MetricsReport measureGenerator(const Generator& generator,
                               const MetricsOptions& options,
                               const MeasureInputs& inputs,
                               JobContext& context);

/// The metrics of single heads that need no feature network: background_swap, view_consistency,
/// mirrored_face, flicker, sharpness, as far as they are among `metrics`.
/// @param dataset real pictures for sharpness; may be null
/// @param ws [heads, num_ws, w_dim] of the heads to measure; undefined: options.images / 16 from options.seed
/// on
MetricsReport measureHeads(const Generator& generator,
                           const MetricsOptions& options,
                           const std::vector<std::string>& metrics,
                           const Dataset* dataset,
                           JobContext& context,
                           const at::Tensor& ws = {});

/// The distances between distributions in one feature space, each on all, front (|yaw| < 90 degrees)
/// and back views: fid, kid, is, pr, fid_features, as far as they are among `metrics`.
MetricsReport measureDistributions(const Generator& generator,
                                   const MetricsOptions& options,
                                   const std::vector<std::string>& metrics,
                                   const Dataset& dataset,
                                   FeatureNetwork& network,
                                   JobContext& context);

/// A picture of a data set as the networks take it. image [1, 3, R, R] in [-1, 1]; mask [1, 1, R, R] in
/// [0, 1] or undefined.
struct RealPicture {
  at::Tensor image, mask;
  CameraLabel label{};
};
/// Some items of the set, chosen by seed without repetition, in a repeatable order. At most all of them.
std::vector<DatasetItem> chooseItems(const Dataset& dataset, std::int64_t count, std::uint64_t seed);
RealPicture loadReal(const Dataset& dataset, const DatasetItem& item);
/// The label of an item, mirrored where the item is.
CameraLabel labelOf(const Dataset& dataset, const DatasetItem& item);

/// The generator's settings with the options' resolution; asks the context between rays.
SynthesisSettings metricSettings(const Generator& generator,
                                 const MetricsOptions& options,
                                 JobContext& context);

}  // namespace panohead
