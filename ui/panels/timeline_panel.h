#pragma once

#include "core/session/project.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QPushButton;

namespace panohead::ui {

class Document;
class TimeLine;

/// Key frames of camera, head and background, and the film through them.
class TimelinePanel final : public QWidget {
  Q_OBJECT

 public:
  explicit TimelinePanel(Document& document, QWidget* parent = nullptr);

  /// A key frame of what the window shows, at the playhead. A film that plays stops there.
  void setKey();
  void removeKey();
  void play(bool on);
  bool isPlaying() const { return tick_.isActive(); }

 signals:
  /// Show this for now; the document stays as it is.
  void previewed(const panohead::Moment& moment);
  /// Show the document again.
  void previewEnded();
  /// The film is about to play, or a key frame to be made of what is shown: what else moves shall rest, and
  /// say where.
  void restRequested();
  void filmRequested();
  void camerasRequested();

 private:
  void show();
  void scrub(double seconds);
  void step();
  /// The playhead alone.
  void moveTo(double seconds);
  /// Another document: its film begins at its beginning.
  void rewind();

  Document& document_;
  TimeLine* line_;
  QPushButton* remove_;
  QPushButton* play_;
  QPushButton* film_;
  QPushButton* cameras_;
  QDoubleSpinBox* rate_;
  QLabel* facts_;
  QTimer tick_;
  QElapsedTimer clock_;
};

}  // namespace panohead::ui
