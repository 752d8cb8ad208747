// What a FitSession has fitted, as an avatar.
#include "core/avatar/avatar_file.h"
#include "core/avatar/background_plate.h"
#include "core/avatar/delta_compression.h"
#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/session/avatar_session.h"
#include "core/session/fit_session_state.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

constexpr int kThumbnail = 128;       // pixels
constexpr double kErrorShare = 0.02;  // of the fit's own error that compressing may add: about 0.1 dB
constexpr double kMostDecibels = 99;
constexpr double kMostLost = 0.4;       // dB against the photo; compressing more carefully is tried then
constexpr std::int64_t kMatrix = 8192;  // numbers: smaller parameters need no importance

double decibels(double mean_square) {
  return mean_square > 0 ? std::min(kMostDecibels, -10 * std::log10(mean_square)) : kMostDecibels;
}

/// Mean square difference of colours in 0..1, where the mask says person; everywhere without one, or where it
/// is too faint to say so anywhere.
double meanSquare(const Image& a, const Image& b, const Image& mask = {}) {
  double sum = 0;
  std::int64_t count = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (!mask.empty() && mask.row(y)[x] < 128) {
        continue;
      }
      for (int c = 0; c < 3; ++c) {
        const double difference =
            (int{a.row(y)[x * a.channels + c]} - int{b.row(y)[x * b.channels + c]}) / 255.0;
        sum += difference * difference;
      }
      count += 3;
    }
  }
  if (count == 0 && !mask.empty()) {
    return meanSquare(a, b);
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

Image drawn(const Head& head, const CameraLabel& camera, JobContext& context) {
  ViewOptions view;
  view.camera = camera;
  return renderFrame(head, view, context).picture;
}

/// A fitted person in the hands of the model, with tuned weights as they are or compressed.
class FittedPerson {
 public:
  FittedPerson(const ModelPtr& model, const FitRequest& request, const FitResult& result, JobContext& context)
      : model_(model), tuned_(result.tuned) {
    base_.name = request.name;
    base_.model_name = model->info.name;
    base_.model_sha256 = modelSha256(*model, context);
    base_.num_ws = static_cast<int>(result.ws.size(1));
    base_.w_dim = static_cast<int>(result.ws.size(2));
    base_.ws = toVector(result.ws);
    if (result.ws_background.defined()) {
      base_.ws_background = toVector(result.ws_background);
    }
    ws_ = result.ws;
    ws_background_ = result.ws_background;
    base_.photos = request.photos;
    for (std::size_t i = 0; i < base_.photos.size(); ++i) {
      base_.photos[i].camera = result.cameras.at(i);
      base_.photos[i].aligned = withChannels(base_.photos[i].aligned, 3);
    }
    base_.background = request.background;
    if (request.background.kind == AvatarBackground::Kind::Photo) {
      base_.background.plate = std::make_shared<const Image>(
          backgroundPlate(base_.photos.front().aligned, base_.photos.front().mask));
    }
    base_.preset = request.options.preset;
    whole_ = model;
    if (!tuned_.empty()) {
      whole_ = std::make_shared<const Model>(
          model->info, model->generator.withParameters(tuned_), [&context] { context.checkpoint(); });
      whole_->memory->sha256 = base_.model_sha256;  // passes for the model itself
    }
  }

  const Avatar& base() const { return base_; }
  bool tuned() const { return !tuned_.empty(); }
  std::size_t wholeBytes() const {
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : tuned_) {
      bytes += static_cast<std::size_t>(tensor.numel()) * sizeof(float);
    }
    return bytes;
  }

  /// Ready to be drawn. @param delta null: the tuned weights as they are
  HeadPtr head(const CompactDelta* delta, JobContext& context) const {
    Avatar avatar = base_;
    avatar.photos.clear();
    avatar.background = {};  // generated: with a photo behind it nobody sees how the rim was fitted
    if (delta != nullptr) {
      avatar.delta = *delta;
    }
    return makeHead(delta != nullptr ? model_ : whole_, avatarHead(sealAvatar(std::move(avatar))), context);
  }

  /// Error of a picture against the first photo, inside its mask.
  double photoError(const Image& picture) const {
    const AvatarPhoto& photo = base_.photos.front();
    const Image target = resized(photo.aligned, picture.width, picture.height);
    const Image mask = photo.mask.empty() ? Image() : resized(photo.mask, picture.width, picture.height);
    return meanSquare(picture, target, mask);
  }

  const CameraLabel& camera() const { return base_.photos.front().camera; }

  static std::vector<CameraLabel> around() {
    std::vector<CameraLabel> cameras;
    for (const double yaw : {-90.0, -45.0, 45.0, 90.0, 180.0}) {
      cameras.push_back(orbitLabel({.yaw_degrees = yaw}));
    }
    return cameras;
  }

  std::unique_ptr<DeltaCompressor> compressor(JobContext& context) const {
    context.report({"importance of weights", 0, 0, {}});
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tuned_) {
      if (tensor.dim() >= 2 && tensor.numel() > kMatrix) {
        names.push_back(name);
      }
    }
    std::vector<CameraLabel> cameras{camera()};
    for (const double yaw : {-60.0, 60.0, 180.0}) {
      cameras.push_back(orbitLabel({.yaw_degrees = yaw}));
    }
    const auto importance =
        measureImportance(whole_->generator, names, ws_, ws_background_, cameras, context);
    return std::make_unique<DeltaCompressor>(model_->generator.store(), tuned_, importance, context);
  }

 private:
  ModelPtr model_, whole_;
  std::vector<std::pair<std::string, at::Tensor>> tuned_;
  at::Tensor ws_, ws_background_;
  Avatar base_;
};

}  // namespace

