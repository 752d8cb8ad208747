#pragma once

#include "core/session/fit_session.h"
#include "core/session/model.h"
#include "tests/core/inversion/fit_scene.h"

#include <algorithm>
#include <string>
#include <vector>

namespace panohead::test {

/// The scene's network as a model without a file.
inline ModelPtr smallModel() {
  static const ModelPtr model = [] {
    const Generator& generator = smallGenerator();
    ModelInfo info;
    info.name = "small";
    info.image_resolution = 128;
    info.num_ws = static_cast<int>(generator.numWs());
    info.w_dim = static_cast<int>(generator.config().w_dim);
    info.has_background = true;
    return std::make_shared<const Model>(std::move(info), generator.withParameters({}));
  }();
  return model;
}

inline FitRequest smallRequest() {
  const FitPhoto photo = photoOf(smallGenerator(), 7, {.yaw_degrees = 10});
  FitRequest request;
  request.name = "anna";
  request.photos = {
      {.name = "photo.png", .camera = photo.camera, .aligned = photo.picture, .mask = photo.mask}};
  request.options = shortFit();
  request.preview_every = 2;
  request.keep_every = 2;
  return request;
}

struct Heard final : FitListener {
  void stepped(const FitPoint& point) override { points.push_back(point); }
  void drawn(const FitViews& views) override { seen.push_back(views); }
  void kept(const FitKept& step) override { steps.push_back(step); }
  void notice(const std::string& text) override { notices.push_back(text); }
  std::vector<FitPoint> points;
  std::vector<FitViews> seen;
  std::vector<FitKept> steps;
  std::vector<std::string> notices;
};

/// Asks for a stop at the n-th look.
class StopsAt final : public JobContext {
 public:
  explicit StopsAt(int looks) : left_(looks) {}
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override {
    ++looks;
    if (--left_ < 0) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }
  int looks = 0;

 private:
  int left_;
};

inline std::vector<double> lossesOf(const FitSession& session) {
  std::vector<double> losses;
  for (const FitPoint& point : session.curve()) {
    losses.push_back(point.losses.front().value);
  }
  return losses;
}

/// The first kept one with that step: of the first way, then of its branches.
inline int keptAt(const FitSession& session, std::int64_t step) {
  const std::vector<FitKept> kept = session.kept();
  const auto found = std::ranges::find(kept, step, &FitKept::step);
  return found == kept.end() ? -1 : found->id;
}

}  // namespace panohead::test
