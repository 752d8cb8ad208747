#include "core/session/fit_session.h"

#include "core/avatar/avatar_file.h"
#include "core/avatar/delta_compression.h"
#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generator/load_generator.h"
#include "core/session/avatar_session.h"
#include "core/session/fit_session_state.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <unistd.h>

namespace panohead {
namespace {

/// The model's discriminator where its file has one that fits.
std::unique_ptr<Discriminator> discriminatorOf(const Model& model, JobContext& context) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(model.info.path, ignored)) {
    return nullptr;
  }
  const Checkpoint checkpoint = openCheckpoint(model.info.path, context);
  const auto found = std::ranges::find(checkpoint.networks, "D", &NetworkState::key);
  if (found == checkpoint.networks.end()) {
    return nullptr;
  }
  return std::make_unique<Discriminator>(loadDiscriminator(*found));
}

std::filesystem::path temporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "panohead-fit-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throwSaveError(pattern, errno);
  }
  return pattern;
}

}  // namespace

void FitRequest::check() const {
  if (photos.empty()) {
    throw OptionError("there is no photo to fit", "give at least one");
  }
  for (const AvatarPhoto& photo : photos) {
    if (photo.aligned.empty() || photo.aligned.width != photo.aligned.height) {
      throw ImageError(fmt::format("the photo '{}' is not square", photo.name),
                       "align it first, or give an aligned one");
    }
  }
  if (background.kind == AvatarBackground::Kind::Photo && photos.front().mask.empty()) {
    throw OptionError("the photo cannot be the background without a mask of the person",
                      "mask the person, or choose another background");
  }
  if (delta_bytes != 0) {
    DeltaCompressionOptions{.budget = delta_bytes}.check();
  }
  if (preview_every < 0 || keep_every < 1) {
    throw OptionError("steps between previews and kept steps must be positive", "for example 10 and 50");
  }
  options.check();
}

namespace {

/// Passes everything on, and counts the seconds of pauses.
class AwakeContext final : public JobContext {
 public:
  explicit AwakeContext(JobContext& outer) : outer_(outer) {}
  void report(const Progress& progress) override { outer_.report(progress); }
  void preview(Frame frame) override { outer_.preview(std::move(frame)); }
  void checkpoint() override {
    const auto since = Clock::now();
    outer_.checkpoint();
    waited_ += secondsSince(since);
  }
  void notice(const std::string& sentence) override { outer_.notice(sentence); }
  std::stop_token stopToken() const override { return outer_.stopToken(); }
  double waited() const noexcept { return waited_; }

 private:
  using Clock = std::chrono::steady_clock;
  JobContext& outer_;
  double waited_ = 0;
};

}  // namespace

std::vector<FitPhoto> FitSession::State::photos() const {
  std::vector<FitPhoto> list;
  for (const AvatarPhoto& photo : request.photos) {
    list.push_back({photo.aligned, photo.mask, photo.camera});
  }
  return list;
}

std::int64_t FitSession::State::step() const {
  const std::lock_guard lock(mutex);
  return curve.empty() ? 0 : curve.back().step;
}

void FitSession::State::startAnew(JobContext& context) {
  fit = std::make_unique<PhotoFit>(model->generator, discriminator.get(), photos(), options, context);
}

void FitSession::State::restore(const FitState& saved, JobContext& context) {
  fit.reset();  // tuned weights and their moments are three times the model: not twice of them
  auto fresh = std::make_unique<PhotoFit>(model->generator, discriminator.get(), photos(), options, context);
  fresh->restore(saved, context);
  fit = std::move(fresh);
}

bool FitSession::State::mustGoBack() const {
  const std::lock_guard lock(mutex);
  return wanted.has_value();
}

void FitSession::State::begin(JobContext& context, FitListener* listener) {
  if (!looked_for_discriminator && options.discriminator > 0) {
    context.report({"discriminator", 0, 0, {}});
    discriminator = discriminatorOf(*model, context);
    looked_for_discriminator = true;
    if (!discriminator && listener != nullptr) {
      listener->notice(fmt::format("'{}' has no discriminator: faces are compared without its features",
                                   model->info.path.filename().string()));
    }
  }
  std::optional<int> back;
  std::filesystem::path file;
  {
    const std::lock_guard lock(mutex);
    back = wanted;
    if (const FitTree::Node* node = kept.find(back.value_or(0))) {
      file = node->kept.file;
    }
  }
  if (back) {
    if (*back > 0) {
      restore(readFitState(file), context);
    } else {
      startAnew(context);
    }
    {
      const std::lock_guard lock(mutex);  // only now: stopped before, the next run still wants to go back
      wanted.reset();
    }
    if (*back > 0 && request.preview_every > 0) {
      draw(context, listener);
    }
  } else if (!fit && !readFolder(context, listener)) {
    startAnew(context);
  }
}

void FitSession::State::requireFit(JobContext& context) {
  if (mustGoBack()) {  // what is fitted is still what was left
    begin(context, nullptr);
  }
  if (!fit) {
    throw OptionError("nothing was fitted yet", "start the fit first");
  }
}

