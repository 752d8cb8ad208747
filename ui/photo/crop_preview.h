#pragma once

#include "core/jobs/frame_loop.h"
#include "core/session/studio.h"
#include "core/vision/aligned_square.h"
#include "ui/bridge/job_bridge.h"

#include <QImage>
#include <QTimer>
#include <QWidget>

#include <memory>

namespace panohead::ui {

class ValueSlider;

/// The picture cut from a photo beside the model's average head from the camera that alignment found: what a
/// fit starts from. Their blend shows whether they agree.
class CropPreview final : public QWidget {
  Q_OBJECT

 public:
  explicit CropPreview(QWidget* parent = nullptr);
  ~CropPreview() override;

  /// Null: none.
  void setModel(ModelPtr model);
  /// A null photo clears it.
  void show(std::shared_ptr<const Image> photo, const HeadPose& pose);

  /// How much of the average head is seen over the picture, 0..1.
  void setBlend(double blend);
  double blend() const noexcept { return blend_; }

  const QImage& crop() const noexcept { return crop_; }
  const QImage& head() const noexcept { return head_; }
  QSize sizeHint() const override { return {360, 190}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  struct MeanHead;
  void cut();
  void draw(bool refined);

  std::shared_ptr<const Image> photo_;
  HeadPose pose_{};
  std::shared_ptr<MeanHead> mean_;
  QImage crop_, head_;
  double blend_ = 0;
  ValueSlider* slider_;
  QTimer rest_;  // full quality once nothing moves
  JobId crop_job_ = 0;
  JobBridge crop_bridge_;
  JobBridge head_bridge_;
  FrameLoop loop_;
};

}  // namespace panohead::ui
