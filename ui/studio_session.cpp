#include "ui/studio_session.h"

#include "core/base/image_io.h"
#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kQuickBuild = 250;  // ms: builds up to this are finished although a newer wish waits

bool sameBackground(const Background& a, const Background& b) {
  if (a.index() != b.index()) {
    return false;
  }
  const auto* seed_a = std::get_if<SeedBackground>(&a);
  return seed_a == nullptr || seed_a->seed == std::get<SeedBackground>(b).seed;
}

bool sameIdentity(const HeadOptions& a, const HeadOptions& b) {
  return a.seed == b.seed && a.blend == b.blend && a.truncation_psi == b.truncation_psi &&
         a.truncation_cutoff == b.truncation_cutoff && a.noise == b.noise;
}

/// The options, without a wish that this model cannot fulfil.
HeadOptions fitted(HeadOptions options, const Model& model) {
  if (!modelInfo(model).has_background && std::holds_alternative<SeedBackground>(options.background)) {
    options.background = OwnBackground{};
  }
  return options;
}

}  // namespace

StudioSession::StudioSession(QObject* parent) : QObject(parent) {}

template <typename Compute, typename Done>
JobId StudioSession::start(const QString& title, Compute compute, Done done) {
  const auto id = std::make_shared<JobId>(0);  // known to the callbacks, which run after start()
  JobCallbacks callbacks;
  callbacks.progress = [this, id](const Progress& progress) {
    const auto found = std::ranges::find(activities_, *id, &Activity::id);
    if (found != activities_.end()) {
      found->stage = toQString(progress.stage);
      found->percent = progress.total > 0 ? static_cast<int>(100 * progress.step / progress.total) : -1;
      emit activityChanged();
    }
  };
  callbacks.failed = [this, id](const Error& error) {
    endActivity(*id);
    emit failed(error);
  };
  callbacks.cancelled = [this, id] { endActivity(*id); };
  *id = startFunction(
      bridge_.worker(),
      title.toStdString(),
      std::move(compute),
      [this, id, done = std::move(done)](auto result) {
        done(std::move(result));
        endActivity(*id);
      },
      std::move(callbacks));
  activities_.push_back({*id, title, {}, -1});
  emit activityChanged();
  return *id;
}

void StudioSession::endActivity(JobId id) {
  activities_.remove_if([id](const Activity& activity) { return activity.id == id; });
  emit activityChanged();
}

void StudioSession::openModel(const std::filesystem::path& path) {
  bridge_.worker().cancel(open_job_);
  bridge_.worker().cancel(head_job_);
  open_job_ = start(
      tr("Opening %1").arg(toQString(path.filename())),
      [path, options = options_](JobContext& context) {
        const ModelPtr model = panohead::openModel(path, context);
        return makeHead(model, fitted(options, *model), context);
      },
      [this](HeadPtr head) {
        bridge_.worker().cancel(std::exchange(head_job_, 0));  // of the old model
        head_ = std::move(head);
        emit modelChanged();
        emit headChanged();
        setOptions(options_);
      });
}

void StudioSession::setOptions(const HeadOptions& options) {
  options_ = options;
  if (!head_) {
    return;
  }
  options_ = fitted(options, *headModel(*head_));
  if (totalMilliseconds(headTimes(*head_)) < kQuickBuild) {
    bridge_.worker().cancelIfQueued(head_job_);
  } else {
    bridge_.worker().cancel(head_job_);
  }
  buildHead();
}

void StudioSession::buildHead() {
  const HeadOptions& now = headOptions(*head_);
  const bool same_head = sameIdentity(now, options_);
  if (same_head && sameBackground(now.background, options_.background)) {
    bridge_.worker().cancel(std::exchange(head_job_, 0));
    return;
  }
  head_job_ = start(
      same_head ? tr("Background") : tr("Head %1").arg(options_.seed),
      [head = head_, options = options_, same_head](JobContext& context) {
        return same_head ? withBackground(head, options.background, context)
                         : makeHead(headModel(*head), options, context);
      },
      [this](HeadPtr head) {
        if (headModel(*head) != headModel(*head_)) {
          return;  // another model was opened meanwhile
        }
        head_ = std::move(head);
        emit headChanged();
        if (head_job_ == 0) {  // the wish was withdrawn too late
          buildHead();
        }
      });
}

void StudioSession::savePicture(const std::filesystem::path& path, const ViewOptions& view) {
  if (!head_) {
    return;
  }
  start(
      tr("Saving %1").arg(toQString(path.filename())),
      [head = head_, path, view](JobContext& context) {
        writePng(path, renderFrame(*head, view, context).picture);
        return path;
      },
      [this](const std::filesystem::path& written) { emit pictureSaved(toQString(written)); });
}

void StudioSession::cancel() {
  if (const Activity* running = activity()) {
    bridge_.worker().cancel(running->id);
  }
}

}  // namespace panohead::ui
