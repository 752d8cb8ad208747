#pragma once

#include <QGroupBox>

class QCheckBox;
class QComboBox;
class QLabel;

namespace panohead::ui {

class ValueSlider;
class ViewportWidget;

/// How the mesh is shown in the viewport: shading, and beside the neural picture or alone.
class MeshLookBox final : public QGroupBox {
  Q_OBJECT

 public:
  explicit MeshLookBox(ViewportWidget& viewport, QWidget* parent = nullptr);

 private:
  void apply();
  void show();
  void showState();

  ViewportWidget& viewport_;
  QComboBox* shading_;
  QCheckBox* split_;
  ValueSlider* line_;
  QLabel* state_;
};

}  // namespace panohead::ui
