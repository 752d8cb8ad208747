#include "ui/photo/fit_page.h"

#include "core/base/quantity_text.h"
#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/page_stack.h"
#include "ui/photo/around_view.h"
#include "ui/photo/compare_view.h"
#include "ui/photo/drift_gauge.h"
#include "ui/photo/fit_forecast.h"
#include "ui/set_progress.h"
#include "ui/training/run_chart.h"

#include <QButtonGroup>
#include <QLabel>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kProgressSteps = 1000;
constexpr int kThumbnail = 52;  // logical pixels
enum What { kAround, kPhoto, kTuning };

constexpr std::array kTopics{ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Loss"), {"loss"}},
                             ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Losses, each"), {"each/*"}},
                             ChartTopic{QT_TRANSLATE_NOOP("RunChart", "Side drift, percent"), {"drift"}}};

}  // namespace

FitPage::FitPage(FitRun& run, QWidget* parent)
    : QWidget(parent),
      run_(run),
      state_(new QLabel),
      notice_(new QLabel),
      progress_(new QProgressBar),
      pause_(makeButton(tr("&Pause"), "fitPause", tr("Waits after the running step; again: goes on"))),
      stop_(makeButton(tr("Stop"), "fitStop", tr("Ends the fit; it can be gone on with"))),
      finish_(makeButton(tr("Finish &now"), "fitFinish", tr("Makes a head of what there is"))),
      discard_(makeButton(tr("&Discard"), "fitDiscard", tr("Forgets this fit; the window stays as it is"))),
      what_(new QButtonGroup(this)),
      pictures_(new QStackedWidget),
      around_(new AroundView),
      compare_(new CompareView),
      drift_(new DriftGauge),
      chart_(new RunChart("fitChart", 0, kTopics)),
      kept_(new QListWidget),
      back_(makeButton(
          tr("Go on from here"),
          "fitBack",
          tr("Fits on from the chosen step with the options of the set-up as they are now. Steps that were "
             "kept after it stay: the new ones are another branch"))),
      use_(makeButton(tr("&Use this head"),
                      "fitUse",
                      tr("Shows the head in the viewport, to be edited (undo brings "
                         "back what was there)"))),
      save_(makeButton(tr("Save &avatar\u2026"), "fitSave", tr("Writes the head into one small file"))) {
  setObjectName("fitPage");
  auto* fit = new QWidget;
  auto* column = new QVBoxLayout(fit);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(makeHead());
  column->addWidget(makePictures(), 3);
  column->addWidget(drift_);
  column->addWidget(chart_, 2);
  column->addWidget(makeKept());
  auto* low = new PageStack;  // one page, no higher than it must be
  low->addWidget(fit);
  auto* scroll = new QScrollArea;  // in low windows
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(low);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(scroll, 1);
  layout->addWidget(makeResult());  // in sight, whatever is scrolled: else nobody finds what comes next
  connect(&run_, &FitRun::phaseChanged, this, &FitPage::showPhase);
  connect(&run_, &FitRun::progressed, this, &FitPage::showProgress);
  showPhase();
  showProgress();
}

QWidget* FitPage::makeHead() {
  state_->setObjectName("fitState");
  state_->setProperty("role", "headline");
  progress_->setObjectName("fitProgress");
  progress_->setRange(0, kProgressSteps);
  progress_->setAccessibleName(tr("Progress of the fit"));
  notice_->setObjectName("fitNotice");
  notice_->setWordWrap(true);
  notice_->setProperty("role", "quiet");
  connect(pause_, &QPushButton::clicked, this, [this] {
    run_.phase() == FitPhase::Fitting ? run_.pause() : run_.goOn();
  });
  connect(stop_, &QPushButton::clicked, &run_, &FitRun::stop);
  connect(finish_, &QPushButton::clicked, &run_, &FitRun::finish);
  connect(discard_, &QPushButton::clicked, this, &FitPage::discardRequested);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(4);
  for (QPushButton* one : {pause_, stop_, finish_, discard_}) {
    buttons->addWidget(one);
  }
  buttons->addStretch();
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addWidget(state_);
  layout->addWidget(progress_);
  layout->addLayout(buttons);
  layout->addWidget(notice_);
  return box;
}

QWidget* FitPage::makePictures() {
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  const auto add = [&](What what, const QString& text, const char* name, const QString& help) {
    auto* made = new QToolButton;
    made->setObjectName(name);
    made->setText(text);
    made->setToolTip(help);
    made->setCheckable(true);
    what_->addButton(made, what);
    row->addWidget(made);
  };
  add(kAround, tr("Four sides"), "fitShowAround", tr("Front, 45 degrees, 90 degrees and back"));
  add(kPhoto, tr("Photo | fit"), "fitShowPhoto", tr("The photo and the head from its camera"));
  add(kTuning, tr("Before | after tuning"), "fitShowTuning", tr("The head after the first stage, and now"));
  row->addStretch();
  what_->button(kAround)->setChecked(true);
  connect(what_, &QButtonGroup::idClicked, this, &FitPage::showPictures);
  pictures_->addWidget(around_);
  pictures_->addWidget(compare_);
  layout->addLayout(row);
  layout->addWidget(pictures_, 1);
  return box;
}

QWidget* FitPage::makeKept() {
  kept_->setObjectName("fitKept");
  kept_->setAccessibleName(tr("Kept steps"));
  kept_->setToolTip(tr("Steps of this fit that can be gone back to, of all its branches"));
  kept_->setViewMode(QListView::IconMode);
  kept_->setFlow(QListView::LeftToRight);
  kept_->setWrapping(false);
  kept_->setMovement(QListView::Static);
  kept_->setIconSize({kThumbnail, kThumbnail});
  kept_->setUniformItemSizes(true);
  kept_->setWordWrap(true);
  const int lines = 2 * kept_->fontMetrics().lineSpacing();  // step and branch
  kept_->setGridSize({kThumbnail + 18, kThumbnail + 10 + lines});
  kept_->setFixedHeight(kThumbnail + 30 + lines);
  connect(kept_, &QListWidget::itemSelectionChanged, this, [this] {
    back_->setEnabled(!kept_->selectedItems().isEmpty());
  });
  connect(back_, &QPushButton::clicked, this, [this] {
    if (const QListWidgetItem* item = kept_->currentItem()) {
      emit backRequested(item->data(Qt::UserRole).toInt());
    }
  });
  return kept_;
}

QWidget* FitPage::makeResult() {
  auto* box = new QWidget;
  auto* layout = new QHBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(back_);
  layout->addStretch();
  layout->addWidget(save_);
  layout->addWidget(use_);
  connect(use_, &QPushButton::clicked, this, &FitPage::useRequested);
  connect(save_, &QPushButton::clicked, this, &FitPage::saveRequested);
  return box;
}

void FitPage::showPhase() {
  const FitPhase phase = run_.phase();
  const bool runs = phase == FitPhase::Fitting || phase == FitPhase::Paused;
  pause_->setEnabled(runs || phase == FitPhase::Stopped);
  pause_->setText(phase == FitPhase::Fitting || phase == FitPhase::Preparing ? tr("&Pause") : tr("Go &on"));
  stop_->setEnabled(runs || phase == FitPhase::Preparing || phase == FitPhase::Finishing);
  finish_->setEnabled((runs || phase == FitPhase::Stopped) && !run_.curve().empty());
  discard_->setEnabled(phase != FitPhase::None);
  use_->setEnabled(phase == FitPhase::Finished);
  save_->setEnabled(phase == FitPhase::Finished);
  showProgress();
}

void FitPage::showProgress() {
  const std::vector<FitPoint>& curve = run_.curve();
  const std::int64_t done = curve.empty() ? 0 : curve.back().step;
  const std::int64_t total = std::max<std::int64_t>(run_.steps(), 1);
  QString state;
  switch (run_.phase()) {
    case FitPhase::None:
      state = tr("No fit");
      break;
    case FitPhase::Preparing:
      state = tr("Preparing");
      break;
    case FitPhase::Fitting:
      state = done < run_.options().latent_steps ? tr("Looking for the person") : tr("Tuning the model");
      break;
    case FitPhase::Paused:
      state = tr("Paused");
      break;
    case FitPhase::Stopped:
      state = tr("Stopped");
      break;
    case FitPhase::Finishing:
      state = tr("Making the head");
      break;
    case FitPhase::Finished:
      state = tr("Finished");
      break;
  }
  state_->setText(state);
  setProgress(
      *progress_,
      run_.phase() == FitPhase::Finished ? kProgressSteps : static_cast<int>(kProgressSteps * done / total));
  const double left =
      forecastSeconds(run_.options(), run_.photoCount(), measuredRates(curve, run_.photoCount()), done);
  progress_->setFormat(
      run_.phase() == FitPhase::Fitting && left >= 0
          ? tr("step %1 of %2, about %3 left").arg(done).arg(total).arg(toQString(durationText(left, 0)))
          : tr("step %1 of %2").arg(done).arg(total));
  notice_->setText(run_.notice());
  notice_->setVisible(!run_.notice().isEmpty());
  finish_->setEnabled(finish_->isEnabled() || (run_.phase() == FitPhase::Fitting && !curve.empty()));
  showPictures();
  showCurves();
  showKept();
}

void FitPage::showPictures() {
  around_->setImages(run_.pictures().around);
  const int what = what_->checkedId();
  if (what == kPhoto) {
    compare_->setNames(tr("Photo"), tr("Fit"));
    compare_->setImages(run_.photo(), run_.pictures().fitted);
  } else if (what == kTuning) {
    compare_->setNames(tr("Before"), tr("After"));
    compare_->setImages(run_.beforeTuning(), run_.pictures().fitted);
  }
  pictures_->setCurrentWidget(what == kAround ? static_cast<QWidget*>(around_) : compare_);
}

void FitPage::showCurves() {
  auto stats = std::make_shared<RunStats>();
  double drift = -1;
  for (const FitPoint& point : run_.curve()) {
    const auto step = static_cast<double>(point.step);
    for (const Metric& loss : point.losses) {
      (*stats)[loss.name == "loss" ? loss.name : "each/" + loss.name].push_back({step, loss.value});
    }
    if (point.side_drift >= 0) {
      drift = point.side_drift;
      (*stats)["drift"].push_back({step, 100 * drift});
    }
  }
  drift_->setDrift(drift, run_.options().drift_limit);
  chart_->setRuns({{tr("fit"), stats}});
}

void FitPage::showKept() {
  const std::vector<FitKeptStep>& kept = run_.kept();
  bool same = kept_->count() == static_cast<int>(kept.size());
  for (int i = 0; same && i < kept_->count(); ++i) {
    same = kept_->item(i)->data(Qt::UserRole).toInt() == kept[static_cast<std::size_t>(i)].kept.id;
  }
  if (same) {
    return;
  }
  const QListWidgetItem* current = kept_->currentItem();
  const int chosen = current == nullptr ? -1 : current->data(Qt::UserRole).toInt();
  const QSignalBlocker quiet(kept_);
  kept_->clear();
  for (const FitKeptStep& step : kept) {
    QString text = QString::number(step.kept.step);
    QString help = step.kept.stage == "tuning" ? tr("Step %1, tuning").arg(step.kept.step)
                                               : tr("Step %1, before tuning").arg(step.kept.step);
    if (step.kept.branch > 0) {
      text = tr("%1 (branch %2)").arg(step.kept.step).arg(step.kept.branch);
      help = tr("%1, of branch %2").arg(help).arg(step.kept.branch);
    }
    auto* item = new QListWidgetItem(QIcon(QPixmap::fromImage(step.thumbnail)), text);
    item->setData(Qt::UserRole, step.kept.id);
    item->setData(Qt::AccessibleTextRole, help);
    item->setToolTip(help);
    kept_->addItem(item);
    if (step.kept.id == chosen) {
      kept_->setCurrentItem(item);
    }
  }
  back_->setEnabled(!kept_->selectedItems().isEmpty());
}

}  // namespace panohead::ui
