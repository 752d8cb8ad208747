#pragma once

#include "core/runs/run_files.h"

#include <QWidget>

#include <vector>

class QComboBox;
class QLabel;
class QSlider;

namespace panohead::ui {

class PictureView;

/// The sheets of a run: a kind, and a slider through the run that stays at the newest while it is at its end.
class SheetView final : public QWidget {
  Q_OBJECT

 public:
  explicit SheetView(QWidget* parent = nullptr);

  void setSheets(const std::vector<RunSheet>& sheets);

 private:
  void kindChanged();
  void show(int index);

  std::vector<RunSheet> sheets_;
  std::vector<RunSheet> shown_;  // of the kind
  QComboBox* kind_;
  QSlider* when_;
  QLabel* kimg_;
  PictureView* picture_;
};

}  // namespace panohead::ui
