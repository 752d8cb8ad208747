#include "core/base/error.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_cache.h"
#include "core/training/metrics/feature_statistics.h"
#include "core/training/metrics/measure.h"
#include "core/training/metrics/sample_distances.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace panohead {

namespace {

constexpr std::int64_t kDefaultImages = 1024;
constexpr std::int64_t kNeighbour = 3;           // of precision and recall
constexpr std::int64_t kManifoldPoints = 10000;  // most vectors of a side that precision and recall compare
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Gathers the answers of a feature network, batch by batch.
class Collector {
 public:
  Collector(FeatureNetwork& network, bool probabilities)
      : network_(network), want_probabilities_(probabilities) {}

  void add(const FeatureInput& input, const std::vector<double>& yaw) {
    features_.push_back(network_.features(input));
    if (want_probabilities_) {
      const at::Tensor p = network_.probabilities(input);
      want_probabilities_ = p.defined();
      if (p.defined()) {
        probabilities_.push_back(p);
      }
    }
    yaw_.insert(yaw_.end(), yaw.begin(), yaw.end());
  }
  FeatureSet result() const {
    FeatureSet set;
    if (!features_.empty()) {
      set.features = at::cat(features_);
      set.yaw = at::tensor(yaw_, at::kDouble).to(at::kFloat);
    }
    if (want_probabilities_ && !probabilities_.empty()) {
      set.probabilities = at::cat(probabilities_);
    }
    return set;
  }

 private:
  FeatureNetwork& network_;
  bool want_probabilities_;
  std::vector<at::Tensor> features_, probabilities_;
  std::vector<double> yaw_;
};

std::int64_t rawSize(const Generator& generator, const MetricsOptions& options) {
  return options.neural_resolution > 0 ? options.neural_resolution : generator.config().neural_resolution;
}

FeatureSet featuresOfReals(const Dataset& dataset,
                           const std::vector<DatasetItem>& items,
                           std::int64_t raw_size,
                           int batch,
                           FeatureNetwork& network,
                           std::int64_t& damaged,
                           JobContext& context) {
  Collector collector(network, false);
  Progress progress{"features of the data", 0, static_cast<std::int64_t>(items.size()), {}};
  std::vector<at::Tensor> images, masks;
  std::vector<double> yaw;
  const auto flush = [&] {
    if (images.empty()) {
      return;
    }
    FeatureInput input;
    input.image = at::cat(images);
    input.raw = nn::resizeBilinear(input.image, raw_size, raw_size, true);
    if (!masks.empty()) {
      input.mask = nn::resizeBilinear(at::cat(masks), raw_size, raw_size, true);
    }
    collector.add(input, yaw);
    images.clear();
    masks.clear();
    yaw.clear();
  };
  for (const DatasetItem& item : items) {
    context.checkpoint();
    context.report(progress);
    ++progress.step;
    try {
      const RealPicture real = loadReal(dataset, item);
      images.push_back(real.image);
      if (real.mask.defined()) {
        masks.push_back(real.mask);
      }
      yaw.push_back(yawOf(labelOf(dataset, item)));
    } catch (const ImageError&) {
      ++damaged;
      continue;
    }
    if (static_cast<int>(images.size()) == batch) {
      flush();
    }
  }
  flush();
  context.report(progress);
  return collector.result();
}

FeatureSet featuresOfFakes(const Generator& generator,
                           const MetricsOptions& options,
                           const Dataset& dataset,
                           std::int64_t count,
                           bool probabilities,
                           FeatureNetwork& network,
                           JobContext& context) {
  Collector collector(network, probabilities);
  const SynthesisSettings settings = metricSettings(generator, options, context);
  const at::Device device = generator.store().entries().front().tensor.device();
  // Cameras of the set's own pictures, so that both sides look from the same places.
  const std::vector<DatasetItem> cameras = chooseItems(dataset, count, options.seed + 1);
  Progress progress{"features of the model", 0, count, {}};
  for (std::int64_t first = 0; first < count; first += options.batch) {
    context.checkpoint();
    context.report(progress);
    const std::int64_t last = std::min<std::int64_t>(count, first + options.batch);
    std::vector<at::Tensor> z, c;
    std::vector<double> yaw;
    for (std::int64_t i = first; i < last; ++i) {
      const CameraLabel label = labelOf(dataset, cameras[static_cast<std::size_t>(i) % cameras.size()]);
      z.push_back(seedLatent(options.seed + static_cast<std::uint32_t>(i), generator.config().z_dim));
      c.push_back(labelTensor(label));
      yaw.push_back(yawOf(label));
    }
    const SynthesisOutput drawn = generator.forward(at::cat(z).to(device),
                                                    at::cat(c).to(device),
                                                    {options.truncation_psi, options.truncation_cutoff},
                                                    settings);
    collector.add({drawn.image, drawn.image_raw, drawn.mask.clamp(0, 1)}, yaw);
    progress.step = last;
  }
  context.report(progress);
  return collector.result();
}

struct Group {
  const char* name;
  at::Tensor reals, fakes, probabilities;
};

at::Tensor chosen(const at::Tensor& x, const at::Tensor& which) {
  return x.defined() ? x.index_select(0, which.nonzero().squeeze(1)) : x;
}

std::array<Group, 3> groupsOf(const FeatureSet& reals, const FeatureSet& fakes) {
  const at::Tensor real_front = reals.yaw.abs() < 90;
  const at::Tensor fake_front = fakes.yaw.abs() < 90;
  const at::Tensor real_back = real_front.logical_not();
  const at::Tensor fake_back = fake_front.logical_not();
  return {Group{"all", reals.features, fakes.features, fakes.probabilities},
          Group{"front",
                chosen(reals.features, real_front),
                chosen(fakes.features, fake_front),
                chosen(fakes.probabilities, fake_front)},
          Group{"back",
                chosen(reals.features, real_back),
                chosen(fakes.features, fake_back),
                chosen(fakes.probabilities, fake_back)}};
}

FeatureStatistics statisticsOf(const at::Tensor& features, JobContext& context) {
  constexpr std::int64_t kRows = 1024;
  FeatureStatistics statistics;
  for (std::int64_t first = 0; first < features.size(0); first += kRows) {
    context.checkpoint();
    statistics.add(features.slice(0, first, std::min(first + kRows, features.size(0))));
  }
  return statistics;
}

}  // namespace

