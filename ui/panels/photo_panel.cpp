#include "ui/panels/photo_panel.h"

#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"
#include "ui/page_stack.h"
#include "ui/photo/adjust_page.h"
#include "ui/photo/fit_folder.h"
#include "ui/photo/fit_page.h"
#include "ui/photo/fit_setup.h"
#include "ui/photo/photo_list.h"
#include "ui/picture_files.h"

#include <QButtonGroup>
#include <QDropEvent>
#include <QLabel>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace panohead::ui {

PhotoPanel::PhotoPanel(QSettings& settings, QWidget* parent)
    : QWidget(parent),
      settings_(settings),
      steps_(new QButtonGroup(this)),
      pages_(new PageStack),
      list_(new PhotoList(desk_)),
      adjust_(new AdjustPage(desk_)),
      setup_(new FitSetup),
      fit_(new FitPage(run_)),
      activity_text_(new QLabel) {
  setObjectName("photoPanel");
  setAcceptDrops(true);
  setMinimumWidth(200);  // whatever the pages want: other docks share the place
  connect(list_, &PhotoList::addRequested, this, &PhotoPanel::photosRequested);
  connect(list_, &PhotoList::adjustRequested, this, [this] { showStep(Adjust); });
  connect(list_, &PhotoList::resumeRequested, this, &PhotoPanel::resumeLeft);
  connect(list_, &PhotoList::forgetRequested, this, &PhotoPanel::forgetLeft);
  pages_->addWidget(list_);
  pages_->addWidget(makeAdjust());
  pages_->addWidget(setup_);
  pages_->addWidget(fit_);
  activity_ = makeActivity();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 8);
  layout->setSpacing(6);
  layout->addWidget(makeSteps());
  auto* scroll = new QScrollArea;  // in low windows
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(pages_);
  layout->addWidget(scroll, 1);
  layout->addWidget(activity_);
  connectAll();
  showStep(Photos);
  refresh();
}

QWidget* PhotoPanel::makeSteps() {
  auto* box = new QWidget;
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  struct Text {
    QString title, help;
  };
  const std::array<Text, 4> texts{Text{tr("1 Photos"), tr("The photos of the person")},
                                  Text{tr("2 Adjust"), tr("Square, direction and mask of the head")},
                                  Text{tr("3 Set up"), tr("How the photos are fitted")},
                                  Text{tr("4 Fit"), tr("The fit, while it runs and afterwards")}};
  for (int i = 0; i < 4; ++i) {
    auto* button = new QToolButton;
    button->setObjectName(QString("photoStep%1").arg(i + 1));
    button->setText(texts[static_cast<std::size_t>(i)].title);
    button->setToolTip(texts[static_cast<std::size_t>(i)].help);
    button->setCheckable(true);
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    steps_->addButton(button, i);
    row->addWidget(button, 1);
  }
  connect(steps_, &QButtonGroup::idClicked, this, [this](int id) { showStep(static_cast<Step>(id)); });
  return box;
}

QWidget* PhotoPanel::makeAdjust() {
  auto* next = new QPushButton(tr("Set &up \u25b8"));
  next->setObjectName("adjustNext");
  next->setToolTip(tr("Goes on to how the photos are fitted"));
  connect(next, &QPushButton::clicked, this, [this] { showStep(SetUp); });
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(adjust_, 1);
  layout->addWidget(next, 0, Qt::AlignRight);
  return page;
}

QWidget* PhotoPanel::makeActivity() {
  activity_text_->setObjectName("photoActivity");
  activity_text_->setProperty("role", "quiet");
  auto* cancel = new QPushButton(tr("Cancel"));
  cancel->setObjectName("photoCancel");
  cancel->setToolTip(tr("Stops that; a photo that is being read is not added"));
  connect(cancel, &QPushButton::clicked, &desk_, &PhotoDesk::cancel);
  auto* box = new QWidget;
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(activity_text_, 1);
  row->addWidget(cancel);
  QSizePolicy policy = box->sizePolicy();
  policy.setRetainSizeWhenHidden(true);  // nothing jumps when it appears
  box->setSizePolicy(policy);
  box->hide();
  return box;
}

