#pragma once

#include <QImage>
#include <QWidget>

#include <array>

namespace panohead::ui {

/// A head from four sides: front, 45 degrees, 90 degrees, back.
class AroundView final : public QWidget {
  Q_OBJECT

 public:
  explicit AroundView(QWidget* parent = nullptr);
  void setImages(const std::array<QImage, 4>& images);
  const std::array<QImage, 4>& images() const noexcept { return images_; }
  QSize sizeHint() const override { return {320, 320}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::array<QImage, 4> images_;
};

}  // namespace panohead::ui
