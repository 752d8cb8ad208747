#pragma once

#include <QImage>
#include <QWidget>

class QSlider;

namespace panohead::ui {

/// Two pictures of one thing over each other, with a border between them that is dragged.
class CompareView final : public QWidget {
  Q_OBJECT

 public:
  explicit CompareView(QWidget* parent = nullptr);

  void setImages(const QImage& left, const QImage& right);
  void setNames(const QString& left, const QString& right);
  const QImage& left() const noexcept { return left_; }
  const QImage& right() const noexcept { return right_; }
  /// 0: all right one, 1: all left one.
  double border() const;
  QSize sizeHint() const override { return {320, 320}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;

 private:
  QRect place() const;

  QImage left_, right_;
  QString left_name_, right_name_;
  QSlider* slider_;
};

}  // namespace panohead::ui
