#include "ui/photo/fit_run.h"

#include "core/base/image_ops.h"
#include "core/jobs/function_job.h"
#include "core/vision/photo_crop.h"
#include "ui/bridge/qt_convert.h"
#include "ui/bridge/qt_image.h"
#include "ui/photo/fit_folder.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace panohead::ui {
namespace {

constexpr qint64 kRefresh = 250;  // ms between looks at the session

AvatarPhoto avatarPhoto(const PhotoSubject& subject, const ModelInfo& model) {
  const HeadPose& pose = subject.head.pose;
  const int side = std::max(model.image_resolution, 64);
  AvatarPhoto photo;
  photo.name = subject.path.filename().string();
  const double scale = subject.photo->scale > 0 ? subject.photo->scale : 1;  // the square's is the file's
  photo.square = {
      pose.square.x / scale, pose.square.y / scale, pose.square.side / scale, pose.square.roll_degrees};
  photo.camera = alignedCamera(pose, model.pose_offset_pitch);
  photo.aligned = cropSquare(subject.photo->image, pose.square, side);
  photo.mask = resized(subject.mask.alpha, side, side);
  return photo;
}

FitRequest requestOf(const std::vector<PhotoSubject>& photos,
                     const FitWish& wish,
                     const ModelInfo& model,
                     JobContext& context) {
  FitRequest request;
  request.name = wish.name;
  request.options = wish.options;
  request.background.kind = wish.background;
  for (const PhotoSubject& subject : photos) {
    context.checkpoint();
    request.photos.push_back(avatarPhoto(subject, model));
  }
  request.keep_every = static_cast<int>(
      std::clamp<std::int64_t>((wish.options.latent_steps + wish.options.tuning_steps) / 8, 1, 50));
  request.preview_every = std::min(request.keep_every, 10);
  while (request.keep_every % request.preview_every != 0) {
    ++request.keep_every;  // so that a kept step has a picture
  }
  return request;
}

}  // namespace

