#include "ui/photo/photo_desk.h"

#include "core/base/image_ops.h"
#include "core/jobs/function_job.h"
#include "core/vision/photo_crop.h"
#include "ui/bridge/qt_convert.h"
#include "ui/bridge/qt_image.h"
#include "ui/photo/square_handles.h"

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kSideways = 100;  // degrees of yaw, from which on a face has no points to be seen
constexpr int kRest = 350;         // ms without a correction, after which the mask is made anew

struct ReadSubject {
  std::shared_ptr<const Photo> photo;
  ShownPhoto shown;
  std::vector<FoundHead> heads;
};

struct MadeMask {
  AlignedSquare square;
  Image aligned, raw;
  PersonMask mask;
};

}  // namespace

MaskStroke strokeInSquare(const MaskStroke& stroke, const AlignedSquare& square, int pixels) {
  const QTransform to_square = squareToPhoto(square).inverted();
  MaskStroke moved = stroke;
  moved.radius = std::max(1.0, stroke.radius / square.side * pixels);
  for (auto& point : moved.points) {
    const QPointF place = to_square.map(QPointF(point[0], point[1])) * pixels;
    point = {place.x(), place.y()};
  }
  return moved;
}

PhotoDesk::PhotoDesk(QObject* parent) : QObject(parent), networks_(std::make_shared<VisionNetworks>()) {
  rest_.setSingleShot(true);
  rest_.setInterval(kRest);
  connect(&rest_, &QTimer::timeout, this, &PhotoDesk::settle);
}

PhotoDesk::~PhotoDesk() = default;

const PhotoSubject* PhotoDesk::current() const {
  return current_ < 0 ? nullptr : &photos_[static_cast<std::size_t>(current_)];
}

PhotoSubject* PhotoDesk::mutableCurrent() {
  return current_ < 0 ? nullptr : &photos_[static_cast<std::size_t>(current_)];
}

PhotoSubject* PhotoDesk::find(std::uint64_t id) {
  const auto found = std::ranges::find(photos_, id, &PhotoSubject::id);
  return found == photos_.end() ? nullptr : &*found;
}

void PhotoDesk::setActivity(const QString& text) {
  if (std::exchange(activity_, text) != text) {
    emit activityChanged();
  }
}

void PhotoDesk::jobEnded() {
  if (--running_ == 0) {
    setActivity({});
  }
}

JobCallbacks PhotoDesk::callbacks(std::function<void()> ended) {
  ++running_;
  const auto end = [this, ended = std::move(ended)] {
    if (ended) {
      ended();
    }
    jobEnded();  // last: who looks then sees what it left
  };
  JobCallbacks result;
  result.failed = [this, end](const Error& error) {
    end();
    emit failed(error);
  };
  result.cancelled = end;
  return result;
}

void PhotoDesk::add(const std::filesystem::path& path) {
  const std::uint64_t id = ++last_id_;
  PhotoSubject& subject = photos_.emplace_back();
  subject.id = id;
  subject.path = path;
  current_ = static_cast<int>(photos_.size()) - 1;
  endStep();
  setActivity(tr("Looking for heads in %1\u2026").arg(toQString(path.filename())));
  startFunction(
      bridge_.worker(),
      "Looking for heads",
      [path, networks = networks_](JobContext& context) {
        ReadSubject read;
        auto photo = std::make_shared<Photo>(readPhoto(path, {}, context));
        context.checkpoint();
        read.shown = shownPhoto(toQImage(photo->image));
        read.heads = alignPhoto(*networks, photo->image, {}, context);
        read.photo = std::move(photo);
        return read;
      },
      [this, id](ReadSubject read) {
        jobEnded();
        PhotoSubject* subject = find(id);
        if (subject == nullptr) {
          return;
        }
        subject->photo = std::move(read.photo);
        subject->shown = std::move(read.shown);
        subject->heads = std::move(read.heads);
        useHead(*subject, subject->heads.front());
        emit listChanged();
        if (current() == subject) {
          emit currentChanged();
        }
        makeMask(*subject);
      },
      callbacks([this, id] {
        if (const PhotoSubject* subject = find(id)) {
          remove(static_cast<int>(subject - photos_.data()));
        }
      }));
  emit listChanged();
  emit currentChanged();
}

void PhotoDesk::remove(int index) {
  if (index < 0 || index >= static_cast<int>(photos_.size())) {
    return;
  }
  photos_.erase(photos_.begin() + index);
  endStep();
  if (index < current_ || current_ == static_cast<int>(photos_.size())) {
    --current_;
  }
  emit listChanged();
  emit currentChanged();
}

void PhotoDesk::clear() {
  cancel();
  while (!photos_.empty()) {
    remove(static_cast<int>(photos_.size()) - 1);
  }
}

void PhotoDesk::setCurrent(int index) {
  if (index != current_ && index >= 0 && index < static_cast<int>(photos_.size())) {
    current_ = index;
    endStep();
    emit currentChanged();
  }
}

