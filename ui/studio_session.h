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
#include <optional>
#include <utility>
#include <vector>

namespace panohead::ui {

/// Where a job waits its turn: exports take minutes, and heads must not wait for them.
enum class Lane { Table, Export };

/// What a job that runs looks like to the user.
struct Activity {
  JobId id = 0;
  QString title;
  QString stage;
  int percent = -1;  // -1: unknown
  Lane lane = Lane::Table;
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
  /// The job that runs, or null; where both lanes work, the one that was begun first.
  const Activity* activity() const noexcept { return activities_.empty() ? nullptr : &activities_.front(); }
  /// The first job of a lane, or null.
  const Activity* activity(Lane lane) const noexcept;
  /// All of a lane, in the order in which they were begun.
  std::vector<Activity> activities(Lane lane) const;

  /// This job, while it waits or runs; else null.
  const Activity* activity(JobId id) const noexcept;

  /// What draws the models that are opened from now on.
  void setDevice(DeviceChoice device) { device_ = device; }

  /// Opens the file and makes its head with the current options.
  void openModel(const std::filesystem::path& path);
  /// Wishes for another head; only the newest wish is fulfilled, and each is tried once. What the open model
  /// cannot fulfil (a background network, sliders and people of other models) is left out until a model is
  /// open that can.
  void setOptions(const HeadOptions& options);
  /// Draws the view in full quality and writes it as PNG.
  void savePicture(const std::filesystem::path& path, const ViewOptions& view);
  /// Cancels the first job of a lane.
  void cancel(Lane lane);
  /// Cancels this one; nothing when it has ended.
  void cancel(JobId id);
  /// What the open model comes with, and what the user kept for it.
  const std::vector<DirectionPtr>& sliders() const noexcept { return sliders_; }
  const std::string& modelHash() const noexcept { return model_hash_; }
  /// Keeps these sliders for the open model, beside those kept before; sliders() has them then.
  void keepSliders(const std::vector<DirectionPtr>& directions);

  /// `Result compute(JobContext&)` on the worker, then `done(Result)` here; with progress, cancel and errors
  /// shown as those of any job.
  template <typename Compute, typename Done>
  JobId start(const QString& title, Compute compute, Done done, Lane lane = Lane::Table) {
    const auto id = std::make_shared<JobId>(0);  // known to the callbacks, which run after start()
    JobCallbacks callbacks = callbacksOf(id);
    *id = startFunction(
        workerOf(lane),
        title.toStdString(),
        std::move(compute),
        [this, id, done = std::move(done)](auto result) {
          done(std::move(result));
          endActivity(*id);
        },
        std::move(callbacks));
    activities_.push_back({*id, title, {}, -1, lane});
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
  /// Something that the user may want to know, and need not do anything about.
  void noticed(const QString& sentence);

 private:
  Worker& workerOf(Lane lane) noexcept;
  JobCallbacks callbacksOf(const std::shared_ptr<JobId>& id);
  void endActivity(JobId id);
  void buildHead();

  std::filesystem::path sliderFileOf(const std::string& model_hash) const;

  std::filesystem::path kept_sliders_;
  DeviceChoice device_ = DeviceChoice::Cpu;
  HeadOptions wished_;                // as it was asked for
  HeadOptions options_;               // of it, what the open model can fulfil
  std::optional<HeadOptions> tried_;  // for which a head is being made, or was, or could not be
  std::string stranger_;              // the person of another model who was left out last
  HeadPtr head_;
  std::vector<DirectionPtr> sliders_;
  std::string model_hash_;
  std::list<Activity> activities_;  // of each lane in the order in which they run
  JobId open_job_ = 0;
  JobId head_job_ = 0;
  JobBridge table_, export_;
};

}  // namespace panohead::ui
