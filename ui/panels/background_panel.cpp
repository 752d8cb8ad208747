#include "ui/panels/background_panel.h"

#include "ui/seed_box.h"

#include <QGridLayout>
#include <QRadioButton>

namespace panohead::ui {
namespace {

QRadioButton* choice(const QString& text, const char* name, const QString& help) {
  auto* button = new QRadioButton(text);
  button->setObjectName(name);
  button->setToolTip(help);
  return button;
}

}  // namespace

BackgroundPanel::BackgroundPanel(QWidget* parent)
    : QGroupBox(tr("Background"), parent),
      own_(choice(tr("O&wn"), "backgroundOwn", tr("The background that belongs to this head"))),
      other_(choice(tr("Of s&eed"), "backgroundOther", tr("The background that belongs to another seed"))),
      none_(choice(tr("&None"), "backgroundNone", tr("Transparent: pictures are saved with alpha"))),
      seed_(new SeedBox) {
  setObjectName("backgroundPanel");
  own_->setChecked(true);
  seed_->setObjectName("backgroundSeed");
  seed_->setAccessibleName(tr("Seed of the background"));
  seed_->setToolTip(tr("The seed whose background is shown"));
  seed_->setValue(1);
  seed_->setEnabled(false);

  connect(other_, &QRadioButton::toggled, seed_, &QWidget::setEnabled);
  for (QRadioButton* button : {own_, other_, none_}) {
    connect(button, &QRadioButton::toggled, this, [this](bool on) {
      if (on) {
        emit edited();
      }
    });
  }
  connect(seed_, &QDoubleSpinBox::valueChanged, this, &BackgroundPanel::edited);

  auto* layout = new QGridLayout(this);
  layout->setVerticalSpacing(8);
  layout->addWidget(own_, 0, 0, 1, 2);
  layout->addWidget(other_, 1, 0);
  layout->addWidget(seed_, 1, 1);
  layout->addWidget(none_, 2, 0, 1, 2);
  layout->setColumnStretch(1, 1);
}

void BackgroundPanel::apply(HeadOptions& options) const {
  if (none_->isChecked()) {
    options.background = NoBackground{};
  } else if (other_->isChecked()) {
    options.background = SeedBackground{seed_->seed()};
  } else {
    options.background = OwnBackground{};
  }
}

void BackgroundPanel::setLimits(const ModelInfo& info) {
  other_->setEnabled(info.has_background);
  if (!info.has_background && other_->isChecked()) {
    own_->setChecked(true);
  }
}

}  // namespace panohead::ui
