#pragma once

#include "ui/studio_session.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;

namespace panohead::ui {

/// The job that runs, in the status bar: what it does, how far it is, and a button that cancels it.
/// Jobs that are over at once are not shown.
class JobStatus final : public QWidget {
  Q_OBJECT

 public:
  JobStatus(StudioSession& session, QWidget* parent = nullptr);

 private:
  void refresh();
  void showActivity();

  StudioSession& session_;
  QLabel* label_;
  QProgressBar* bar_;
  QTimer appear_;
  QTimer rest_;  // between texts: a job may tell its progress at every turn of the event loop
};

}  // namespace panohead::ui
