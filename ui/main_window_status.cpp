// The window: what it tells of itself. Title, status bar, errors.
#include "ui/bridge/qt_convert.h"
#include "ui/error_dialog.h"
#include "ui/job_status.h"
#include "ui/main_window.h"
#include "ui/stage_names.h"
#include "ui/viewport_widget.h"

#include <QLabel>
#include <QStatusBar>

#include <algorithm>
#include <string_view>
#include <utility>

namespace panohead::ui {

void MainWindow::makeStatusBar() {
  device_->setText(deviceName(computeDevice()));
  statusBar()->addPermanentWidget(
      new JobStatus(session_));  // messages hide what is not, and its Cancel with it
  statusBar()->addPermanentWidget(rate_);
  statusBar()->addPermanentWidget(resolution_);
  statusBar()->addPermanentWidget(device_);
}

void MainWindow::refreshStatus() {
  placeholder_->hide();
  if (!status_rest_.isActive()) {
    status_rest_.start();
  }
}

void MainWindow::showStatus() {
  const Frame& frame = viewport_->frame();
  resolution_->setText(tr("%1 \u2192 %2 px").arg(frame.neural_resolution).arg(frame.picture.width));
  const double rate = viewport_->framesPerSecond();
  rate_->setText(rate > 0 ? tr("%1 frames/s").arg(rate, 0, 'f', 1)
                          : tr("%1 ms").arg(totalMilliseconds(frame.times), 0, 'f', 0));
  showDevice();
}

void MainWindow::showDevice() {
  if (!session_.head()) {
    return;
  }
  const DrawnBy by = drawnBy(*headModel(*session_.head()));
  const QString reason = toQString(by.reason);
  device_->setText(deviceName(by.device));
  device_->setToolTip(reason.isEmpty() ? tr("What computes the pictures")
                                       : tr("What computes the pictures, and not a GPU: %1").arg(reason));
  if (by.failed && std::exchange(told_of_device_, reason) != reason) {
    statusBar()->showMessage(tr("%1; the processor draws").arg(reason), 15000);
  }
}

void MainWindow::refreshTitle() {
  const QString name = document_.path().empty() ? tr("Untitled") : toQString(document_.path().stem());
  const QString model =
      session_.head() ? toQString(modelInfo(*headModel(*session_.head())).name) : tr("no model");
  setWindowTitle(tr("%1[*] \u2013 %2 \u2013 PanoHead Studio").arg(name, model));
  setWindowModified(document_.isModified());
}

void MainWindow::showError(const Error& error) {
  // One at a time, and each once: a frame that fails, fails at every move of the mouse.
  const auto same = [&error](const Error& other) { return std::string_view(other.what()) == error.what(); };
  if (std::ranges::none_of(errors_, same)) {
    errors_.push_back(error);
  }
  showNextError();
}

void MainWindow::showNextError() {
  if (error_dialog_ || errors_.empty()) {
    return;
  }
  error_dialog_ = new ErrorDialog(errors_.front(), this);
  connect(error_dialog_, &QDialog::finished, this, [this] {
    errors_.pop_front();
    error_dialog_ = nullptr;
    showNextError();
  });
  error_dialog_->open();
}

}  // namespace panohead::ui
