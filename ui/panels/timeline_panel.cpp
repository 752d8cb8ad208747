#include "ui/panels/timeline_panel.h"

#include "ui/buttons.h"
#include "ui/document.h"
#include "ui/elided_label.h"
#include "ui/time_line.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kPlayMs = 30;  // between looks at the clock

}  // namespace

TimelinePanel::TimelinePanel(Document& document, QWidget* parent)
    : QWidget(parent),
      document_(document),
      line_(new TimeLine),
      remove_(makeButton(tr("Remove"), "keyRemove", tr("Removes the key frame under the playhead"))),
      play_(makeButton(
          tr("Play"), "timelinePlay", tr("Shows the film from the playhead on, as fast as frames come"))),
      film_(makeButton(tr("Render film\u2026"), "filmRender", tr("Writes the film as MP4, or as PNG files"))),
      cameras_(makeButton(
          tr("Save cameras\u2026"), "camerasSave", tr("Writes the camera of every frame as JSON"))),
      rate_(new QDoubleSpinBox),
      facts_(new ElidedLabel) {
  setObjectName("timelinePanel");
  auto* set =
      makeButton(tr("Set &key frame"), "keySet", tr("Keeps camera, head and background at this time (K)"));
  play_->setCheckable(true);
  rate_->setObjectName("frameRate");
  rate_->setAccessibleName(tr("Frames per second"));
  rate_->setToolTip(tr("Frames per second of the film"));
  rate_->setRange(1, 240);
  rate_->setDecimals(2);
  rate_->setSuffix(tr(" /s"));
  rate_->setKeyboardTracking(false);  // 29 on the way to 29.97 is no wish
  facts_->setObjectName("filmFacts");
  facts_->setProperty("role", "quiet");
  facts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  tick_.setInterval(kPlayMs);

  connect(line_, &TimeLine::scrubbed, this, &TimelinePanel::scrub);
  connect(line_, &TimeLine::released, &document_, &Document::endMerge);
  connect(set, &QPushButton::clicked, this, &TimelinePanel::setKey);
  connect(remove_, &QPushButton::clicked, this, &TimelinePanel::removeKey);
  connect(play_, &QPushButton::toggled, this, &TimelinePanel::play);
  connect(film_, &QPushButton::clicked, this, &TimelinePanel::filmRequested);
  connect(cameras_, &QPushButton::clicked, this, &TimelinePanel::camerasRequested);
  connect(rate_, &QDoubleSpinBox::valueChanged, this, [this](double rate) {
    document_.edit(
        tr("Frames per second"), "rate", [rate](Project& project) { project.frames_per_second = rate; });
  });
  connect(&tick_, &QTimer::timeout, this, &TimelinePanel::step);
  connect(&document_, &Document::changed, this, &TimelinePanel::show);
  connect(&document_, &Document::replaced, this, &TimelinePanel::rewind);

  auto* row = new QHBoxLayout;
  row->addWidget(set);
  row->addWidget(remove_);
  row->addWidget(play_);
  row->addStretch();
  row->addWidget(rate_);
  row->addWidget(film_);
  row->addWidget(cameras_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(10, 6, 10, 8);
  layout->addWidget(line_);
  layout->addLayout(row);
  layout->addWidget(facts_);  // beside the buttons it would be cut
  layout->addStretch();
  show();
}

void TimelinePanel::setKey() {
  const double seconds = line_->time();
  if (isPlaying()) {  // what is shown is the film's, not the document's
    const Moment moment = document_.project().key_frames.at(seconds);
    document_.edit(tr("Key frame"), {}, [&](Project& project) {
      project.key_frames.set({seconds, moment.camera, moment.head});
      project.camera = moment.camera;
      project.head = moment.head;
    });
    play(false);
    return;
  }
  emit restRequested();
  document_.edit(tr("Key frame"), {}, [seconds](Project& project) {
    project.key_frames.set({seconds, project.camera, project.head});
  });
}

void TimelinePanel::rewind() {
  play(false);
  line_->setTime(0);
  show();
}

void TimelinePanel::removeKey() {
  if (const int mark = line_->markAtTime(); mark >= 0) {
    document_.edit(tr("Remove key frame"), {}, [mark](Project& project) {
      project.key_frames.erase(static_cast<std::size_t>(mark));
    });
  }
}

// The document goes along, so that what is shown can be changed and kept as the key frame of this time.
void TimelinePanel::scrub(double seconds) {
  play_->setChecked(false);
  show();
  const KeyFrames& frames = document_.project().key_frames;
  if (!frames.empty()) {
    const Moment moment = frames.at(seconds);
    document_.edit(tr("Move in time"), "time", [&moment](Project& project) {
      project.camera = moment.camera;
      project.head = moment.head;
    });
  }
}

void TimelinePanel::play(bool on) {
  const QSignalBlocker quiet(play_);
  if (document_.project().key_frames.duration() <= 0) {
    on = false;
  }
  play_->setChecked(on);
  if (on && !tick_.isActive()) {
    emit restRequested();  // before the first tick: it may end a film that plays
    play_->setChecked(true);
    if (line_->time() >= document_.project().key_frames.duration()) {
      moveTo(0);
    }
    clock_.start();
    tick_.start();
  } else if (!on && tick_.isActive()) {
    tick_.stop();
    emit previewEnded();
  }
}

void TimelinePanel::step() {
  const KeyFrames& frames = document_.project().key_frames;
  if (frames.duration() <= 0) {  // the others were taken back: the document is shown again
    play(false);
    return;
  }
  double now = line_->time() + static_cast<double>(clock_.restart()) / 1000;
  if (now > frames.duration()) {
    now = std::fmod(now, frames.duration());
  }
  moveTo(now);
  emit previewed(frames.at(now));
}

void TimelinePanel::moveTo(double seconds) {
  line_->setTime(seconds);
  remove_->setEnabled(line_->markAtTime() >= 0);
}

void TimelinePanel::show() {
  const Project& project = document_.project();
  std::vector<double> marks;
  for (const KeyFrame& frame : project.key_frames.frames()) {
    marks.push_back(frame.seconds);
  }
  line_->setMarks(std::move(marks));
  const QSignalBlocker quiet(rate_);
  rate_->setValue(project.frames_per_second);
  const bool any = !project.key_frames.empty();
  remove_->setEnabled(line_->markAtTime() >= 0);
  play_->setEnabled(project.key_frames.duration() > 0);
  film_->setEnabled(any);
  cameras_->setEnabled(any);
  const std::size_t count = project.key_frames.frames().size();
  const QString seconds = QString::number(project.key_frames.duration(), 'f', 2);
  facts_->setText(!any         ? tr("Turn the head, press K; move the playhead, turn again, press K")
                  : count == 1 ? tr("One key frame, %1 s").arg(seconds)
                               : tr("%1 key frames, %2 s").arg(count).arg(seconds));
  facts_->setToolTip(facts_->text());
}

}  // namespace panohead::ui
