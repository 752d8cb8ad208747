#pragma once

#include "ui/photo/fit_run.h"

#include <QWidget>

class QButtonGroup;
class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace panohead::ui {

class AroundView;
class CompareView;
class DriftGauge;
class RunChart;

/// A fit while it runs, and what came out: four views, the photo beside it, before and after tuning, losses,
/// side drift, and steps to go back to.
class FitPage final : public QWidget {
  Q_OBJECT

 public:
  explicit FitPage(FitRun& run, QWidget* parent = nullptr);

 signals:
  /// To go on from a kept step (its id) with the options of the set-up.
  void backRequested(int kept);
  void discardRequested();
  void useRequested();
  void saveRequested();

 private:
  QWidget* makeHead();
  QWidget* makePictures();
  QWidget* makeKept();
  QWidget* makeResult();
  void showPhase();
  void showProgress();
  void showPictures();
  void showCurves();
  void showKept();

  FitRun& run_;
  QLabel *state_, *notice_;
  QProgressBar* progress_;
  QPushButton *pause_, *stop_, *finish_, *discard_;
  QButtonGroup* what_;
  QStackedWidget* pictures_;
  AroundView* around_;
  CompareView* compare_;
  DriftGauge* drift_;
  RunChart* chart_;
  QListWidget* kept_;
  QPushButton *back_, *use_, *save_;
};

}  // namespace panohead::ui
