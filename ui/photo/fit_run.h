#pragma once

#include "core/session/left_fit.h"
#include "ui/bridge/job_bridge.h"
#include "ui/photo/photo_subject.h"

#include <QElapsedTimer>
#include <QImage>
#include <QObject>

#include <array>
#include <functional>
#include <map>
#include <optional>

namespace panohead::ui {

class FitFolder;

enum class FitPhase { None, Preparing, Fitting, Paused, Stopped, Finishing, Finished };

/// What is asked of a fit.
struct FitWish {
  std::string name;
  FitOptions options;
  AvatarBackground::Kind background = AvatarBackground::Kind::Generated;
};

/// How a fit looks after a step; null images: not drawn yet.
struct FitPictures {
  std::int64_t step = 0;
  std::array<QImage, 4> around;  // front, 45 degrees, 90 degrees, back
  QImage fitted;                 // as the first photo
};

/// A step that can be gone back to, with a picture of it.
struct FitKeptStep {
  FitKept kept;
  QImage thumbnail;
};

/// One fit on a worker of its own, so that everything else goes on: started, watched, paused, stopped, gone
/// on with, set back to a kept step; in the end an avatar. The document is not touched.
class FitRun final : public QObject {
  Q_OBJECT

 public:
  explicit FitRun(QObject* parent = nullptr);
  ~FitRun() override;

  /// Where fits keep their steps, so that they outlive the window. Empty: in temporary folders, which do not.
  void setFolder(const std::filesystem::path& folder) { parent_ = folder; }

  FitPhase phase() const noexcept { return phase_; }
  /// It computes, or will when it is gone on with.
  bool isUnderWay() const noexcept { return phase_ != FitPhase::None && phase_ != FitPhase::Finished; }
  /// By closing or starting anew: a fit under way, or a head that has no file yet.
  bool losesSomething() const noexcept { return isUnderWay() || (avatar_ && avatar_->source.empty()); }
  const std::vector<FitPoint>& curve() const noexcept { return curve_; }
  const FitPictures& pictures() const noexcept { return pictures_; }
  /// At the end of the first stage, or as far as that is; null before.
  const QImage& beforeTuning() const noexcept { return before_; }
  /// The first photo as it is fitted.
  const QImage& photo() const noexcept { return photo_; }
  const std::vector<FitKeptStep>& kept() const noexcept { return kept_; }
  const FitOptions& options() const noexcept { return wish_.options; }
  std::int64_t steps() const noexcept;  // of both stages
  std::size_t photoCount() const noexcept { return photo_count_; }
  /// Null before it is finished.
  const AvatarPtr& avatar() const noexcept { return avatar_; }
  const ModelPtr& model() const noexcept { return model_; }
  const QString& notice() const noexcept { return notice_; }

  /// The photos are cut, then fitted.
  void start(const ModelPtr& model, const std::vector<PhotoSubject>& photos, const FitWish& wish);
  /// Goes on with one that was left.
  void resume(const ModelPtr& model, const LeftFit& left);
  /// What is there stays on disk when it is discarded, or the window goes. @returns whether that can be
  bool keepForNextTime();
  bool canBeKept() const noexcept { return folder_ != nullptr; }
  const FitWish& wish() const noexcept { return wish_; }
  void pause();
  /// After pause() or stop().
  void goOn();
  /// Ends with the running step; goOn() and finish() still work.
  void stop();
  /// Makes an avatar of what there is.
  void finish();
  /// Fits on from a kept step (its id; 0: the beginning) with these options, also while it runs. What was
  /// kept after it stays: see FitSession::goBackTo().
  void goBackTo(int kept, const FitOptions& options);
  /// Forgets everything.
  void discard();
  /// The avatar has a file now. Does nothing when it is not this fit's any more.
  void setKept(const AvatarPtr& before, AvatarPtr written);

 signals:
  void phaseChanged();
  void resumed();     // wish() is what was asked of the one that was left
  void progressed();  // curve, pictures, kept
  void finished(const panohead::AvatarPtr& avatar);
  void failed(const panohead::Error& error);

 private:
  struct Outcome;
  struct Prepared;
  struct Back {
    int kept;
    FitOptions options;
  };
  class Notices;
  void setPhase(FitPhase phase);
  void prepare(const ModelPtr& model, std::function<Prepared(JobContext&)> work);
  void run();
  void refresh();
  JobCallbacks endings();
  void ended();
  void finishNow();

  FitPhase phase_ = FitPhase::None;
  int fit_ = 0;  // counts fits
  ModelPtr model_;
  FitWish wish_;
  std::size_t photo_count_ = 0;
  std::filesystem::path parent_;
  std::shared_ptr<FitFolder> folder_;  // null: a temporary one
  std::shared_ptr<FitSession> session_;
  std::shared_ptr<Notices> notices_;
  std::vector<FitPoint> curve_;
  FitPictures pictures_;
  QImage photo_, before_;
  std::vector<FitKeptStep> kept_;
  std::map<int, QImage> thumbnails_;  // of kept steps, by their ids
  QString notice_;
  AvatarPtr avatar_;
  std::optional<Back> back_;  // to be done when the running job has ended
  bool finish_ = false;       // the same
  bool stop_ = false;         // asked for while the photos were prepared
  QElapsedTimer since_refresh_;
  JobId job_ = 0;
  JobBridge bridge_;
};

}  // namespace panohead::ui
