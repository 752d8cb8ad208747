#include "ui/panels/generate_panel.h"

#include "ui/seed_box.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>

#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kMaxCutoff = 32;                  // more layers than any model has; a model takes what it has
constexpr std::uint32_t kRandomSeeds = 100000;  // random seeds stay short enough to be read out

QPushButton* stepButton(const QString& text, const char* name, const QString& help) {
  auto* button = new QPushButton(text);
  button->setObjectName(name);
  button->setToolTip(help);
  button->setAccessibleName(help);
  return button;
}

}  // namespace

GeneratePanel::GeneratePanel(QWidget* parent)
    : QGroupBox(tr("Generate"), parent),
      seed_(new SeedBox),
      psi_slider_(new QSlider(Qt::Horizontal)),
      psi_(new QDoubleSpinBox),
      cutoff_(new QSpinBox) {
  setObjectName("generatePanel");
  const HeadOptions defaults;

  seed_->setObjectName("seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setToolTip(tr("The number that the head is made from; the same seed always gives the same head"));
  seed_->setValue(defaults.seed);
  auto* previous = stepButton(QString::fromUtf8("\u25c0"), "previousSeed", tr("Previous seed (Page Up)"));
  auto* random = stepButton(tr("&Random"), "randomSeed", tr("Random seed (Ctrl+R)"));
  auto* next = stepButton(QString::fromUtf8("\u25b6"), "nextSeed", tr("Next seed (Page Down)"));

  psi_slider_->setObjectName("truncationSlider");
  psi_slider_->setAccessibleName(tr("Truncation"));
  psi_slider_->setToolTip(tr("0 is the average head, 1 the head as drawn; 0.7 is safe and varied"));
  psi_slider_->setRange(0, 150);
  psi_->setObjectName("truncation");
  psi_->setAccessibleName(tr("Truncation"));
  psi_->setToolTip(psi_slider_->toolTip());
  psi_->setRange(-2, 2);
  psi_->setSingleStep(0.05);
  psi_->setValue(defaults.truncation_psi);
  psi_slider_->setValue(static_cast<int>(std::lround(100 * defaults.truncation_psi)));
  cutoff_->setObjectName("truncationCutoff");
  cutoff_->setAccessibleName(tr("Truncation cutoff"));
  cutoff_->setToolTip(tr("How many layers, from the coarsest, are truncated"));
  cutoff_->setRange(-1, kMaxCutoff);
  cutoff_->setSpecialValueText(tr("all layers"));
  cutoff_->setValue(defaults.truncation_cutoff);

  connect(seed_, &QDoubleSpinBox::valueChanged, this, &GeneratePanel::edited);
  connect(previous, &QPushButton::clicked, this, &GeneratePanel::previousSeed);
  connect(random, &QPushButton::clicked, this, &GeneratePanel::randomSeed);
  connect(next, &QPushButton::clicked, this, &GeneratePanel::nextSeed);
  connect(
      psi_slider_, &QSlider::valueChanged, this, [this](int percent) { psi_->setValue(percent / 100.0); });
  connect(psi_, &QDoubleSpinBox::valueChanged, this, [this](double psi) {
    const QSignalBlocker quiet(psi_slider_);
    psi_slider_->setValue(static_cast<int>(std::lround(100 * psi)));
    emit edited();
  });
  connect(cutoff_, &QSpinBox::valueChanged, this, &GeneratePanel::edited);

  auto* steps = new QHBoxLayout;
  steps->addWidget(previous, 1);
  steps->addWidget(random, 2);
  steps->addWidget(next, 1);
  auto* truncation = new QHBoxLayout;
  truncation->addWidget(psi_slider_, 1);
  truncation->addWidget(psi_);
  auto* layout = new QFormLayout(this);
  layout->setVerticalSpacing(8);
  layout->addRow(tr("&Seed"), seed_);
  layout->addRow(steps);
  layout->addRow(new QLabel(tr("Truncation")));
  layout->addRow(truncation);
  layout->addRow(tr("Cu&toff"), cutoff_);
}

void GeneratePanel::apply(HeadOptions& options) const {
  options.seed = seed_->seed();
  options.truncation_psi = psi_->value();
  options.truncation_cutoff = cutoff_->value();
}

void GeneratePanel::nextSeed() { seed_->stepUp(); }
void GeneratePanel::previousSeed() { seed_->stepDown(); }
void GeneratePanel::randomSeed() { seed_->setValue(QRandomGenerator::global()->bounded(kRandomSeeds)); }

}  // namespace panohead::ui