void FitSession::State::draw(JobContext& context, FitListener* listener) {
  FitViews now;
  now.step = step();
  std::vector<Image> around = fit->fourViews(request.full_previews, context);
  Frame frame;
  frame.picture = tiled(around, static_cast<int>(around.size()));
  frame.refined = request.full_previews;
  frame.request = static_cast<std::uint64_t>(now.step);
  std::ranges::move(around, now.around.begin());
  now.cameras = fit->cameras();
  now.fitted = fit->draw(now.cameras.front(), request.full_previews, context);
  if (listener != nullptr) {
    listener->drawn(now);
  }
  context.preview(std::move(frame));
  const std::lock_guard lock(mutex);
  views = std::move(now);
}

FitSession::FitSession(ModelPtr model, FitRequest request) : state_(std::make_unique<State>()) {
  if (request.background.kind != AvatarBackground::Kind::Generated || !model->info.has_background) {
    request.options.background = "photo";
  } else if (request.options.background == "photo") {
    request.options.background = "fit";
  }
  request.check();
  state_->model = std::move(model);
  state_->options = request.options;
  state_->folder = request.work_folder;
  state_->request = std::move(request);
  if (state_->folder.empty()) {
    state_->folder = temporaryFolder();
    state_->own_folder = true;
  }
}

FitSession::~FitSession() {
  if (state_->own_folder) {
    std::error_code ignored;
    std::filesystem::remove_all(state_->folder, ignored);
  }
}

void FitSession::run(JobContext& context, FitListener* listener) {
  State& s = *state_;
  const State::Busy busy(s);
  {
    const std::lock_guard lock(s.mutex);
    s.finished = false;
    s.stop_early = false;
  }

  s.begin(context, listener);
  const std::int64_t total = s.options.latent_steps + s.options.tuning_steps;
  using Clock = std::chrono::steady_clock;
  try {
    while (!s.fit->finished() && !s.stop_early) {
      context.checkpoint();
      const FitStage stage = s.fit->stage();
      const auto since = Clock::now();
      AwakeContext awake(context);
      const FitMoment moment = s.fit->step(awake);
      if (moment.losses.empty()) {  // no step: the sides have drifted far enough
        {
          const std::lock_guard lock(s.mutex);
          if (!s.curve.empty()) {
            s.curve.back().side_drift = moment.side_drift;
          }
        }
        if (listener != nullptr) {
          listener->notice(
              fmt::format("tuning ended after {} steps: the side views have changed by {:.3f}, and {:.3f} "
                          "is the limit",
                          s.step(),
                          moment.side_drift,
                          s.options.drift_limit));
        }
        if (s.request.preview_every > 0) {
          s.draw(context, listener);
        }
        s.keep(listener);
        break;
      }
      s.seconds += secondsSince(since) - awake.waited();
      FitPoint point{fitStageName(moment.stage), s.step() + 1, s.seconds, moment.losses, moment.side_drift};
      {
        const std::lock_guard lock(s.mutex);
        s.curve.push_back(point);
      }
      context.report({point.stage, point.step, total, point.losses});
      if (listener != nullptr) {
        listener->stepped(point);
      }
      const bool last = s.fit->finished() || s.fit->stage() != stage;
      if (s.request.preview_every > 0 && (last || point.step % s.request.preview_every == 0)) {
        s.draw(context, listener);
      }
      if (last || point.step % s.request.keep_every == 0) {
        s.keep(listener);
      }
    }
    if (s.stop_early) {
      s.keep(listener);  // what is made of it next may be stopped, or killed
    }
  } catch (const Cancelled&) {
    s.keep(listener);
    throw;
  }
  const std::lock_guard lock(s.mutex);
  s.finished = true;
}

void FitSession::finishEarly() { state_->stop_early = true; }

void FitSession::goBackTo(int id, const std::optional<FitOptions>& options) {
  State& s = *state_;
  if (options) {
    options->check();
  }
  const std::lock_guard lock(s.mutex);
  if (s.running) {
    throw OptionError("this fit runs", "pause it first, or stop it");
  }
  const FitTree::Node* node = s.kept.find(id);
  if (id != 0 && node == nullptr) {
    throw OptionError("that step of the fit was not kept", "choose one of the kept steps");
  }
  // Before anything is changed: the next run() would find that it cannot go on.
  if (node != nullptr && !sameUnits(node->options, options ? *options : s.options)) {
    throw OptionError(
        "a kept step cannot go on with another latent space or other deviations of the camera",
        "leave latent_space, camera_degrees, camera_shift and camera_scale as they were, or begin from the "
        "start");
  }
  if (options) {
    const std::string background = s.options.background;
    s.options = *options;
    s.options.background = background;
  }
  s.at = id;
  s.curve = s.kept.curveTo(id);
  s.seconds = s.curve.empty() ? 0 : s.curve.back().seconds;
  s.finished = false;
  s.views.reset();  // of what is left behind
  s.wanted = id;
}

bool FitSession::running() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running;
}

bool FitSession::finished() const {
  const std::lock_guard lock(state_->mutex);
  return state_->finished;
}

std::vector<FitPoint> FitSession::curve() const {
  const std::lock_guard lock(state_->mutex);
  return state_->curve;
}

std::vector<FitKept> FitSession::kept() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<FitKept> list;
  for (const FitTree::Node& node : state_->kept.nodes()) {
    list.push_back(node.kept);
  }
  return list;
}

std::optional<FitViews> FitSession::views() const {
  const std::lock_guard lock(state_->mutex);
  return state_->views;
}

const FitRequest& FitSession::request() const noexcept { return state_->request; }

const ModelPtr& FitSession::model() const noexcept { return state_->model; }

}  // namespace panohead
