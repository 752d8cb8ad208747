#include "core/doctor/examination.h"

#include "core/base/camera.h"
#include "core/doctor/depth_view.h"
#include "core/nn/resample.h"
#include "core/tensor/host_values.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/mirrored_face.h"
#include "core/training/metrics/picture_measures.h"
#include "core/training/metrics/view_warp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace panohead::doctor {
namespace {

constexpr int kSides = 8;              // once around, 45 degrees apart; 0 is the front, 4 the back
constexpr int kPictureEvery = 2;       // of them: front, sides and back are drawn as pictures, too
constexpr double kSlowStep = 2;        // degrees of a slow orbit between two frames
constexpr std::int64_t kLargest = 64;  // pixels of volume rendering: enough for everything that is measured

struct Limit {
  HeadFault fault;
  double limit;
  double unit;           // what the value is multiplied with for the sentence
  const char* sentence;  // with the value in the braces
};

// resources/docs/doctor.md shows what sound and damaged heads measure.
constexpr std::array<Limit, 6> kLimits{{
    {HeadFault::MirroredFace, 0.45, 1, "the face shows on the back, mirrored (likeness {:.2f})"},
    {HeadFault::Holes, 0.02, 100, "there are holes in {:.1f} % of the surface"},
    {HeadFault::Floaters, 0.005, 100, "something floats beside the head ({:.1f} % of its size)"},
    {HeadFault::FlatHead, 0.25, 100, "the head is flat: {:.0f} % shorter than it is wide"},
    {HeadFault::BackgroundLeak, 0.10, 100, "{:.0f} % of the background shows through the head"},
    {HeadFault::Flicker,
     0.70,
     100,
     "it flickers when it turns slowly ({:.0f} % of what changes is no movement)"},
}};

at::Tensor labelAt(double yaw) { return labelTensor(orbitLabel({.yaw_degrees = yaw})); }

DepthView depthView(const HeadView& view) {
  return {static_cast<int>(view.mask.size(2)), toVector(view.mask), toVector(view.depth)};
}

class Examiner {
 public:
  Examiner(const Patient& patient, const SynthesisSettings& settings, JobContext& context)
      : patient_(patient), settings_(settings), context_(context) {}

  FeatureImage feature(double yaw) const {
    context_.checkpoint();
    return patient_.renderer.renderFeature(labelAt(yaw), settings_);
  }

  HeadView view(const FeatureImage& image, double yaw, bool picture, bool swapped = false) const {
    context_.checkpoint();
    SynthesisSettings settings = settings_;
    settings.super_resolution = picture;
    const at::Tensor behind =
        swapped && patient_.background.defined() ? patient_.background.neg() : patient_.background;
    const SynthesisOutput drawn = patient_.renderer.finish(image, behind, settings);
    const auto host = [](const at::Tensor& t) { return t.defined() ? t.to(at::kCPU, at::kFloat) : t; };
    return {labelAt(yaw),
            host(drawn.depth),
            host(drawn.mask).clamp(0, 1),
            host(drawn.image_raw),
            host(drawn.image)};
  }

 private:
  const Patient& patient_;
  SynthesisSettings settings_;
  JobContext& context_;
};

/// How much of a change of the background arrives inside the head.
class Leak {
 public:
  void add(const HeadView& own, const HeadView& swapped) {
    const std::int64_t size = own.picture.size(2);
    const at::Tensor change = (own.picture.clamp(-1, 1) - swapped.picture.clamp(-1, 1)).abs().mean(1, true);
    const auto at_size = [&](const at::Tensor& x) { return nn::resizeBilinear(x, size, size, false) > 0.99; };
    const std::int64_t margin = std::max<std::int64_t>(1, own.mask.size(2) / 20);
    const at::Tensor inside = at_size(eroded((own.mask > 0.5).to(at::kFloat), margin));
    const at::Tensor outside = at_size(eroded((own.mask < 0.05).to(at::kFloat), 1));
    inside_ += (change * inside).sum().item<double>();
    inside_count_ += inside.sum().item<double>();
    outside_ += (change * outside).sum().item<double>();
    outside_count_ += outside.sum().item<double>();
  }
  /// Nothing to see inside or outside: no leak.
  double value() const {
    const double behind = outside_ / std::max(outside_count_, 1.0);
    return behind > 0.01 && inside_count_ > 0 ? inside_ / inside_count_ / behind : 0;
  }

