#pragma once

#include <QWidget>

#include <vector>

namespace panohead::ui {

/// A line of time with marks at the key frames and a playhead.
class TimeLine final : public QWidget {
  Q_OBJECT

 public:
  explicit TimeLine(QWidget* parent = nullptr);

  /// @param marks seconds, ascending
  void setMarks(std::vector<double> marks);
  void setTime(double seconds);
  double time() const noexcept { return time_; }
  /// The mark under the playhead, or -1.
  int markAtTime() const;
  QSize sizeHint() const override { return {400, 54}; }

 signals:
  void scrubbed(double seconds);
  void released();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  double length() const;
  double placeOf(double seconds) const;
  void scrubTo(double x);

  std::vector<double> marks_;
  double time_ = 0;
};

}  // namespace panohead::ui
