#pragma once

#include "core/base/error.h"
#include "core/vision/vision_networks.h"
#include "ui/bridge/job_bridge.h"
#include "ui/photo/photo_subject.h"

#include <QObject>
#include <QTimer>

namespace panohead::ui {

/// The photos of one person while they are prepared: read, heads found, squares and masks corrected. All
/// that takes time runs on a worker of its own; the newest wish is fulfilled.
class PhotoDesk final : public QObject {
  Q_OBJECT

 public:
  explicit PhotoDesk(QObject* parent = nullptr);
  ~PhotoDesk() override;

  const std::vector<PhotoSubject>& photos() const noexcept { return photos_; }
  /// Null without any.
  const PhotoSubject* current() const;
  int currentIndex() const noexcept { return current_; }
  /// What runs, for people; empty: nothing.
  const QString& activity() const noexcept { return activity_; }
  /// Something runs, or will when the corrections rest.
  bool isBusy() const { return running_ > 0 || rest_.isActive(); }

  void add(const std::filesystem::path& path);
  void remove(int index);
  /// Stops what runs, and takes all photos out.
  void clear();
  void setCurrent(int index);
  /// Stops what runs; a photo that was being read is gone again.
  void cancel();

  // Of the current photo.
  void chooseHead(int head);
  /// By hand. Its mask is made anew once that rests. @param by what changes it: what one thing changes in a
  /// row, up to endStep(), is taken back as one. Null: every change by itself
  void setPose(const HeadPose& pose, const QObject* by = nullptr);
  void endStep() { posed_by_ = nullptr; }
  /// Takes back what was last done to square, direction or landmarks, "Look again" included.
  void undoPose();
  /// The head as it was found first. Can be taken back.
  void resetPose();
  /// Rejections are read and overruled.
  void accept();
  /// Looks for the head in the square again, for its angles and its exact place.
  void findInSquare();
  /// Where no face was found, the landmarks of an average one in the square, to be put right. Nothing for
  /// heads that are seen from behind. Says nothing.
  void guessLandmarks();
  /// A point of the face is somewhere else: direction and square follow at once. Places that no head can have
  /// are not taken. @param begins another thing to be taken back by undoLandmark()
  void moveLandmark(std::size_t point, const std::array<float, 2>& place, bool begins);
  void undoLandmark();
  /// All as found; what other handles have corrected stays.
  void resetLandmarks();
  void paint(const MaskStroke& stroke);
  void undoStroke();
  void clearStrokes();
  /// Outlines all photos anew, by an ONNX matting network of the user's own. One that cannot be read is told
  /// of, and the one before is used. @param path empty: the one that ships
  void setMaskNetwork(const std::filesystem::path& path);
  const std::filesystem::path& maskNetwork() const noexcept { return mask_network_; }

 signals:
  void listChanged();     // photos, and whether they are ready
  void currentChanged();  // another photo, or its heads are known
  void poseChanged();     // square, angles, landmarks, rejections
  void maskChanged();
  void activityChanged();
  void failed(const panohead::Error& error);

 private:
  PhotoSubject* find(std::uint64_t id);
  PhotoSubject* mutableCurrent();
  void settle();
  void useHead(PhotoSubject& subject, const FoundHead& head);
  /// As it is now, to be taken back.
  void keep(PhotoSubject& subject);
  void movePose(PhotoSubject& subject, const HeadPose& pose);
  bool correctLandmarks(PhotoSubject& subject, const FacePoints& points);
  void makeMask(PhotoSubject& subject);
  void setActivity(const QString& text);
  void jobEnded();
  JobCallbacks callbacks(std::function<void()> ended = {});

  std::vector<PhotoSubject> photos_;
  int current_ = -1;
  std::uint64_t last_id_ = 0;
  const QObject* posed_by_ = nullptr;  // what set the pose last, where that may go on
  QString activity_;
  int running_ = 0;
  QTimer rest_;
  std::shared_ptr<VisionNetworks> networks_;
  std::filesystem::path mask_network_;
  std::filesystem::path usable_network_;  // the last that has outlined somebody
  JobBridge bridge_;
};

}  // namespace panohead::ui