 private:
  double inside_ = 0, inside_count_ = 0, outside_ = 0, outside_count_ = 0;
};

/// The same where there is no background to swap: what the mask lets through.
double transparency(const std::vector<HeadView>& ring) {
  double sum = 0, count = 0;
  for (const HeadView& view : ring) {
    const at::Tensor inside = eroded((view.mask > 0.5).to(at::kFloat), view.mask.size(2) / 20);
    sum += ((1 - view.mask) * inside).sum().item<double>();
    count += inside.sum().item<double>();
  }
  return count > 0 ? sum / count : 0;
}

/// Nothing was drawn that could be measured.
HeadGrade nobody() {
  HeadGrade grade;
  for (const Limit& limit : kLimits) {
    grade.measures.push_back({limit.fault, 0, limit.limit, 0});
  }
  grade.reasons = {
      "there is no head: its density is empty, or what is drawn is not a number; choose another seed"};
  return grade;
}

bool isFinite(const HeadView& view) {
  return at::isfinite(view.depth).all().item<bool>() && at::isfinite(view.mask).all().item<bool>() &&
         at::isfinite(view.raw).all().item<bool>() &&
         (!view.picture.defined() || at::isfinite(view.picture).all().item<bool>());
}

HeadGrade graded(const std::array<double, kLimits.size()>& values) {
  HeadGrade grade;
  grade.grade = 100;
  std::vector<std::pair<double, std::string>> reasons;
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    const Limit& limit = kLimits[i];
    const double excess = std::max(values[i], 0.0) / limit.limit;
    const double score = 1 / (1 + excess * excess);
    grade.measures.push_back({limit.fault, values[i], limit.limit, score});
    grade.grade *= score;
    if (excess > 1) {
      reasons.emplace_back(excess, fmt::format(fmt::runtime(limit.sentence), values[i] * limit.unit));
    }
  }
  std::ranges::sort(reasons, std::ranges::greater(), &std::pair<double, std::string>::first);
  for (auto& [excess, reason] : reasons) {
    grade.reasons.push_back(std::move(reason));
  }
  return grade;
}

}  // namespace

HeadGrade examine(const Patient& patient, SynthesisSettings settings, JobContext& context) {
  const at::NoGradGuard no_grad;
  settings.neural_resolution = std::min(kLargest, settings.neural_resolution);
  const Examiner examiner(patient, settings, context);
  std::vector<HeadView> ring;
  double holes = 0, floaters = 0, still = 0, warped = 0;
  Leak leak;
  bool seen = false;
  for (int side = 0; side < kSides; ++side) {
    const double yaw = 360.0 / kSides * side;
    const bool picture = side % kPictureEvery == 0;
    const FeatureImage image = examiner.feature(yaw);
    ring.push_back(examiner.view(image, yaw, picture));
    if (!isFinite(ring.back())) {
      return nobody();
    }
    seen = seen || (ring.back().mask > 0.5).any().item<bool>();
    const DepthView shape = depthView(ring.back());
    holes = std::max(holes, pitShare(shape));
    floaters += besideShare(shape) / kSides;
    if (picture) {
      if (patient.background.defined()) {
        const HeadView swapped = examiner.view(image, yaw, true, true);
        if (!isFinite(swapped)) {
          return nobody();
        }
        leak.add(ring.back(), swapped);
      }
      const HeadView next = examiner.view(examiner.feature(yaw + kSlowStep), yaw + kSlowStep, true);
      if (!isFinite(next)) {
        return nobody();
      }
      const Flicker pair = flickerBetween(ring.back(), next);
      if (std::isfinite(pair.warped)) {  // else nothing is seen from here
        warped += pair.warped;
        still += pair.still;
      }
    }
  }
  if (!seen) {
    return nobody();
  }
  const HeadView& front = ring.front();
  const HeadView& back = ring[kSides / 2];
  const FrontAndBack faces{front.raw, front.mask, back.raw, back.mask};

  const DepthView front_shape = depthView(front);
  const int height = static_cast<int>(std::lround(skullWidth(front_shape, front_shape.size / 2) * 1.2));
  const double wide = skullWidth(front_shape, height);
  const double deep = (skullWidth(depthView(ring[kSides / 4]), height) +
                       skullWidth(depthView(ring[kSides * 3 / 4]), height)) /
                      2;
  return graded({mirrorSimilarity(faces, faces).detail,
                 holes,
                 floaters,
                 wide > 0 ? std::max(0.0, 1 - deep / wide) : 1.0,
                 patient.background.defined() ? leak.value() : transparency(ring),
                 still > 0 ? warped / still : 0.0});
}

}  // namespace panohead::doctor
