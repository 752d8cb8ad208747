#include "ui/job_status.h"

#include "ui/set_progress.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>

namespace panohead::ui {

JobStatus::JobStatus(StudioSession& session, QWidget* parent)
    : QWidget(parent), session_(session), label_(new QLabel), bar_(new QProgressBar) {
  setObjectName("jobStatus");
  label_->setObjectName("jobLabel");
  bar_->setObjectName("jobProgress");
  bar_->setAccessibleName(tr("Progress of the running job"));
  bar_->setFixedSize(140, 16);
  auto* cancel = new QPushButton(tr("Cancel"));
  cancel->setObjectName("jobCancel");
  cancel->setToolTip(
      tr("Stop what is shown here; everything stays as it was before (Esc, for all but exports)"));
  cancel->setStyleSheet("padding: 1px 10px;");
  connect(cancel, &QPushButton::clicked, this, [this] {
    if (const Activity* shown = session_.activity()) {
      session_.cancel(shown->id);
    }
  });
  // Minutes of a film are not to go at a key that closes so much else.
  auto* escape = new QShortcut(Qt::Key_Escape, this);
  connect(escape, &QShortcut::activated, &session_, [&session] { session.cancel(Lane::Table); });

  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(4, 1, 4, 1);
  layout->addWidget(label_);
  layout->addWidget(bar_);
  layout->addWidget(cancel);
  layout->addStretch();

  hide();
  appear_.setSingleShot(true);
  appear_.setInterval(250);
  connect(&appear_, &QTimer::timeout, this, [this] { setVisible(session_.activity() != nullptr); });
  rest_.setSingleShot(true);
  rest_.setInterval(200);
  connect(&rest_, &QTimer::timeout, this, &JobStatus::showActivity);
  connect(&session_, &StudioSession::activityChanged, this, &JobStatus::refresh);
}

void JobStatus::refresh() {
  const Activity* activity = session_.activity();
  if (activity == nullptr) {
    appear_.stop();
    rest_.stop();
    hide();
    return;
  }
  if (!rest_.isActive()) {
    rest_.start();
    showActivity();
  }
  if (!isVisible() && !appear_.isActive()) {
    appear_.start();
  }
}

void JobStatus::showActivity() {
  const Activity* activity = session_.activity();
  if (activity == nullptr) {
    return;
  }
  label_->setText(activity->stage.isEmpty() ? activity->title
                                            : tr("%1: %2").arg(activity->title, activity->stage));
  bar_->setRange(0, activity->percent < 0 ? 0 : 100);
  setProgress(*bar_, activity->percent);
}

}  // namespace panohead::ui
