#pragma once

#include "ui/bridge/job_bridge.h"

#include <QPixmap>
#include <QTimer>
#include <QWidget>

namespace panohead::ui {

/// A picture file, fitted into the widget. Read and scaled on a thread of its own; the picture before stays
/// until the next one is there.
class PictureView final : public QWidget {
  Q_OBJECT

 public:
  explicit PictureView(QWidget* parent = nullptr);

  /// An empty path shows nothing.
  void showFile(const QString& path);
  const QString& file() const noexcept { return path_; }
  bool hasPicture() const noexcept { return !picture_.isNull(); }
  QSize sizeHint() const override { return {320, 240}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void load();

  QString path_;
  QPixmap picture_;
  QString problem_;
  JobId job_ = 0;
  QTimer settle_;  // of the size
  JobBridge bridge_;
};

}  // namespace panohead::ui
