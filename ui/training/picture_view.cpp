#include "ui/training/picture_view.h"

#include "core/jobs/function_job.h"

#include <QImageReader>
#include <QPainter>

namespace panohead::ui {

PictureView::PictureView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(160, 120);
  setAccessibleName(tr("Picture"));
  settle_.setSingleShot(true);
  settle_.setInterval(120);
  connect(&settle_, &QTimer::timeout, this, &PictureView::load);
}

void PictureView::showFile(const QString& path) {
  if (path == path_) {
    return;
  }
  path_ = path;
  problem_.clear();
  if (path.isEmpty()) {
    bridge_.worker().cancelAll();
    picture_ = {};
    update();
  } else {
    load();
  }
}

void PictureView::load() {
  if (path_.isEmpty() || size().isEmpty()) {
    return;
  }
  struct Loaded {
    QImage image;
    QString problem;
  };
  bridge_.worker().cancel(job_);
  const QSize room = size() * devicePixelRatioF();
  job_ = startFunction(
      bridge_.worker(),
      "reading a picture",
      [path = path_, room](JobContext& context) {
        context.checkpoint();
        QImageReader reader(path);
        const QImage image = reader.read();
        return Loaded{
            image.isNull() ? image : image.scaled(room, Qt::KeepAspectRatio, Qt::SmoothTransformation),
            image.isNull() ? reader.errorString() : QString()};
      },
      [this, path = path_](const Loaded& loaded) {
        if (path == path_) {
          picture_ = QPixmap::fromImage(loaded.image);
          picture_.setDevicePixelRatio(devicePixelRatioF());
          problem_ = loaded.problem;
          update();
        }
      });
}

void PictureView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  painter.setPen(palette().color(QPalette::PlaceholderText));
  if (picture_.isNull()) {
    painter.drawText(
        rect(), Qt::AlignCenter | Qt::TextWordWrap, problem_.isEmpty() ? tr("No picture yet") : problem_);
    return;
  }
  QSize size = picture_.deviceIndependentSize().toSize();
  size.scale(this->size(), Qt::KeepAspectRatio);
  QRect place(QPoint(), size);
  place.moveCenter(rect().center());
  painter.drawPixmap(place, picture_);
}

void PictureView::resizeEvent(QResizeEvent*) { settle_.start(); }

}  // namespace panohead::ui
