#include "core/session/precision_report.h"

#include "core/base/error.h"
#include "core/session/model.h"
#include "core/session/precision_comparison.h"
#include "core/tensor/quick_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {

namespace {

void addPicture(Comparison& comparison, const Image& exact, const Image& fast) {
  for (int y = 0; y < exact.height; ++y) {
    for (int x = 0; x < exact.width * exact.channels; ++x) {
      comparison.add(exact.row(y)[x], fast.row(y)[x], x / exact.channels, y);
    }
  }
}

void addMap(Comparison& comparison,
            const std::vector<float>& exact,
            const std::vector<float>& fast,
            const std::vector<float>* mask,
            int width) {
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (mask == nullptr || (*mask)[i] > 0.5F) {
      comparison.add(exact[i], fast[i], static_cast<int>(i) % width, static_cast<int>(i) / width);
    }
  }
}

/// Every view's times of a stage.
class StageMedians {
 public:
  void add(const Frame& exact, const Frame& fast) {
    addPath(exact.times, true);
    addPath(fast.times, false);
    whole_.exact.push_back(totalMilliseconds(exact.times));
    whole_.fast.push_back(totalMilliseconds(fast.times));
  }
  std::vector<PrecisionReport::Stage> result() const {
    std::vector<PrecisionReport::Stage> stages;
    for (const Row& row : rows_) {
      stages.push_back({row.name, median(row.exact), median(row.fast)});
    }
    stages.push_back({"whole frame", median(whole_.exact), median(whole_.fast)});
    return stages;
  }

 private:
  struct Row {
    std::string name;
    std::vector<double> exact{}, fast{};
  };

  void addPath(const std::vector<StageTime>& times, bool exact) {
    for (const StageTime& time : times) {
      auto row = std::ranges::find(rows_, time.stage, &Row::name);
      if (row == rows_.end()) {
        row = rows_.insert(rows_.end(), {time.stage});
      }
      (exact ? row->exact : row->fast).push_back(time.milliseconds);
    }
  }
  static double median(std::vector<double> times) {
    if (times.empty()) {
      return 0;
    }
    std::ranges::sort(times);
    const std::size_t half = times.size() / 2;
    return times.size() % 2 ? times[half] : (times[half - 1] + times[half]) / 2;
  }

  std::vector<Row> rows_;
  Row whole_;
};

}  // namespace

void PrecisionOptions::check() const {
  if (views < 1 || views > 1000) {
    throw OptionError(fmt::format("views is {}, which makes no sense", views), "choose views from 1 to 1000");
  }
}

PrecisionReport comparePrecision(const Head& head, const PrecisionOptions& options, JobContext& context) {
  options.check();
  const auto draw = [&](ViewOptions view, RenderMode mode, bool exact) {
    view.mode = mode;
    view.exact = exact;
    return renderFrame(head, view, context);
  };
  Comparison picture("picture", "of 255", 255);
  Comparison raw("raw picture", "of 255", 255);
  Comparison depth("depth", "world units", 1);
  Comparison mask("mask", "of 1", 1);
  StageMedians times;
  PrecisionReport report;
  report.has_fast_path = head.model->fast != nullptr;
  report.precision = drawnBy(*head.model).gpu ? "fp16" : quickType() == at::kBFloat16 ? "bf16" : "fp32";
  report.views = options.views;
  for (int i = 0; i < options.views; ++i) {
    context.report({"comparing", i, options.views, {}});
    constexpr double kPitches[3] = {0, 20, -20};
    const OrbitView orbit{.yaw_degrees = 360.0 * i / options.views, .pitch_degrees = kPitches[i % 3]};
    const ViewOptions view{.camera = orbitLabel(orbit), .neural_resolution = options.neural_resolution};
    if (i == 0) {  // the first frames also allocate
      draw(view, RenderMode::Picture, true);
      draw(view, RenderMode::Picture, false);
    }
    for (Comparison* comparison : {&picture, &raw, &depth, &mask}) {
      comparison->beginView(orbit);
    }
    const Frame exact = draw(view, RenderMode::Picture, true);
    const Frame fast = draw(view, RenderMode::Picture, false);
    times.add(exact, fast);
    addPicture(picture, exact.picture, fast.picture);
    addMap(depth, exact.depth, fast.depth, &exact.mask, exact.neural_resolution);
    addMap(mask, exact.mask, fast.mask, nullptr, exact.neural_resolution);
    addPicture(raw, draw(view, RenderMode::Raw, true).picture, draw(view, RenderMode::Raw, false).picture);
    for (Comparison* comparison : {&picture, &raw, &depth, &mask}) {
      comparison->endView();
    }
    report.neural_resolution = exact.neural_resolution;
    report.samples_per_ray = exact.samples_per_ray;
  }
  context.report({"comparing", options.views, options.views, {}});
  report.quantities = {picture.result(), raw.result(), depth.result(), mask.result()};
  report.stages = times.result();
  return report;
}

}  // namespace panohead
