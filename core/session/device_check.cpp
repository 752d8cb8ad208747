#include "core/session/device_check.h"

#include "core/session/model.h"
#include "core/session/precision_comparison.h"

#include <fmt/format.h>

namespace panohead {

namespace {

constexpr double kLeastDecibels = 40;
constexpr int kRays = 32;  // on a side

/// PSNR of all that two frames show, the least.
double agreement(const Frame& exact, const Frame& drawn) {
  Comparison picture("picture", "of 255", 255);
  Comparison mask("mask", "of 1", 1);
  Comparison depth("depth", "world units", 1);
  if (drawn.picture.pixels.size() != exact.picture.pixels.size() || drawn.mask.size() != exact.mask.size() ||
      drawn.depth.size() != exact.depth.size()) {
    return 0;
  }
  for (Comparison* one : {&picture, &mask, &depth}) {
    one->beginView({});
  }
  for (std::size_t i = 0; i < exact.picture.pixels.size(); ++i) {
    picture.add(exact.picture.pixels[i], drawn.picture.pixels[i], 0, 0);
  }
  for (std::size_t i = 0; i < exact.mask.size(); ++i) {
    mask.add(exact.mask[i], drawn.mask[i], 0, 0);
    if (exact.mask[i] > 0.5F) {
      depth.add(exact.depth[i], drawn.depth[i], 0, 0);
    }
  }
  double least = PrecisionReport::kMostDecibels;
  for (Comparison* one : {&picture, &mask, &depth}) {
    one->endView();
    least = std::min(least, one->result().psnr);
  }
  return least;
}

ViewOptions viewFrom(double yaw, RenderMode mode, bool exact) {
  return {.camera = orbitLabel({.yaw_degrees = yaw, .pitch_degrees = 10}),
          .mode = mode,
          .neural_resolution = kRays,
          .exact = exact};
}

}  // namespace

std::string whyNotAsSpecified(const ModelPtr& model, JobContext& context) {
  struct View {
    const char* what;
    double yaw;
    RenderMode mode;
  };
  // The first one comes twice: a size that was drawn before goes another way than a new one.
  constexpr View kOverBackground[] = {{"a picture", 20, RenderMode::Picture},
                                      {"a raw picture", -110, RenderMode::Raw},
                                      {"a raw picture from another side", 140, RenderMode::Raw},
                                      {"a picture once more", 20, RenderMode::Picture}};
  constexpr View kCutOut[] = {{"a cut-out", 60, RenderMode::Raw},
                              {"a cut-out from another side", -30, RenderMode::Raw}};
  const HeadPtr head = makeHead(model, {}, context);
  const HeadPtr cut_out = withBackground(head, NoBackground{}, context);
  Frame picture;  // the specification's take long
  const auto wrong = [&](const Head& of, const View& view) -> std::string {
    const Frame drawn = renderFrame(of, viewFrom(view.yaw, view.mode, false), context);
    const bool kept = view.mode == RenderMode::Picture && !picture.picture.empty();
    const Frame exact = kept ? picture : renderFrame(of, viewFrom(view.yaw, view.mode, true), context);
    if (view.mode == RenderMode::Picture) {
      picture = exact;
    }
    const double decibels = agreement(exact, drawn);
    return decibels >= kLeastDecibels
               ? std::string()
               : fmt::format("it draws {} wrongly ({:.0f} dB from the specification, {:.0f} are expected)",
                             view.what,
                             decibels,
                             kLeastDecibels);
  };
  for (const View& view : kOverBackground) {
    if (const std::string reason = wrong(*head, view); !reason.empty()) {
      return reason;
    }
  }
  for (const View& view : kCutOut) {
    if (const std::string reason = wrong(*cut_out, view); !reason.empty()) {
      return reason;
    }
  }
  return {};
}

}  // namespace panohead