void PhotoPanel::connectAll() {
  connect(&desk_, &PhotoDesk::failed, this, &PhotoPanel::failed);
  connect(&desk_, &PhotoDesk::listChanged, this, &PhotoPanel::refresh);
  connect(&desk_, &PhotoDesk::maskChanged, this, &PhotoPanel::refresh);
  connect(&desk_, &PhotoDesk::poseChanged, this, &PhotoPanel::refresh);
  connect(&desk_, &PhotoDesk::activityChanged, this, [this] {
    activity_text_->setText(desk_.activity());
    activity_->setVisible(!desk_.activity().isEmpty());
    refresh();
  });
  connect(&run_, &FitRun::failed, this, &PhotoPanel::failed);
  connect(&run_, &FitRun::phaseChanged, this, [this] {
    if (run_.phase() == FitPhase::None && step() == Fit) {
      showStep(SetUp);
    }
    if (run_.phase() == FitPhase::None) {
      lookForLeft();
    }
    refresh();
  });
  connect(&run_, &FitRun::resumed, this, [this] { setup_->setWish(run_.wish()); });
  connect(&run_, &FitRun::finished, this, &PhotoPanel::rememberRates);
  connect(setup_, &FitSetup::startRequested, this, &PhotoPanel::start);
  connect(fit_, &FitPage::backRequested, this, &PhotoPanel::goBack);
  connect(fit_, &FitPage::discardRequested, this, [this] {
    if (confirmLoss(tr("&Discard"))) {
      run_.discard();
    }
  });
  connect(fit_, &FitPage::useRequested, this, [this] { emit useRequested(run_.avatar()); });
  connect(fit_, &FitPage::saveRequested, this, [this] { emit saveRequested(run_.avatar()); });
}

PhotoPanel::Step PhotoPanel::step() const { return static_cast<Step>(pages_->currentIndex()); }

void PhotoPanel::showStep(Step step) {
  pages_->setCurrentIndex(step);
  steps_->button(step)->setChecked(true);
}

void PhotoPanel::addPhoto(const std::filesystem::path& path) {
  if (desk_.photos().empty()) {
    setup_->setName(toQString(path.stem()));
  }
  desk_.add(path);
  showStep(Adjust);
}

void PhotoPanel::clear() { desk_.clear(); }

void PhotoPanel::setModel(const ModelPtr& model) {
  model_ = model;
  adjust_->setModel(model);
  if (model) {
    setup_->setModel(modelInfo(*model));
  }
  showLeft();
  refresh();
}

void PhotoPanel::setFitFolder(const std::filesystem::path& folder) {
  fits_ = folder;
  run_.setFolder(folder);
  lookForLeft();
}

void PhotoPanel::lookForLeft() {
  if (fits_.empty()) {
    return;
  }
  left_bridge_.worker().cancelAll();
  startFunction(
      left_bridge_.worker(),
      "Looking for fits that were left",
      [folder = fits_](JobContext&) {
        std::vector<LeftFit> fits = leftFits(folder);
        std::erase_if(fits, [](const LeftFit& fit) { return !FitFolder::take(fit.folder); });  // in use
        return fits;
      },
      [this](std::vector<LeftFit> fits) {
        left_ = std::move(fits);
        showLeft();
      });
}

void PhotoPanel::showLeft() {
  if (left_.empty()) {
    list_->showLeft({}, {});
    return;
  }
  const LeftFit& fit = left_.front();
  const bool fits = model_ && modelInfo(*model_).name == fit.model_name;
  list_->showLeft(
      tr("A fit of %1 was left at step %2 of %3.").arg(toQString(fit.name)).arg(fit.step).arg(fit.steps),
      fits ? QString() : tr("Open its model first: %1.").arg(toQString(fit.model_name)));
}

void PhotoPanel::resumeLeft() {
  if (left_.empty() || !model_ || !confirmLoss(tr("&Go on with the other"))) {
    return;
  }
  const LeftFit fit = left_.front();
  left_.erase(left_.begin());
  run_.resume(model_, fit);
  showLeft();
  showStep(Fit);
}

void PhotoPanel::forgetLeft() {
  if (left_.empty()) {
    return;
  }
  startFunction(
      left_bridge_.worker(),
      "Forgetting a fit",
      [folder = left_.front().folder](JobContext&) {
        if (const auto taken = FitFolder::take(folder)) {
          taken->setStays(false);
        }
        return 0;
      },
      [this](int) { lookForLeft(); });
  left_.erase(left_.begin());
  showLeft();
}

