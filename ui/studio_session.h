#pragma once

#include "core/base/error.h"
#include "core/jobs/function_job.h"
#include "core/session/directions.h"
#include "core/session/studio.h"
#include "ui/bridge/job_bridge.h"

#include <QObject>
#include <QString>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

namespace panohead::ui {

/// What a job that runs looks like to the user.
struct Activity {
  JobId id = 0;
  QString title;
  QString stage;
  int percent = -1;  // -1: unknown
};

/// The model and head on the table, and the jobs that change them. The head stays as it is until its
/// successor is ready; a failed or cancelled job changes nothing.
class StudioSession final : public QObject {
  Q_OBJECT

 public:
  /// @param kept_sliders folder of the sliders that the user keeps for models
  explicit StudioSession(std::filesystem::path kept_sliders, QObject* parent = nullptr);

  /// Null before the first model.
  const HeadPtr& head() const noexcept { return head_; }
  const HeadOptions& options() const noexcept { return options_; }
  /// The job that runs, or null.
  const Activity* activity() const noexcept { return activities_.empty() ? nullptr : &activities_.front(); }

  /// This job, while it waits or runs; else null.
  const Activity* activity(JobId id) const noexcept;

  /// Opens the file and makes its head with the current options.
  void openModel(const std::filesystem::path& path);
  /// Wishes for another head; only the newest wish is fulfilled.
  void setOptions(const HeadOptions& options);
  /// Draws the view in full quality and writes it as PNG.
  void savePicture(const std::filesystem::path& path, const ViewOptions& view);
  /// Cancels the job that runs.
  void cancel();
  /// Cancels this one; nothing when it has ended.
  void cancel(JobId id) { bridge_.worker().cancel(id); }
  /// What the open model comes with, and what the user kept for it.
  const std::vector<DirectionPtr>& sliders() const noexcept { return sliders_; }
  const std::string& modelHash() const noexcept { return model_hash_; }
  /// Keeps these sliders for the open model, beside those kept before; sliders() has them then.
  void keepSliders(const std::vector<DirectionPtr>& directions);

  /// `Result compute(JobContext&)` on the worker, then `done(Result)` here; with progress, cancel and errors
  /// shown as those of any job.
  template <typename Compute, typename Done>
  JobId start(const QString& title, Compute compute, Done done) {
    const auto id = std::make_shared<JobId>(0);  // known to the callbacks, which run after start()
    JobCallbacks callbacks = callbacksOf(id);
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

 signals:
  void modelChanged();  // headChanged() follows
  void headChanged();
  /// Opening failed or was cancelled; everything is as it was.
  void modelRefused();
  void slidersKept();  // sliders() are others
  void pictureSaved(const QString& path);
  void activityChanged();
  void failed(const panohead::Error& error);

 private:
  JobCallbacks callbacksOf(const std::shared_ptr<JobId>& id);
  void endActivity(JobId id);
  void buildHead();

  std::filesystem::path sliderFileOf(const std::string& model_hash) const;

  std::filesystem::path kept_sliders_;
  HeadOptions options_;
  HeadPtr head_;
  std::vector<DirectionPtr> sliders_;
  std::string model_hash_;
  std::list<Activity> activities_;  // in the order in which the worker runs them
  JobId open_job_ = 0;
  JobId head_job_ = 0;
  JobBridge bridge_;
};

}  // namespace panohead::ui
