#include "ui/studio_session.h"

#include "core/base/image_io.h"
#include "core/session/avatar_session.h"
#include "ui/bridge/qt_convert.h"
#include "ui/stage_names.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace panohead::ui {
namespace {

// ms: builds up to this are finished although a newer wish waits, so that a slider that keeps moving, or a
// time line that plays, shows heads.
constexpr double kQuickBuild = 1000;

struct OpenedModel {
  HeadPtr head;
  std::vector<DirectionPtr> sliders;
  std::string hash;
  std::optional<Error> trouble;  // with the sliders
};

/// Those that the user kept for a model, for all projects. Throws CheckpointError for a damaged file.
std::vector<DirectionPtr> keptSliders(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored) ? readDirectionFile(file) : std::vector<DirectionPtr>();
}

/// A person of another model than that of this hash, or null.
const Avatar* strangerIn(const HeadOptions& options, const std::string& model_hash) {
  for (const AvatarShare& share : options.avatars) {
    if (share.avatar->model_sha256 != model_hash) {
      return share.avatar.get();
    }
  }
  for (const HeadShare& share : options.between) {
    if (const Avatar* stranger = strangerIn(*share.head, model_hash)) {
      return stranger;
    }
  }
  return nullptr;
}

/// The options, without wishes that this model cannot fulfil.
HeadOptions fitted(HeadOptions options, const Model& model, const std::string& model_hash) {
  if (!modelInfo(model).has_background) {
    options.background = withoutSeeds(options.background);
  }
  std::erase_if(options.edits, [&](const LatentEdit& edit) {
    return static_cast<int>(edit.direction->delta.size()) != modelInfo(model).w_dim;
  });
  if (strangerIn(options, model_hash) != nullptr) {  // the seed stands in, as for a lost avatar of a project
    options.avatars.clear();
    options.blend.clear();
    options.between.clear();
  }
  return options;
}

}  // namespace

StudioSession::StudioSession(std::filesystem::path kept_sliders, QObject* parent)
    : QObject(parent), kept_sliders_(std::move(kept_sliders)) {}

JobCallbacks StudioSession::callbacksOf(const std::shared_ptr<JobId>& id) {
  JobCallbacks callbacks;
  callbacks.progress = [this, id](const Progress& progress) {
    const auto found = std::ranges::find(activities_, *id, &Activity::id);
    if (found != activities_.end()) {
      found->stage = stageName(progress.stage);
      found->percent = progress.total > 0 ? static_cast<int>(100 * progress.step / progress.total) : -1;
      emit activityChanged();
    }
  };
  const auto end = [this, id] {
    endActivity(*id);
    if (*id == open_job_) {
      emit modelRefused();
      setOptions(wished_);  // of the model that stays: its head was no longer being made
    }
  };
  callbacks.failed = [this, end](const Error& error) {
    end();
    emit failed(error);
  };
  callbacks.cancelled = end;
  return callbacks;
}

void StudioSession::endActivity(JobId id) {
  activities_.remove_if([id](const Activity& activity) { return activity.id == id; });
  emit activityChanged();
}

const Activity* StudioSession::activity(JobId id) const noexcept {
  const auto found = std::ranges::find(activities_, id, &Activity::id);
  return found == activities_.end() ? nullptr : &*found;
}

const Activity* StudioSession::activity(Lane lane) const noexcept {
  const auto found = std::ranges::find(activities_, lane, &Activity::lane);
  return found == activities_.end() ? nullptr : &*found;
}

std::vector<Activity> StudioSession::activities(Lane lane) const {
  std::vector<Activity> all;
  std::ranges::copy_if(activities_, std::back_inserter(all), [lane](const Activity& activity) {
    return activity.lane == lane;
  });
  return all;
}

Worker& StudioSession::workerOf(Lane lane) noexcept {
  return lane == Lane::Export ? export_.worker() : table_.worker();
}

void StudioSession::openModel(const std::filesystem::path& path) {
  cancel(open_job_);
  cancel(head_job_);
  tried_.reset();
  open_job_ = start(
      tr("Opening %1").arg(toQString(path.filename())),
      [this, path, options = wished_, device = device_](JobContext& context) {
        OpenedModel opened;
        const ModelPtr model = panohead::openModel(path, context, device);
        opened.hash = modelSha256(*model, context);
        try {
          opened.sliders = shippedDirections(*model);
          mergeDirections(opened.sliders, keptSliders(sliderFileOf(opened.hash)));
        } catch (const Error& error) {  // the model is as good without them
          opened.trouble = error;
        }
        opened.head = makeHead(model, fitted(options, *model, opened.hash), context);
        return opened;
      },
      [this](OpenedModel opened) {
        cancel(std::exchange(head_job_, 0));  // of the old model
        tried_.reset();
        head_ = std::move(opened.head);
        sliders_ = std::move(opened.sliders);
        model_hash_ = std::move(opened.hash);
        emit modelChanged();
        emit headChanged();
        setOptions(wished_);
        if (opened.trouble) {
          emit failed(*opened.trouble);
        }
      });
}

std::filesystem::path StudioSession::sliderFileOf(const std::string& model_hash) const {
  return kept_sliders_ / (model_hash + ".safetensors");
}

void StudioSession::keepSliders(const std::vector<DirectionPtr>& directions) {
  start(
      tr("Keeping sliders"),
      [folder = kept_sliders_, file = sliderFileOf(model_hash_), directions](JobContext&) {
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        std::vector<DirectionPtr> all = keptSliders(file);  // of other projects, too
        mergeDirections(all, directions);
        writeDirectionFile(file, all);
        return all;
      },
      [this, hash = model_hash_](const std::vector<DirectionPtr>& all) {
        if (hash == model_hash_) {  // else another model was opened meanwhile
          mergeDirections(sliders_, all);
          emit slidersKept();
        }
      });
}

void StudioSession::setOptions(const HeadOptions& options) {
  wished_ = options;
  if (!head_) {
    options_ = options;
    return;
  }
  const Model& model = *headModel(*head_);
  options_ = fitted(options, model, model_hash_);
  const Avatar* stranger = strangerIn(options, model_hash_);
  const std::string name = stranger == nullptr ? std::string() : stranger->name;
  if (std::exchange(stranger_, name) != name && stranger != nullptr) {
    emit noticed(
        tr("'%1' was fitted with the model '%2': with '%3' the head of the seed is shown; open '%2' to see "
           "it")
            .arg(toQString(name), toQString(stranger->model_name), toQString(modelInfo(model).name)));
  }
  if (tried_ == options_) {
    return;  // on its way, there, or not to be made: told once
  }
  if (totalMilliseconds(headTimes(*head_)) < kQuickBuild) {
    table_.worker().cancelIfQueued(head_job_);
  } else {
    cancel(head_job_);
  }
  buildHead();
}

void StudioSession::buildHead() {
  const HeadOptions& now = headOptions(*head_);
  const bool same_head = sameIdentity(now, options_);
  if (same_head && now.background == options_.background) {
    tried_.reset();
    cancel(std::exchange(head_job_, 0));
    return;
  }
  tried_ = options_;
  head_job_ = start(
      same_head                  ? tr("Background")
      : options_.avatars.empty() ? tr("Head %1").arg(options_.seed)
                                 : tr("Head of %1").arg(toQString(options_.avatars.front().avatar->name)),
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

void StudioSession::cancel(Lane lane) {
  if (const Activity* running = activity(lane)) {
    cancel(running->id);
  }
}

void StudioSession::cancel(JobId id) {
  table_.worker().cancel(id);
  export_.worker().cancel(id);
}

}  // namespace panohead::ui
