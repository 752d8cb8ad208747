#pragma once

#include <QGroupBox>

class QDoubleSpinBox;

namespace panohead::ui {

class ViewportWidget;

/// How the head is shown: render type, field of view, size, and the named views.
class ViewPanel final : public QGroupBox {
  Q_OBJECT

 public:
  ViewPanel(ViewportWidget& viewport, QWidget* parent = nullptr);

 private:
  QWidget* makeNamedViews();

  ViewportWidget& viewport_;
  QDoubleSpinBox* fov_;
};

}  // namespace panohead::ui