void PhotoDesk::cancel() { bridge_.worker().cancelAll(); }

void PhotoDesk::useHead(PhotoSubject& subject, const FoundHead& head) {
  subject.head = head;
  subject.face = {head.pose, head.landmarks};
  subject.guessed_face = false;
  subject.moves.clear();
  subject.placed = false;
}

void PhotoDesk::chooseHead(int head) {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || head < 0 || head >= static_cast<int>(subject->heads.size())) {
    return;
  }
  subject->chosen = head;
  subject->strokes.clear();
  subject->earlier.clear();
  useHead(*subject, subject->heads[static_cast<std::size_t>(head)]);
  emit poseChanged();
  emit listChanged();
  makeMask(*subject);
}

void PhotoDesk::keep(PhotoSubject& subject) {
  subject.earlier.push_back(subject);
  endStep();
}

void PhotoDesk::setPose(const HeadPose& pose, const QObject* by) {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || !subject->isRead()) {
    return;
  }
  if (by == nullptr || by != posed_by_) {
    keep(*subject);
  }
  posed_by_ = by;
  movePose(*subject, pose);
}

void PhotoDesk::movePose(PhotoSubject& subject, const HeadPose& pose) {
  subject.head.pose = pose;
  if (subject.guessed_face && subject.moves.empty()) {  // not put right yet: it goes with the square
    subject.head.landmarks.clear();
    guessLandmarks();
  }
  rest_.start();
  if (!std::exchange(subject.placed, true)) {
    emit listChanged();
  }
  emit poseChanged();
}

void PhotoDesk::undoPose() {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || subject->earlier.empty()) {
    return;
  }
  static_cast<PlacedHead&>(*subject) = std::move(subject->earlier.back());
  subject->earlier.pop_back();
  endStep();
  rest_.start();
  emit listChanged();
  emit poseChanged();
}

void PhotoDesk::resetPose() {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || !subject->isRead() || subject->isAsFound()) {
    return;
  }
  keep(*subject);
  useHead(*subject, subject->heads[static_cast<std::size_t>(subject->chosen)]);
  rest_.start();
  emit listChanged();
  emit poseChanged();
}

// All of them: another one may have been chosen since the last correction.
void PhotoDesk::settle() {
  for (PhotoSubject& subject : photos_) {
    const bool settled = subject.mask_job != 0 ? sameSquare(subject.making_square, subject.head.pose.square)
                                               : subject.isOutlined();
    if (subject.isRead() && !settled) {
      makeMask(subject);
    }
  }
}

void PhotoDesk::accept() {
  if (const PhotoSubject* subject = current()) {
    setPose(subject->head.pose);
  }
}

void PhotoDesk::findInSquare() {
  const PhotoSubject* subject = current();
  if (subject == nullptr || !subject->isRead()) {
    return;
  }
  setActivity(tr("Looking at the square\u2026"));
  startFunction(
      bridge_.worker(),
      "Looking at the square",
      [photo = subject->photo, square = subject->head.pose.square, networks = networks_](
          JobContext& context) { return alignInSquare(*networks, photo->image, square, {}, context); },
      [this, id = subject->id, square = subject->head.pose.square](const FoundHead& head) {
        jobEnded();
        PhotoSubject* subject = find(id);
        // Of a square that was moved since, the answer is no longer asked for.
        if (subject != nullptr && sameSquare(square, subject->head.pose.square)) {
          keep(*subject);
          useHead(*subject, head);
          emit listChanged();
          if (current() == subject) {
            emit poseChanged();
          }
          makeMask(*subject);
        }
      },
      callbacks());
}

void PhotoDesk::guessLandmarks() {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || !subject->isRead() || !subject->head.landmarks.empty()) {
    return;
  }
  const HeadPose& pose = subject->head.pose;
  subject->guessed_face = std::abs(pose.yaw) < kSideways;
  subject->moves.clear();
  if (subject->guessed_face) {
    try {
      subject->head.landmarks = facePointsAt(*networks_, pose);
    } catch (const Error& error) {
      subject->guessed_face = false;
      emit failed(error);
    }
  }
  subject->face = {pose, subject->head.landmarks};
}

bool PhotoDesk::correctLandmarks(PhotoSubject& subject, const FacePoints& points) {
  try {
    const FoundHead& head = subject.head;
    if (const auto pose = poseAfterMove(*networks_, subject.face, head.pose, head.landmarks, points)) {
      subject.head.landmarks = points;
      movePose(subject, *pose);
      return true;
    }
  } catch (const Error& error) {  // the face that ships is not there
    emit failed(error);
  }
  return false;
}