/// Sentences from the job's thread.
class FitRun::Notices final : public FitListener {
 public:
  void notice(const std::string& sentence) override {
    const std::lock_guard lock(mutex_);
    text_ += (text_.empty() ? "" : "\n") + sentence;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

struct FitRun::Outcome {
  AvatarPtr avatar;
  QImage after, before;
};

struct FitRun::Prepared {
  std::shared_ptr<FitFolder> folder;
  std::shared_ptr<FitSession> session;
  QImage photo;
  FitWish wish;
  std::size_t photos = 0;
  bool resumed = false;
};

namespace {

/// The folder lasts as long as whoever works in it.
std::shared_ptr<FitSession> sessionIn(const std::shared_ptr<FitFolder>& folder,
                                      const ModelPtr& model,
                                      const FitRequest& request) {
  struct Held {
    std::shared_ptr<FitFolder> folder;
    FitSession session;
    Held(std::shared_ptr<FitFolder> in, const ModelPtr& model, const FitRequest& request)
        : folder(std::move(in)), session(model, request) {}
  };
  const auto held = std::make_shared<Held>(folder, model, request);
  return {held, &held->session};
}

}  // namespace

FitRun::FitRun(QObject* parent) : QObject(parent) {}
FitRun::~FitRun() = default;

std::int64_t FitRun::steps() const noexcept {
  return wish_.options.latent_steps + wish_.options.tuning_steps;
}

void FitRun::setPhase(FitPhase phase) {
  if (std::exchange(phase_, phase) != phase) {
    emit phaseChanged();
  }
}

void FitRun::start(const ModelPtr& model, const std::vector<PhotoSubject>& photos, const FitWish& wish) {
  prepare(model, [model, photos, wish, parent = parent_](JobContext& context) {
    FitRequest request = requestOf(photos, wish, modelInfo(*model), context);
    std::shared_ptr<FitFolder> folder;
    if (!parent.empty()) {
      try {
        folder = FitFolder::make(parent);
        request.work_folder = folder->path();
        writeFitRequest(request, *model, context);
      } catch (const SaveError&) {  // it does not outlive the window then, but is no worse for that
        folder = nullptr;
        request.work_folder.clear();
      }
    }
    const std::shared_ptr<FitSession> session = sessionIn(folder, model, request);
    return Prepared{
        folder, session, toQImage(session->request().photos.front().aligned), wish, photos.size()};
  });
}

void FitRun::resume(const ModelPtr& model, const LeftFit& left) {
  prepare(model, [model, left](JobContext&) {
    const std::shared_ptr<FitFolder> folder = FitFolder::take(left.folder);
    if (!folder) {
      throw OptionError("that fit goes on in another window", "close it there first");
    }
    const FitRequest request = readFitRequest(left.folder);
    const std::shared_ptr<FitSession> session = sessionIn(folder, model, request);
    folder->setStays(false);  // it is this window's now, which asks before it goes
    return Prepared{folder,
                    session,
                    toQImage(request.photos.front().aligned),
                    {request.name, request.options, request.background.kind},
                    request.photos.size(),
                    true};
  });
}

bool FitRun::keepForNextTime() {
  if (folder_) {
    folder_->setStays(true);
  }
  return folder_ != nullptr;
}

void FitRun::prepare(const ModelPtr& model, std::function<Prepared(JobContext&)> work) {
  discard();
  model_ = model;
  stop_ = false;
  setPhase(FitPhase::Preparing);
  JobCallbacks callbacks;
  callbacks.failed = [this, fit = fit_](const Error& error) {
    if (fit == fit_) {
      setPhase(FitPhase::None);
      emit failed(error);
    }
  };
  callbacks.cancelled = [this, fit = fit_] {
    if (fit == fit_) {
      setPhase(FitPhase::None);
    }
  };
  job_ = startFunction(
      bridge_.worker(),
      "Preparing the photos",
      std::move(work),
      [this, fit = fit_](Prepared made) {
        if (fit != fit_) {
          return;
        }
        if (stop_) {  // it was done before it heard of that
          setPhase(FitPhase::None);
          return;
        }
        folder_ = std::move(made.folder);
        session_ = std::move(made.session);
        photo_ = std::move(made.photo);
        wish_ = std::move(made.wish);
        photo_count_ = made.photos;
        if (made.resumed) {
          emit resumed();
        }
        run();
      },
      std::move(callbacks));
}

void FitRun::run() {
  avatar_ = nullptr;
  notices_ = std::make_shared<Notices>();
  JobCallbacks callbacks = endings();
  callbacks.progress = [this, fit = fit_](const Progress&) {
    if (fit == fit_ && phase_ == FitPhase::Fitting &&
        (!since_refresh_.isValid() || since_refresh_.elapsed() >= kRefresh)) {
      refresh();
    }
  };
  job_ = startFunction(
      bridge_.worker(),
      "Fitting",
      [session = session_, notices = notices_](JobContext& context) {
        session->run(context, notices.get());
        return 0;
      },
      [this, fit = fit_](int) {
        if (fit == fit_) {
          finish_ = !back_;
          ended();
        }
      },
      std::move(callbacks));
  setPhase(FitPhase::Fitting);
}

/// How a job of this fit ends when it does not come to its end.
JobCallbacks FitRun::endings() {
  JobCallbacks callbacks;
  callbacks.failed = [this, fit = fit_](const Error& error) {
    if (fit == fit_) {
      back_.reset();
      finish_ = false;
      ended();
      emit failed(error);
    }
  };
  callbacks.cancelled = [this, fit = fit_] {
    if (fit == fit_) {
      ended();
    }
  };
  return callbacks;
}

/// The job is over; what was asked for meanwhile comes next.
void FitRun::ended() {
  refresh();
  if (back_) {
    const Back back = *std::exchange(back_, std::nullopt);
    finish_ = false;
    setPhase(FitPhase::Stopped);
    goBackTo(back.kept, back.options);
  } else if (std::exchange(finish_, false)) {
    finishNow();
  } else {
    setPhase(FitPhase::Stopped);
  }
}

void FitRun::refresh() {
  if (!session_) {
    return;
  }
  since_refresh_.start();
  curve_ = session_->curve();
  notice_ = notices_ ? toQString(notices_->text()) : QString();
  if (const std::optional<FitViews> views = session_->views(); views && views->step != pictures_.step) {
    pictures_.step = views->step;
    for (std::size_t i = 0; i < views->around.size(); ++i) {
      pictures_.around[i] = toQImage(views->around[i]);
    }
    pictures_.fitted = toQImage(views->fitted);
    if (views->step <= wish_.options.latent_steps) {
      before_ = pictures_.fitted;
    }
  }
  kept_.clear();
  for (const FitKept& kept : session_->kept()) {
    QImage& thumbnail = thumbnails_[kept.id];
    if (thumbnail.isNull() && kept.picture) {
      thumbnail = toQImage(*kept.picture);
    }
    kept_.push_back({kept, thumbnail});
  }
  emit progressed();
}

void FitRun::pause() {
  if (phase_ == FitPhase::Fitting) {
    bridge_.worker().pause(job_);
    refresh();
    setPhase(FitPhase::Paused);
  }
}

void FitRun::goOn() {
  if (phase_ == FitPhase::Paused) {
    bridge_.worker().resume(job_);
    setPhase(FitPhase::Fitting);
  } else if (phase_ == FitPhase::Stopped) {
    run();
  }
}

void FitRun::stop() {
  if (phase_ == FitPhase::Preparing || phase_ == FitPhase::Fitting || phase_ == FitPhase::Paused ||
      phase_ == FitPhase::Finishing) {
    stop_ = phase_ == FitPhase::Preparing;
    bridge_.worker().cancel(job_);
  }
}

void FitRun::finish() {
  if (phase_ == FitPhase::Fitting) {
    session_->finishEarly();
  } else if (phase_ == FitPhase::Paused) {
    finish_ = true;
    bridge_.worker().cancel(job_);
  } else if (phase_ == FitPhase::Stopped && session_) {
    finishNow();
  }
}

void FitRun::finishNow() {
  job_ = startFunction(
      bridge_.worker(),
      "Making the avatar",
      [session = session_](JobContext& context) {
        Outcome outcome{session->avatar(context), {}, {}};
        ViewOptions view;
        view.camera = outcome.avatar->photos.front().camera;
        const auto picture = [&](const AvatarPtr& avatar) {
          const HeadPtr head = makeHead(session->model(), avatarHead(avatar), context);
          return toQImage(renderFrame(*head, view, context).picture);
        };
        outcome.after = picture(outcome.avatar);
        if (!outcome.avatar->delta.empty()) {
          outcome.before = picture(withoutTuning(*outcome.avatar));
        }
        return outcome;
      },
      [this, fit = fit_](Outcome outcome) {
        if (fit != fit_) {
          return;
        }
        if (back_) {  // it was done before it heard of that
          ended();
          return;
        }
        avatar_ = outcome.avatar;
        pictures_.fitted = outcome.after;
        if (!outcome.before.isNull()) {
          before_ = outcome.before;
        }
        refresh();
        setPhase(FitPhase::Finished);
        emit finished(avatar_);
      },
      endings());
  setPhase(FitPhase::Finishing);
}

void FitRun::goBackTo(int kept, const FitOptions& options) {
  if (phase_ == FitPhase::Fitting || phase_ == FitPhase::Paused || phase_ == FitPhase::Finishing) {
    back_ = {kept, options};
    bridge_.worker().cancel(job_);
    return;
  }
  if (!session_) {
    return;
  }
  try {
    session_->goBackTo(kept, options);
  } catch (const Error& error) {
    emit failed(error);
    return;
  }
  wish_.options = options;
  pictures_.step = 0;  // whatever is drawn next is new
  run();
}

void FitRun::setKept(const AvatarPtr& before, AvatarPtr written) {
  if (avatar_ && avatar_ == before) {
    avatar_ = std::move(written);
  }
}

void FitRun::discard() {
  ++fit_;  // what its jobs still say is not heard
  bridge_.worker().cancelAll();
  session_ = nullptr;
  folder_ = nullptr;
  notices_ = nullptr;
  curve_.clear();
  pictures_ = {};
  photo_ = before_ = {};
  kept_.clear();
  thumbnails_.clear();
  notice_.clear();
  avatar_ = nullptr;
  back_.reset();
  finish_ = false;
  setPhase(FitPhase::None);
}

}  // namespace panohead::ui
