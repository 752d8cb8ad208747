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

  /// A key frame of what the window shows, at the playhead.
  void setKey();
  void removeKey();
  void play(bool on);

 signals:
  /// Show this for now; the document stays as it is.
  void previewed(const panohead::Moment& moment);
  /// Show the document again.
  void previewEnded();
  /// A key frame is about to be made of what is shown: what moves shall rest, and say where.
  void keyComing();
  void filmRequested();
  void camerasRequested();

 private:
  void show();
  void scrub(double seconds);
  void step();

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
