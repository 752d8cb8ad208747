#pragma once

#include <QGroupBox>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QPushButton;

namespace panohead::ui {

class Document;
class ViewportWidget;

/// How the head is shown: render type, camera in numbers, size, and the named views.
class ViewPanel final : public QGroupBox {
  Q_OBJECT

 public:
  ViewPanel(Document& document, ViewportWidget& viewport, QWidget* parent = nullptr);

 private:
  QWidget* makeNamedViews();
  QDoubleSpinBox* numberBox(const char* name, const QString& title, double low, double high, double step);
  void show();
  void showMode();
  void chooseMode();
  void lockRoll(bool lock);
  void apply();

  Document& document_;
  ViewportWidget& viewport_;
  QComboBox* mode_;
  QCheckBox* split_;
  QDoubleSpinBox* yaw_;
  QDoubleSpinBox* pitch_;
  QDoubleSpinBox* roll_;
  QCheckBox* roll_lock_;
  QDoubleSpinBox* radius_;
  QDoubleSpinBox* fov_;
};

}  // namespace panohead::ui