QString PhotoPanel::obstacle() const {
  if (!model_) {
    return tr("Open a model first.");
  }
  if (desk_.photos().empty()) {
    return tr("Add a photo first.");
  }
  for (const PhotoSubject& subject : desk_.photos()) {
    const QString name = toQString(subject.path.filename());
    if (!subject.isRead()) {
      return tr("%1 is being read.").arg(name);
    }
    if (!subject.isReady()) {
      return tr("%1: %2. Place the square by hand, or use it anyway, under Adjust.")
          .arg(name, QString::fromUtf8(titleOf(subject.head.rejections.front().defect)));
    }
    if (!subject.isOutlined() && !desk_.isBusy()) {  // it was cancelled, or failed
      return tr("The person in %1 is not outlined: choose it and press Look again, under Adjust.").arg(name);
    }
    if (!subject.isOutlined() || subject.mask_job != 0) {
      return tr("The person in %1 is being outlined.").arg(name);
    }
    if (subject.mask.coverage < kLeastPerson) {
      return tr("Nobody is outlined in %1: paint over the person, under Adjust.").arg(name);
    }
  }
  if (run_.isUnderWay()) {
    return tr(
        "A fit is under way: finish or discard it first. These options are taken when you go on from one "
        "of its kept steps.");
  }
  return {};
}

void PhotoPanel::refresh() {
  setup_->setObstacle(obstacle());
  setup_->setRates(rates(), std::max<std::size_t>(1, desk_.photos().size()));
  steps_->button(Adjust)->setEnabled(!desk_.photos().empty());
  steps_->button(Fit)->setEnabled(run_.phase() != FitPhase::None);
}

void PhotoPanel::start() {
  if (!obstacle().isEmpty()) {  // since the button was drawn
    refresh();
    return;
  }
  try {
    const FitWish wish = setup_->wish();
    if (!confirmLoss(tr("&Start anew"))) {
      return;
    }
    run_.start(model_, desk_.photos(), wish);
    showStep(Fit);
  } catch (const OptionError& error) {
    emit failed(error);
  }
}

void PhotoPanel::goBack(int kept) {
  try {
    run_.goBackTo(kept, setup_->wish().options);
  } catch (const OptionError& error) {
    emit failed(error);
  }
}

QString PhotoPanel::ratesKey() const {
  return model_ ? "fit/" + toQString(modelInfo(*model_).name) + "/" : QString();
}

FitRates PhotoPanel::rates() const {
  const QString key = ratesKey();
  return key.isEmpty() ? FitRates{}
                       : FitRates{settings_.value(key + "latent").toDouble(),
                                  settings_.value(key + "tuning").toDouble()};
}

void PhotoPanel::rememberRates() {
  const FitRates measured = measuredRates(run_.curve(), run_.photoCount());
  const QString key = "fit/" + toQString(modelInfo(*run_.model()).name) + "/";
  if (measured.latent > 0) {
    settings_.setValue(key + "latent", measured.latent);
  }
  if (measured.tuning > 0) {
    settings_.setValue(key + "tuning", measured.tuning);
  }
  refresh();
}

bool PhotoPanel::confirmClose() { return confirmLoss(run_.isUnderWay() ? tr("&End the fit") : tr("&Close")); }

bool PhotoPanel::confirmLoss(const QString& leave_text) {
  if (!run_.losesSomething()) {
    return true;
  }
  const bool runs = run_.isUnderWay();
  QMessageBox box(
      QMessageBox::Question,
      runs ? tr("A fit is under way") : tr("A head is not saved"),
      runs ? tr("A head is being fitted to a photo. What it has found can be kept on disk, and the fit gone "
                "on "
                "with later; else it is lost.")
           : tr("The head that was fitted was neither used nor saved. The fit can be kept on disk and looked "
                "at later; else it is lost."),
      QMessageBox::NoButton,
      this);
  box.setObjectName("fitCloseDialog");
  QPushButton* stay = box.addButton(tr("&Stay"), QMessageBox::RejectRole);
  stay->setObjectName("fitStay");
  QPushButton* keep = nullptr;
  if (run_.canBeKept()) {
    keep = box.addButton(tr("&Keep for later"), QMessageBox::AcceptRole);
    keep->setObjectName("fitKeep");
    keep->setToolTip(tr("It is offered in the list of photos when the window opens again"));
  }
  QPushButton* leave = box.addButton(leave_text, QMessageBox::DestructiveRole);
  leave->setObjectName("fitLeave");
  box.setDefaultButton(stay);
  box.exec();
  if (keep != nullptr && box.clickedButton() == keep) {
    return run_.keepForNextTime();
  }
  return box.clickedButton() == leave;
}

void PhotoPanel::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  const bool pictures = !urls.isEmpty() && std::ranges::all_of(urls, [](const QUrl& url) {
    return url.isLocalFile() && isPictureFile(toPath(url.toLocalFile()));
  });
  if (pictures) {  // others are the window's
    event->acceptProposedAction();
  }
}

void PhotoPanel::dropEvent(QDropEvent* event) {
  for (const QUrl& url : event->mimeData()->urls()) {
    addPhoto(toPath(url.toLocalFile()));
  }
  event->acceptProposedAction();
}

}  // namespace panohead::ui
