#pragma once

#include <QPointF>
#include <QWidget>

#include <cstdint>
#include <optional>
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
  /// Where a blend lies; most lie nowhere.
  static std::optional<QPointF> placeOf(const Blend& blend);
  /// Goes where this blend lies, or, of none, this seed; says nothing.
  void show(const Blend& blend, std::uint32_t seed);
  QSize sizeHint() const override { return {220, 150}; }

 signals:
  void moved(QPointF place);
  void released();

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void moveBy(QPointF step);
  QPoint cellUnder(QPointF mouse) const;

  QPointF place_{0, 0};
  QPointF last_mouse_;
  bool dragged_ = false;  // since the button was pressed
  bool on_map_ = false;   // what is shown lies on the map
};

}  // namespace panohead::ui