void PhotoDesk::moveLandmark(std::size_t point, const std::array<float, 2>& place, bool begins) {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || point >= subject->head.landmarks.size()) {
    return;
  }
  const LandmarkMove move{point, subject->head.landmarks[point]};
  FacePoints points = subject->head.landmarks;
  points[point] = place;
  if (begins || subject->moves.empty()) {
    keep(*subject);
    subject->moves.push_back(move);
    if (!correctLandmarks(*subject, points)) {
      subject->moves.pop_back();
      subject->earlier.pop_back();
    }
  } else {
    correctLandmarks(*subject, points);
  }
}

void PhotoDesk::undoLandmark() {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || subject->moves.empty()) {
    return;
  }
  const LandmarkMove move = subject->moves.back();
  FacePoints points = subject->head.landmarks;
  points[move.point] = move.from;
  const PlacedHead before = *subject;
  if (correctLandmarks(*subject, points)) {
    subject->earlier.push_back(before);
    endStep();
    subject->moves.pop_back();
    emit poseChanged();
  }
}

void PhotoDesk::resetLandmarks() {
  PhotoSubject* subject = mutableCurrent();
  if (subject == nullptr || subject->moves.empty()) {
    return;
  }
  const PlacedHead before = *subject;
  if (correctLandmarks(*subject, subject->face.points)) {
    subject->earlier.push_back(before);
    endStep();
    subject->moves.clear();
    emit poseChanged();
  }
}

void PhotoDesk::paint(const MaskStroke& stroke) {
  if (PhotoSubject* subject = mutableCurrent(); subject != nullptr && subject->isRead()) {
    subject->strokes.push_back(stroke);
    makeMask(*subject);
  }
}

void PhotoDesk::undoStroke() {
  PhotoSubject* subject = mutableCurrent();
  if (subject != nullptr && !subject->strokes.empty()) {
    subject->strokes.pop_back();
    makeMask(*subject);
  }
}

void PhotoDesk::clearStrokes() {
  PhotoSubject* subject = mutableCurrent();
  if (subject != nullptr && !subject->strokes.empty()) {
    subject->strokes.clear();
    makeMask(*subject);
  }
}

void PhotoDesk::setMaskNetwork(const std::filesystem::path& path) {
  if (path == mask_network_) {
    return;
  }
  mask_network_ = path;
  for (PhotoSubject& subject : photos_) {
    subject.raw_mask = {};
    if (subject.isRead()) {
      makeMask(subject);
    }
  }
}

void PhotoDesk::makeMask(PhotoSubject& subject) {
  const AlignedSquare square = subject.head.pose.square;
  MaskOptions options{.network = mask_network_};
  for (const MaskStroke& stroke : subject.strokes) {
    options.strokes.push_back(strokeInSquare(stroke, square, kMaskSide));
  }
  const bool same = sameSquare(square, subject.mask_square);
  bridge_.worker().cancel(subject.mask_job);
  // A job that was replaced may have ended already: what it says is not heard.
  const auto own = std::make_shared<JobId>(0);
  const auto release = [this, id = subject.id, own]() -> PhotoSubject* {
    PhotoSubject* found = find(id);
    if (found == nullptr || found->mask_job != *own) {
      return nullptr;
    }
    found->mask_job = 0;
    return found;
  };
  JobCallbacks told = callbacks([release] { release(); });
  told.failed =
      [this, network = mask_network_, failed = told.failed, ended = told.cancelled](const Error& error) {
        if (network.empty()) {
          failed(error);
        } else if (network == mask_network_) {  // what comes next shall not fail for the same reason
          mask_network_ = network == usable_network_ ? std::filesystem::path() : usable_network_;
          failed(error);
          settle();
        } else {  // it was said of another photo
          ended();
          settle();
        }
      };
  *own = startFunction(
      bridge_.worker(),
      "Mask",
      [photo = subject.photo,
       square,
       options,
       networks = networks_,
       aligned = same ? subject.aligned : Image(),
       raw = same ? subject.raw_mask : Image()](JobContext& context) {
        MadeMask made{square, aligned, raw, {}};
        if (made.raw.empty()) {
          made.aligned = cropSquare(photo->image, square, kMaskSide);
          made.raw = rawPersonMask(*networks, made.aligned, options, context);
        }
        made.mask = refinePersonMask(made.aligned, made.raw, options, context);
        // As the fit counts it: faint edges by their share.
        made.mask.coverage = std::min(made.mask.coverage, meanLevel(made.mask.alpha));
        return made;
      },
      [this, release, network = mask_network_](MadeMask made) {
        usable_network_ = network;
        if (PhotoSubject* outlined = release()) {
          outlined->mask_square = made.square;
          outlined->aligned = std::move(made.aligned);
          outlined->raw_mask = std::move(made.raw);
          outlined->mask = std::move(made.mask);
          if (current() == outlined) {
            emit maskChanged();
          }
        }
        jobEnded();
      },
      std::move(told));
  subject.mask_job = *own;
  subject.making_square = square;
  if (activity_.isEmpty()) {
    setActivity(tr("Outlining the person\u2026"));
  }
}

}  // namespace panohead::ui
