#include "core/filming/shot_film.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace panohead {
namespace {

constexpr double kMostFrames = 1e6;

class ShotFilm final : public Film {
 public:
  ShotFilm(ModelPtr model, HeadPtr head, Shots shots, const ViewOptions& view, int size, std::string source)
      : model_(std::move(model)),
        head_(std::move(head)),
        shots_(std::move(shots)),
        view_(view),
        size_(size),
        source_(std::move(source)) {
    const ModelInfo& info = modelInfo(*model_);
    if (size_ == 0) {
      const bool small = view.mode != RenderMode::Picture || !view.super_resolution;
      size_ = !small                       ? info.image_resolution
              : view.neural_resolution > 0 ? view.neural_resolution
                                           : info.neural_resolution;
    }
    const bool coloured = view.mode == RenderMode::Picture || view.mode == RenderMode::Raw;
    for (int i = 0; coloured && i < shots_.count && !alpha_; ++i) {
      alpha_ = isTransparent(shownBackground(shots_.at(i).head));
    }
  }

  int frames() const override { return shots_.count; }
  int width() const override { return size_; }
  int height() const override { return size_; }
  bool hasAlpha() const override { return alpha_; }

  Image frame(int index, JobContext& context) override {
    Shot shot = shots_.at(index);
    if (!head_ || !sameIdentity(headOptions(*head_), shot.head)) {
      head_ = makeHead(model_, shot.head, context);
    } else if (headOptions(*head_).background != shot.head.background) {
      head_ = withBackground(head_, shot.head.background, context);
    }
    view_.camera = shot.camera;
    const Image picture = renderFrame(*head_, view_, context).picture;
    return withChannels(resized(picture, size_, size_), alpha_ ? 4 : 3);
  }

  std::string settings() const override {
    return fmt::format("frames: {}\nsize: {}\nmode: {}\nresolution: {}\nsamples: {}+{}\n{}",
                       shots_.count,
                       size_,
                       static_cast<int>(view_.mode),
                       view_.neural_resolution,
                       view_.coarse_samples,
                       view_.fine_samples,
                       source_);
  }

 private:
  ModelPtr model_;
  HeadPtr head_;
  Shots shots_;
  ViewOptions view_;
  int size_ = 0;
  std::string source_;
  bool alpha_ = false;
};

class SplitFilm final : public Film {
 public:
  SplitFilm(std::unique_ptr<Film> before, std::unique_ptr<Film> after, std::optional<double> place)
      : before_(std::move(before)), after_(std::move(after)), place_(place) {
    if (before_->width() != after_->width() || before_->height() != after_->height()) {
      throw OptionError("a split needs two films of one size", "draw both at the same --size");
    }
  }

  int frames() const override { return std::min(before_->frames(), after_->frames()); }
  int width() const override { return before_->width(); }
  int height() const override { return before_->height(); }
  bool hasAlpha() const override { return before_->hasAlpha() || after_->hasAlpha(); }

  Image frame(int index, JobContext& context) override {
    constexpr double kReach = 0.42;  // of the width: both are always seen
    const double turn = 2 * 3.14159265358979323846 * index / frames();
    const double place = place_.value_or(0.5 + kReach * std::sin(turn));
    const int channels = hasAlpha() ? 4 : 3;
    Image image = withChannels(after_->frame(index, context), channels);
    const Image left = withChannels(before_->frame(index, context), channels);
    const int line = std::max(1, width() / 256);  // pixels
    const int edge = static_cast<int>(std::lround(place * width()));
    const auto bytes = [channels](int pixels) { return static_cast<std::size_t>(pixels * channels); };
    for (int y = 0; y < height(); ++y) {
      const int first = std::clamp(edge - line, 0, width()), last = std::clamp(edge + line, 0, width());
      std::copy_n(left.row(y), bytes(first), image.row(y));
      if (edge > 0 && edge < width()) {
        std::fill(image.row(y) + bytes(first), image.row(y) + bytes(last), std::uint8_t{255});
      }
    }
    return image;
  }

  std::string settings() const override {
    return fmt::format("split: {}\n{}beside:\n{}",
                       place_ ? fmt::format("{}", *place_) : "sweeps",
                       before_->settings(),
                       after_->settings());
  }

 private:
  std::unique_ptr<Film> before_, after_;
  std::optional<double> place_;
};

}  // namespace

Shots shotsOf(const KeyFrames& frames, double fps) {
  if (frames.frames().size() < 2 || frames.duration() <= frames.frames().front().seconds) {
    throw OptionError(fmt::format("the path has {} key frame{}: nothing moves",
                                  frames.frames().size(),
                                  frames.frames().size() == 1 ? "" : "s"),
                      "set a second one at a later time, or save a picture in place of a film");
  }
  const double count = frames.duration() * fps;
  if (count > kMostFrames) {
    throw OptionError(fmt::format("a film of {:.0f} frames is too long", count),
                      "set the last key frame earlier, or choose fewer frames per second");
  }
  const bool loop = frames.closed();
  const int steps = std::max(1, static_cast<int>(std::lround(count)));
  // A loop's frames share its length evenly: the step over its end is as long as the others.
  const double step = loop ? frames.duration() / steps : 1 / fps;
  return {loop ? steps : steps + 1, [frames, step](int index) {
            const Moment moment = frames.at(index * step);
            return Shot{orbitLabel(moment.camera), moment.head};
          }};
}

Shots shotsOf(const CameraSet& cameras, const HeadOptions& head) {
  if (cameras.frames.empty()) {
    throw OptionError("the file holds no camera", "save one from the window, or with the command views");
  }
  return {static_cast<int>(cameras.frames.size()), [labels = cameras.frames, head](int index) {
            return Shot{labels[static_cast<std::size_t>(index)], head};
          }};
}

std::unique_ptr<Film> shotFilm(
    ModelPtr model, HeadPtr head, Shots shots, const ViewOptions& view, int size, const std::string& source) {
  return std::make_unique<ShotFilm>(std::move(model), std::move(head), std::move(shots), view, size, source);
}

std::unique_ptr<Film> splitFilm(std::unique_ptr<Film> before,
                                std::unique_ptr<Film> after,
                                std::optional<double> place) {
  return std::make_unique<SplitFilm>(std::move(before), std::move(after), place);
}

}  // namespace panohead
