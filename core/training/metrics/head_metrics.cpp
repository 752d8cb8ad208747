#include "core/base/error.h"
#include "core/generator/head.h"
#include "core/generator/quick_synthesis.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/background_swap.h"
#include "core/training/metrics/measure.h"
#include "core/training/metrics/mirrored_face.h"
#include "core/training/metrics/picture_measures.h"
#include "core/training/metrics/view_warp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace panohead {

namespace {

constexpr int kOrbitViews = 16;   // once around, 22.5 degrees apart; 0 is the front, 8 the back
constexpr int kSwapEvery = 4;     // views on which backgrounds are swapped: front, sides, back
constexpr int kSectors = 4;       // stretches of slow orbit for flicker
constexpr int kSectorFrames = 4;  // frames of each
constexpr double kSlowStep = 2;   // degrees between those frames
constexpr std::int64_t kDefaultHeads = 8;
constexpr std::int64_t kRealsForSharpness = 128;

/// One value for each head, by key.
class PerHead {
 public:
  void add(const std::string& key, double value) {
    if (std::isfinite(value)) {
      values_[key].push_back(value);
    }
  }
  MetricValue summary(const std::string& key, int better, const std::string& unit) const {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    const auto found = values_.find(key);
    if (found == values_.end()) {
      return {key, kUnknown, kUnknown, better, unit};
    }
    double sum = 0, squares = 0;
    const double n = static_cast<double>(found->second.size());
    for (const double value : found->second) {
      sum += value;
    }
    for (const double value : found->second) {
      squares += (value - sum / n) * (value - sum / n);
    }
    return {key, sum / n, n < 2 ? kUnknown : std::sqrt(squares / (n - 1) / n), better, unit};
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

/// Mean of the numbers that are numbers.
class Mean {
 public:
  void add(double value) {
    if (std::isfinite(value)) {
      sum_ += value;
      ++count_;
    }
  }
  double value() const { return count_ > 0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  double sum_ = 0;
  int count_ = 0;
};

/// What is asked for.
struct Wanted {
  explicit Wanted(const std::vector<std::string>& metrics) {
    const auto has = [&](const char* name) { return std::ranges::find(metrics, name) != metrics.end(); };
    swap = has("background_swap");
    consistency = has("view_consistency");
    mirrored = has("mirrored_face");
    flicker = has("flicker");
    sharpness = has("sharpness");
  }
  bool orbit() const { return swap || consistency || mirrored || sharpness; }
  bool swap, consistency, mirrored, flicker, sharpness;
};

at::Tensor frontLabel() { return labelTensor(orbitLabel({})); }

/// The networks' answers for one head.
class Heads {
 public:
  /// @param ws as measureHeads
  Heads(const Generator& generator, const MetricsOptions& options, JobContext& context, const at::Tensor& ws)
      : generator_(generator),
        options_(options),
        ws_(ws),
        settings_(metricSettings(generator, options, context)),
        device_(generator.store().entries().front().tensor.device()) {}

  /// Of the head with this number.
  PreparedHead prepare(std::int64_t number) const {
    PreparedHead head;
    head.ws = ws(number);
    head.last_w = head.ws.select(1, -1);
    head.planes = settings_.quick ? quickPlanes(generator_, head.ws, settings_.run)
                                  : generator_.planes(head.ws, settings_.run);
    head.background = generator_.background(head.ws, settings_.run);
    return head;
  }
  at::Tensor background(std::int64_t number) const {
    return generator_.background(ws(number), settings_.run);
  }

  FeatureImage feature(const PreparedHead& head, double yaw) const {
    return generator_.renderFeature(
        head.planes, labelTensor(orbitLabel({.yaw_degrees = yaw})).to(device_), settings_);
  }
  HeadView view(const PreparedHead& head, const FeatureImage& image, double yaw, bool picture) const {
    SynthesisSettings settings = settings_;
    settings.super_resolution = picture;
    const SynthesisOutput drawn = generator_.finish(image, head.background, head.last_w, settings);
    const auto host = [](const at::Tensor& t) { return t.defined() ? t.to(at::kCPU, at::kFloat) : t; };
    return {labelTensor(orbitLabel({.yaw_degrees = yaw})),
            host(drawn.depth),
            host(drawn.mask).clamp(0, 1),
            host(drawn.image_raw),
            host(drawn.image)};
  }
  /// A picture over another background; an empty `image` leaves the head away.
  at::Tensor over(const PreparedHead& head, const FeatureImage& image, const at::Tensor& background) const {
    SynthesisSettings settings = settings_;
    settings.super_resolution = true;
    return generator_.finish(image, background, head.last_w, settings).image.to(at::kCPU, at::kFloat);
  }

 private:
  at::Tensor ws(std::int64_t number) const {
    if (ws_.defined()) {
      return ws_.narrow(0, number % ws_.size(0), 1).to(device_);
    }
    const auto seed = options_.seed + static_cast<std::uint32_t>(number);
    return generator_.map(seedLatent(seed, generator_.config().z_dim).to(device_),
                          frontLabel().to(device_),
                          {options_.truncation_psi, options_.truncation_cutoff});
  }

  const Generator& generator_;
  const MetricsOptions& options_;
  at::Tensor ws_;
  SynthesisSettings settings_;
  at::Device device_;
};

FeatureImage nothingOf(const FeatureImage& image) {
  return {at::zeros_like(image.feature), image.depth, at::zeros_like(image.weight_sum)};
}

void addSwap(const Heads& heads,
             const PreparedHead& head,
             const at::Tensor& other_background,
             const std::vector<std::pair<FeatureImage, HeadView>>& views,
             PerHead& values) {
  Mean mask, inside_squared, inside, outside;
  const FeatureImage nothing = nothingOf(views.front().first);
  const at::Tensor own_alone = heads.over(head, nothing, head.background);
  const at::Tensor other_alone = heads.over(head, nothing, other_background);
  for (const auto& [image, view] : views) {
    const BackgroundSwap swap = backgroundSwap(
        {view.picture, heads.over(head, image, other_background), own_alone, other_alone, view.mask});
    mask.add(swap.mask_mse);
    inside_squared.add(swap.inside_mse);
    inside.add(swap.inside_mae);
    outside.add(swap.outside_mae);
  }
  values.add("background_swap.mask_mse", mask.value());
  values.add("background_swap.inside_mse", inside_squared.value());
  values.add("background_swap.inside_mae", inside.value());
  values.add("background_swap.outside_mae", outside.value());
}

void addConsistency(const std::vector<HeadView>& orbit, PerHead& values) {
  Mean depth, colour, visible;
  for (std::size_t i = 0; i < orbit.size(); ++i) {
    const Consistency pair = viewConsistency(orbit[i], orbit[(i + 1) % orbit.size()]);
    depth.add(pair.depth);
    colour.add(pair.colour);
    visible.add(pair.visible);
  }
  values.add("view_consistency.depth", depth.value());
  values.add("view_consistency.colour", colour.value());
  values.add("view_consistency.visible", visible.value());
}

void addFlicker(const Heads& heads, const PreparedHead& head, PerHead& values) {
  Mean warped, still;
  for (int sector = 0; sector < kSectors; ++sector) {
    HeadView previous;
    for (int frame = 0; frame < kSectorFrames; ++frame) {
      const double yaw = 360.0 / kSectors * sector + kSlowStep * (frame - (kSectorFrames - 1) / 2.0);
      const HeadView view = heads.view(head, heads.feature(head, yaw), yaw, true);
      if (frame > 0) {
        const Flicker pair = flickerBetween(previous, view);
        warped.add(pair.warped);
        still.add(pair.still);
      }
      previous = view;
    }
  }
  values.add("flicker.warped", warped.value());
  values.add("flicker.share", warped.value() / still.value());
}

void addSharpness(const std::vector<HeadView>& orbit, PerHead& values) {
  Mean finest, fine, rms, raw;
  for (const HeadView& view : orbit) {
    const at::Tensor mask = at::upsample_nearest2d(view.mask, {view.picture.size(2), view.picture.size(3)});
    const BandEnergy energy = bandEnergy(view.picture, mask);
    finest.add(energy.finest);
    fine.add(energy.fine);
    rms.add(energy.finest_rms);
    raw.add(bandEnergy(view.raw, view.mask).finest);
  }
  values.add("sharpness.finest", finest.value());
  values.add("sharpness.fine", fine.value());
  values.add("sharpness.rms", rms.value());
  values.add("sharpness.raw_finest", raw.value());
}

/// The same of the data: `raw` is the picture at the size of the volume rendering.
PerHead sharpnessOfData(const Dataset& dataset,
                        const MetricsOptions& options,
                        std::int64_t raw_size,
                        JobContext& context) {
  PerHead values;
  const std::vector<DatasetItem> items = chooseItems(dataset, kRealsForSharpness, options.seed);
  Progress progress{"sharpness of the data", 0, static_cast<std::int64_t>(items.size()), {}};
  for (const DatasetItem& item : items) {
    context.checkpoint();
    context.report(progress);
    ++progress.step;
    RealPicture real;
    try {
      real = loadReal(dataset, item);
    } catch (const ImageError&) {
      continue;  // a damaged picture more or less changes nothing; `dataset check` names it
    }
    const BandEnergy energy = bandEnergy(real.image, real.mask);
    values.add("finest", energy.finest);
    values.add("fine", energy.fine);
    values.add("rms", energy.finest_rms);
    const at::Tensor mask =
        real.mask.defined() ? nn::resizeBilinear(real.mask, raw_size, raw_size, true) : real.mask;
    values.add("raw_finest",
               bandEnergy(nn::resizeBilinear(real.image, raw_size, raw_size, true), mask).finest);
  }
  return values;
}

void reportMirroredFace(const std::vector<FrontAndBack>& faces, MetricsReport& report) {
  const MirroredFace similarity = mirroredFace(faces);
  PerHead values;
  for (std::size_t i = 0; i < similarity.own.size(); ++i) {
    values.add("mirrored_face.detail", similarity.own[i].detail);
    values.add("mirrored_face.luminance", similarity.own[i].luminance);
    if (i < similarity.others.size()) {
      values.add("mirrored_face.score", similarity.own[i].detail - similarity.others[i].detail);
      values.add("mirrored_face.luminance_score",
                 similarity.own[i].luminance - similarity.others[i].luminance);
    }
  }
  if (similarity.others.empty()) {
    report.notices.push_back("mirrored_face.score needs two heads: raise --images");
  } else {
    report.values.push_back(values.summary("mirrored_face.score", -1, ""));
    report.values.push_back(values.summary("mirrored_face.luminance_score", -1, ""));
  }
  report.values.push_back(values.summary("mirrored_face.detail", -1, ""));
  report.values.push_back(values.summary("mirrored_face.luminance", -1, ""));
}

}  // namespace

MetricsReport measureHeads(const Generator& generator,
                           const MetricsOptions& options,
                           const std::vector<std::string>& metrics,
                           const Dataset* dataset,
                           JobContext& context,
                           const at::Tensor& ws) {
  const at::NoGradGuard no_grad;
  const Wanted wanted(metrics);
  const bool swap = wanted.swap && generator.config().background;
  const std::int64_t count =
      ws.defined()
          ? ws.size(0)
          : (options.images > 0 ? std::max<std::int64_t>(1, options.images / kOrbitViews) : kDefaultHeads);
  MetricsReport report;
  report.settings = ws.defined() ? fmt::format("{} given heads x {} views", count, kOrbitViews)
                                 : fmt::format("{} head{} (seeds {} to {}) x {} views, truncation {:g}",
                                               count,
                                               count == 1 ? "" : "s",
                                               options.seed,
                                               options.seed + static_cast<std::uint32_t>(count - 1),
                                               kOrbitViews,
                                               options.truncation_psi);
  if (wanted.swap && !swap) {
    report.notices.push_back("background_swap left out: the model has no background network");
  }

  const Heads heads(generator, options, context, ws);
  PerHead values;
  std::vector<FrontAndBack> faces;
  std::int64_t raw_size = 0;
  Progress progress{"measuring heads", 0, count, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    context.checkpoint();
    context.report(progress);
    const PreparedHead head = heads.prepare(i);
    std::vector<HeadView> orbit;
    std::vector<std::pair<FeatureImage, HeadView>> swapped;
    for (int v = 0; wanted.orbit() && v < kOrbitViews; ++v) {
      const double yaw = 360.0 / kOrbitViews * v;
      const bool picture = wanted.sharpness || (swap && v % kSwapEvery == 0);
      const FeatureImage image = heads.feature(head, yaw);
      orbit.push_back(heads.view(head, image, yaw, picture));
      raw_size = orbit.back().raw.size(3);
      if (swap && v % kSwapEvery == 0) {
        swapped.emplace_back(image, orbit.back());
      }
    }
    if (swap) {
      addSwap(heads, head, heads.background(i + 1), swapped, values);
    }
    if (wanted.consistency) {
      addConsistency(orbit, values);
    }
    if (wanted.mirrored) {
      const HeadView& front = orbit.front();
      const HeadView& back = orbit[kOrbitViews / 2];
      faces.push_back({front.raw, front.mask, back.raw, back.mask});
    }
    if (wanted.sharpness) {
      addSharpness(orbit, values);
    }
    if (wanted.flicker) {
      addFlicker(heads, head, values);
    }
    ++progress.step;
  }
  context.report(progress);

  const auto put = [&](const char* key, int better, const char* unit) {
    report.values.push_back(values.summary(key, better, unit));
  };
  if (swap) {
    put("background_swap.mask_mse", -1, "");
    put("background_swap.inside_mse", -1, "of the range squared");
    put("background_swap.inside_mae", -1, "of the range");
    put("background_swap.outside_mae", 0, "of the range");
  }
  if (wanted.consistency) {
    put("view_consistency.depth", -1, "world units");
    put("view_consistency.colour", -1, "of the range");
    put("view_consistency.visible", 1, "of the foreground");
  }
  if (wanted.mirrored) {
    reportMirroredFace(faces, report);
  }
  if (wanted.flicker) {
    put("flicker.warped", -1, "of the range");
    put("flicker.share", -1, "of the change without warping");
  }
  if (wanted.sharpness) {
    for (const char* key : {"sharpness.finest", "sharpness.fine", "sharpness.rms", "sharpness.raw_finest"}) {
      put(key, 1, "");
    }
    if (dataset == nullptr) {
      report.notices.push_back("sharpness is not compared with real pictures: no --data");
    } else {
      const PerHead real = sharpnessOfData(*dataset, options, raw_size, context);
      for (const char* part : {"finest", "fine", "rms", "raw_finest"}) {
        const MetricValue ours = values.summary(fmt::format("sharpness.{}", part), 1, "");
        const MetricValue theirs = real.summary(part, 1, "");
        report.values.push_back({fmt::format("sharpness.{}_data", part), theirs.value, theirs.error, 0, ""});
        report.values.push_back({fmt::format("sharpness.{}_ratio", part),
                                 ours.value / theirs.value,
                                 ours.error / theirs.value,
                                 1,
                                 "of the data's"});
      }
      if (!dataset->hasMasks()) {
        report.notices.push_back("the data's sharpness was measured on whole pictures: no --masks");
      }
    }
  }
  return report;
}

}  // namespace panohead
