#pragma once

#include "core/session/studio.h"
#include "core/vision/aligned_square.h"

#include <QWidget>

#include <functional>

class QAbstractButton;
class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QToolButton;

namespace panohead::ui {

class CropPreview;
class PhotoCanvas;
class PhotoDesk;
class ValueSlider;

/// The current photo of a desk with everything that can be corrected: which head, its square, the direction
/// it looks in over the live model, and its mask. Says what is wrong with it, and what can be done.
class AdjustPage final : public QWidget {
  Q_OBJECT

 public:
  explicit AdjustPage(PhotoDesk& desk, QWidget* parent = nullptr);

  void setModel(const ModelPtr& model);

 private:
  QWidget* makeTools();
  QWidget* makeLandmarks();
  QWidget* makeBrush();
  QToolButton* makeNetworkMenu();
  void askForNetwork();
  QWidget* makeAngles();
  void connectAll();
  void showList();
  void showPhoto();
  void showPose();
  void showMask();
  void showVerdict();
  void editPose(const QObject* by, const std::function<void(HeadPose&)>& change);
  void chooseTool(int tool);
  void undo();

  PhotoDesk& desk_;
  QComboBox* photo_;
  QLabel* verdict_;
  QPushButton* accept_;
  QPushButton* find_;
  PhotoCanvas* canvas_;
  QButtonGroup* tools_;
  QWidget *landmark_row_ = nullptr, *brush_row_ = nullptr;
  QComboBox* landmark_;
  QAbstractButton *landmark_undo_, *landmark_reset_;
  ValueSlider* brush_;
  QAbstractButton *undo_, *clear_;
  QAbstractButton *pose_undo_, *pose_reset_;
  CropPreview* preview_;
  std::uint64_t shown_ = 0;  // the photo whose blend was chosen
  ValueSlider *yaw_, *pitch_, *roll_;
};

}  // namespace panohead::ui