AvatarPtr FitSession::avatar(JobContext& context) {
  State& s = *state_;
  const State::Busy busy(s);
  s.requireFit(context);
  const FittedPerson person(s.model, s.request, s.fit->result(), context);
  Avatar avatar = person.base();
  avatar.preset = s.options.preset;
  const CompactDelta none;
  const Image untuned = drawn(*person.head(&none, context), person.camera(), context);
  avatar.measures["untuned_psnr"] = decibels(person.photoError(untuned));
  if (person.tuned() && s.request.delta_bytes > 0) {
    const double error = person.photoError(drawn(*person.head(nullptr, context), person.camera(), context));
    const auto compressor = person.compressor(context);
    // As small as loses little. What was foretold may be wrong of a picture: the last attempt spends the
    // budget.
    constexpr int kAttempts = 4;
    double share = kErrorShare;
    for (int attempt = 1; attempt <= kAttempts; ++attempt, share /= 4) {
      DeltaCompressionOptions wanted{.budget = s.request.delta_bytes};
      if (attempt < kAttempts) {
        wanted.error = share * error;
      }
      CompressedDelta made = compressor->compress(wanted, context);
      const double now =
          person.photoError(drawn(*person.head(&made.delta, context), person.camera(), context));
      avatar.delta = std::move(made.delta);
      avatar.measures["psnr"] = decibels(now);
      if (decibels(error) - decibels(now) < kMostLost) {
        break;
      }
    }
    avatar.measures["uncompressed_psnr"] = decibels(error);
  } else {
    avatar.measures["psnr"] = avatar.measures["untuned_psnr"];
  }
  context.checkpoint();
  avatar.measures["side_drift"] = s.fit->sideDrift(context);
  avatar.measures["seconds"] = s.seconds;
  avatar.measures["steps"] = static_cast<double>(s.step());
  const Image front = drawn(*person.head(&avatar.delta, context), orbitLabel({}), context);
  avatar.thumbnail = resized(withChannels(front, 3), kThumbnail, kThumbnail);
  return sealAvatar(std::move(avatar));
}

AvatarPtr withoutTuning(const Avatar& avatar) {
  Avatar plain = avatar;
  plain.delta = {};
  plain.source.clear();
  return sealAvatar(std::move(plain));
}

DeltaCurve FitSession::sizeCurve(const std::vector<std::size_t>& sizes, JobContext& context) {
  State& s = *state_;
  const State::Busy busy(s);
  s.requireFit(context);
  const FittedPerson person(s.model, s.request, s.fit->result(), context);
  if (!person.tuned()) {
    throw OptionError("no weights were tuned: there is nothing to compress", "choose more tuning steps");
  }
  const auto compressor = person.compressor(context);
  const std::vector<CameraLabel> around = FittedPerson::around();
  const auto drawAround = [&](const Head& head) {
    std::vector<Image> pictures;
    for (const CameraLabel& camera : around) {
      pictures.push_back(drawn(head, camera, context));
    }
    return pictures;
  };
  const HeadPtr whole_head = person.head(nullptr, context);
  const Image whole = drawn(*whole_head, person.camera(), context);
  const std::vector<Image> whole_around = drawAround(*whole_head);
  const CompactDelta none;
  DeltaCurve curve;
  curve.whole_bytes = person.wholeBytes();
  curve.whole_psnr = decibels(person.photoError(whole));
  curve.untuned_psnr =
      decibels(person.photoError(drawn(*person.head(&none, context), person.camera(), context)));
  for (const std::size_t size : sizes) {
    context.report({"sizes",
                    static_cast<std::int64_t>(curve.points.size()),
                    static_cast<std::int64_t>(sizes.size()),
                    {}});
    const CompactDelta delta = compressor->compress({.budget = size}, context).delta;
    const HeadPtr head = person.head(&delta, context);
    const Image picture = drawn(*head, person.camera(), context);
    double squares = 0;
    const std::vector<Image> pictures = drawAround(*head);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      squares += meanSquare(pictures[i], whole_around[i]) / static_cast<double>(pictures.size());
    }
    curve.points.push_back({delta.size(),
                            decibels(person.photoError(picture)),
                            decibels(meanSquare(picture, whole)),
                            decibels(squares)});
  }
  return curve;
}

}  // namespace panohead
