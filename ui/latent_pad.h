#pragma once

#include <QPointF>
#include <QWidget>

#include <cstdint>
#include <utility>
#include <vector>

namespace panohead::ui {

/// A map of seeds: every whole place (x, y) is a seed of its own, and between them heads flow into each
/// other. Dragging walks over the map. Two places never share a seed within 65536 steps of the middle.
class LatentPad final : public QWidget {
  Q_OBJECT

 public:
  explicit LatentPad(QWidget* parent = nullptr);

  using Blend = std::vector<std::pair<std::uint32_t, double>>;
  /// What lies at a place: up to four seeds with weights that sum to 1.
  static Blend blendAt(QPointF place);
  static std::uint32_t seedAt(int x, int y);

  QPointF place() const noexcept { return place_; }
  /// Tells whether this blend is what lies at the place; says nothing.
  void show(const Blend& blend);
  QSize sizeHint() const override { return {220, 150}; }

 signals:
  void moved(QPointF place);
  void released();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void moveBy(QPointF step);

  QPointF place_{0, 0};
  QPointF last_mouse_;
  bool on_map_ = false;  // what is shown lies on the map
};

}  // namespace panohead::ui
