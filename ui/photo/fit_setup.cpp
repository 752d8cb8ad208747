#include "ui/photo/fit_setup.h"

#include "core/base/quantity_text.h"
#include "ui/bridge/qt_convert.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace panohead::ui {
namespace {

constexpr const char* kPresets[] = {"quick", "best", "published"};

}  // namespace

FitSetup::FitSetup(QWidget* parent)
    : QWidget(parent),
      name_(new QLineEdit),
      presets_(new QButtonGroup(this)),
      background_(new QComboBox),
      all_(new QCheckBox(tr("All &options"))),
      form_(new TableForm<FitOptions>(fitOptionTable(), {})),
      scroll_(new QScrollArea),
      forecast_(new QLabel),
      obstacle_(new QLabel),
      start_(new QPushButton(tr("St&art"))) {
  using Kind = AvatarBackground::Kind;
  setObjectName("fitSetup");
  name_->setObjectName("fitName");
  name_->setToolTip(tr("Name of the person, for the file and the gallery"));
  name_->setAccessibleName(tr("Name"));
  background_->setObjectName("fitBackground");
  background_->setToolTip(tr("What stands behind the head when its own background is asked for"));
  background_->setAccessibleName(tr("Background"));
  background_->addItem(tr("Generated, fitted to the photo"), static_cast<int>(Kind::Generated));
  background_->addItem(tr("The photo, as a layer"), static_cast<int>(Kind::Photo));
  background_->addItem(tr("None: transparent"), static_cast<int>(Kind::None));
  all_->setObjectName("fitAllOptions");
  all_->setToolTip(tr("Shows every number that the fit can be told"));
  forecast_->setObjectName("fitForecast");
  forecast_->setWordWrap(true);
  forecast_->setProperty("role", "quiet");
  obstacle_->setObjectName("fitObstacle");
  obstacle_->setWordWrap(true);
  obstacle_->setProperty("role", "quiet");
  start_->setObjectName("fitStart");
  start_->setToolTip(tr("Fits the model to the photos, on a thread of its own: the window stays usable"));
  for (const char* row : {"preset", "background"}) {
    form_->hideRow(row);  // chosen above
  }
  form_->fitInto(*scroll_);
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->hide();

  auto* names = new QFormLayout;
  names->addRow(tr("&Name"), name_);
  names->addRow(tr("Backgroun&d"), background_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(names);
  layout->addWidget(makePresets());
  layout->addWidget(forecast_);
  layout->addWidget(all_);
  layout->addWidget(scroll_, 1);
  layout->addStretch();
  layout->addWidget(obstacle_);
  layout->addWidget(start_);

  connect(all_, &QCheckBox::toggled, this, [this](bool all) {
    scroll_->setVisible(all);
    form_->showAdvanced(all);
  });
  connect(form_, &ValueForm::edited, this, &FitSetup::showForecast);
  connect(start_, &QPushButton::clicked, this, &FitSetup::startRequested);
  choosePreset("quick");
}

QWidget* FitSetup::makePresets() {
  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 4, 0, 0);
  const QString texts[] = {tr("&Quick: a likeness"),
                           tr("&Best: also the small things"),
                           tr("P&ublished: 500 + 500 steps as in the public script")};
  const QString helps[] = {
      tr("Few steps of both stages; good enough to look around"),
      tr("More steps, in which the sides and the back are held while the front is tuned"),
      tr("Schedules and weights of the published script, for comparison: its heads rot at the sides")};
  for (int i = 0; i < 3; ++i) {
    auto* button = new QRadioButton(texts[i]);
    button->setObjectName(QString("preset_%1").arg(kPresets[i]));
    button->setToolTip(helps[i]);
    presets_->addButton(button, i);
    column->addWidget(button);
  }
  connect(presets_, &QButtonGroup::idClicked, this, [this](int id) { choosePreset(kPresets[id]); });
  return box;
}

void FitSetup::choosePreset(const QString& name) {
  for (QAbstractButton* button : presets_->buttons()) {
    button->setChecked(button->objectName() == "preset_" + name);
  }
  const FitOptions preset = fitPreset(name.toStdString());
  form_->setBase(preset);
  form_->setOptions(preset);
}

FitWish FitSetup::wish() const {
  FitWish wish;
  wish.name = name_->text().trimmed().toStdString();
  wish.options = form_->options();
  wish.background = static_cast<AvatarBackground::Kind>(background_->currentData().toInt());
  wish.options.check();
  return wish;
}

void FitSetup::setWish(const FitWish& wish) {
  setName(toQString(wish.name));
  background_->setCurrentIndex(background_->findData(static_cast<int>(wish.background)));
  choosePreset(toQString(wish.options.preset));
  form_->setOptions(wish.options);
  showForecast();
}

void FitSetup::setName(const QString& name) { name_->setText(name); }

void FitSetup::setModel(const ModelInfo& info) {
  const int generated = background_->findData(static_cast<int>(AvatarBackground::Kind::Generated));
  if (!info.has_background && background_->currentIndex() == generated) {
    background_->setCurrentIndex(background_->findData(static_cast<int>(AvatarBackground::Kind::Photo)));
  }
}

void FitSetup::setRates(const FitRates& rates, std::size_t photos) {
  rates_ = rates;
  photos_ = photos;
  showForecast();
}

void FitSetup::setObstacle(const QString& obstacle) {
  obstacle_->setText(obstacle);
  obstacle_->setVisible(!obstacle.isEmpty());
  start_->setEnabled(obstacle.isEmpty());
}

void FitSetup::showForecast() {
  const FitOptions options = form_->options();
  const double seconds = forecastSeconds(options, photos_, rates_);
  const QString steps = tr("%1 + %2 steps").arg(options.latent_steps).arg(options.tuning_steps);
  forecast_->setText(seconds < 0 ? steps
                                 : tr("%1: about %2").arg(steps, toQString(durationText(seconds, 0))));
}

}  // namespace panohead::ui
