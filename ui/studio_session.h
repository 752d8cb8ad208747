#pragma once

#include "core/base/error.h"
#include "core/session/studio.h"
#include "ui/bridge/job_bridge.h"

#include <QObject>
#include <QString>

#include <list>

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
  explicit StudioSession(QObject* parent = nullptr);

  /// Null before the first model.
  const HeadPtr& head() const noexcept { return head_; }
  const HeadOptions& options() const noexcept { return options_; }
  /// The job that runs, or null.
  const Activity* activity() const noexcept { return activities_.empty() ? nullptr : &activities_.front(); }

  /// Opens the file and makes its head with the current options.
  void openModel(const std::filesystem::path& path);
  /// Wishes for another head; only the newest wish is fulfilled.
  void setOptions(const HeadOptions& options);
  /// Draws the view in full quality and writes it as PNG.
  void savePicture(const std::filesystem::path& path, const ViewOptions& view);
  /// Cancels the job that runs.
  void cancel();

 signals:
  void modelChanged();  // headChanged() follows
  void headChanged();
  void pictureSaved(const QString& path);
  void activityChanged();
  void failed(const panohead::Error& error);

 private:
  template <typename Compute, typename Done>
  JobId start(const QString& title, Compute compute, Done done);
  void endActivity(JobId id);
  void buildHead();

  HeadOptions options_;
  HeadPtr head_;
  std::list<Activity> activities_;  // in the order in which the worker runs them
  JobId open_job_ = 0;
  JobId head_job_ = 0;
  JobBridge bridge_;
};

}  // namespace panohead::ui