MetricsReport measureDistributions(const Generator& generator,
                                   const MetricsOptions& options,
                                   const std::vector<std::string>& metrics,
                                   const Dataset& dataset,
                                   FeatureNetwork& network,
                                   JobContext& context) {
  const at::NoGradGuard no_grad;
  const auto wanted = [&](const char* name) { return std::ranges::find(metrics, name) != metrics.end(); };
  MetricsReport report;
  if (dataset.resolution() != generator.config().img_resolution) {
    throw OptionError(fmt::format("the model draws pictures of {} pixels, the data set is opened at {}",
                                  generator.config().img_resolution,
                                  dataset.resolution()),
                      "open it at the model's resolution");
  }
  const std::int64_t count = options.images > 0 ? options.images : kDefaultImages;
  const std::vector<DatasetItem> items =
      chooseItems(dataset, options.reals > 0 ? options.reals : count, options.seed);
  const std::int64_t raw_size = rawSize(generator, options);

  const FeatureCache cache(options.cache);
  std::string key;
  FeatureSet reals;
  if (!network.fingerprint().empty()) {
    key = FeatureCache::keyOf(dataset, items, fmt::format("{} {}", network.fingerprint(), raw_size));
    reals = cache.load(key, context);
  }
  if (!reals.features.defined()) {
    std::int64_t damaged = 0;
    reals = featuresOfReals(dataset, items, raw_size, options.batch, network, damaged, context);
    if (!reals.features.defined()) {
      throw DatasetError("no picture of the data set can be decoded", "run 'panohead-studio dataset check'");
    }
    if (damaged > 0) {
      report.notices.push_back(
          fmt::format("{} pictures of the set cannot be decoded and were left out", damaged));
    }
    if (!key.empty()) {
      try {
        cache.save(key, reals, context);
      } catch (const SaveError& error) {
        report.notices.push_back(fmt::format("the data's features were not kept: {}", error.what()));
      }
    }
  }
  const bool score = wanted("is");
  const FeatureSet fakes = featuresOfFakes(generator, options, dataset, count, score, network, context);
  if (score && !fakes.probabilities.defined()) {
    report.notices.push_back(fmt::format("is left out: '{}' gives no classes", network.name()));
  }
  report.settings = fmt::format("{} pictures against {} of the set in the features of {}",
                                count,
                                reals.features.size(0),
                                network.name());

  context.report({"comparing features", 0, 0, {}});
  std::array<Group, 3> groups = groupsOf(reals, fakes);
  const auto each = [&](const char* name, std::int64_t least, const auto& measure) {
    for (const Group& group : groups) {
      context.checkpoint();
      if (group.reals.size(0) < least || group.fakes.size(0) < least) {
        report.notices.push_back(fmt::format("{}.{} left out: too few such views", name, group.name));
      } else {
        measure(group);
      }
    }
  };
  const auto check = [&context] { context.checkpoint(); };
  for (const char* name : {"fid", "fid_features"}) {
    if (wanted(name)) {
      each(name, 2, [&](const Group& group) {
        const double distance =
            frechetDistance(statisticsOf(group.reals, context), statisticsOf(group.fakes, context));
        report.values.push_back({fmt::format("{}.{}", name, group.name), distance, kUnknown, -1, ""});
      });
    }
  }
  if (wanted("kid")) {
    each("kid", 2, [&](const Group& group) {
      const MeanWithError kid = kernelDistance(group.reals, group.fakes, {.seed = options.seed}, check);
      report.values.push_back({fmt::format("kid.{}", group.name), kid.mean, kid.error, -1, ""});
    });
  }
  if (score && fakes.probabilities.defined()) {
    each("is", 1, [&](const Group& group) {
      const MeanWithError is = inceptionScore(group.probabilities);
      report.values.push_back({fmt::format("is.{}", group.name), is.mean, is.error, 1, ""});
    });
  }
  if (wanted("pr")) {
    each("pr", kNeighbour + 1, [&](const Group& group) {
      const PrecisionRecall pr = precisionRecall(group.reals.slice(0, 0, kManifoldPoints),
                                                 group.fakes.slice(0, 0, kManifoldPoints),
                                                 kNeighbour,
                                                 1024,
                                                 check);
      report.values.push_back({fmt::format("precision.{}", group.name), pr.precision, kUnknown, 1, ""});
      report.values.push_back({fmt::format("recall.{}", group.name), pr.recall, kUnknown, 1, ""});
    });
  }
  return report;
}

}  // namespace panohead
