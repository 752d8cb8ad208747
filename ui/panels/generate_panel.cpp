#include "ui/panels/generate_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/latent_pad.h"
#include "ui/seed_box.h"
#include "ui/value_slider.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr int kMaxLayers = 32;                  // more layers than any model has; a model takes what it has
constexpr std::uint32_t kRandomSeeds = 100000;  // random seeds stay short enough to be read out
constexpr std::size_t kHistory = 50;

QPushButton* stepButton(const QString& text, const char* name, const QString& help) {
  auto* button = new QPushButton(text);
  button->setObjectName(name);
  button->setToolTip(help);
  button->setAccessibleName(help);
  return button;
}

QSpinBox* layerBox(const char* name, const QString& title, const QString& help) {
  auto* box = new QSpinBox;
  box->setObjectName(name);
  box->setAccessibleName(title);
  box->setToolTip(help);
  box->setRange(0, kMaxLayers);
  box->setKeyboardTracking(false);
  return box;
}

QString conditioningHelp() {
  return GeneratePanel::tr(
      "The camera that the mapping network is told, in degrees; models that were not conditioned on it take "
      "no "
      "notice");
}

}  // namespace

GeneratePanel::GeneratePanel(Document& document, QWidget* parent)
    : QGroupBox(tr("Generate"), parent),
      document_(document),
      people_(new QLabel),
      seed_(new SeedBox),
      history_(new QComboBox),
      pad_(new LatentPad),
      psi_(new ValueSlider("truncation",
                           tr("Truncation"),
                           tr("0 is the average head, 1 the head as drawn; 0.7 is safe and varied"),
                           {-2, 2, 0.01, 2, 0.7})),
      cutoff_(new QSpinBox),
      yaw_(new ValueSlider(
          "conditioningYaw", tr("Conditioning yaw"), conditioningHelp(), {-180, 180, 1, 0, 0})),
      pitch_(new ValueSlider(
          "conditioningPitch", tr("Conditioning pitch"), conditioningHelp(), {-89, 89, 1, 0, 0})),
      noise_(new QComboBox),
      mix_(new QCheckBox(tr("&Mix in layers of"))),
      mix_seed_(new SeedBox),
      mix_first_(layerBox(
          "mixFirst", tr("First mixed layer"), tr("First layer of w that is taken from the other seed"))),
      mix_last_(
          layerBox("mixLast", tr("Layer after the mixed ones"), tr("Layers up to this one are mixed in"))) {
  setObjectName("generatePanel");

  cutoff_->setObjectName("truncationCutoff");
  cutoff_->setAccessibleName(tr("Truncation cutoff"));
  cutoff_->setToolTip(tr("How many layers, from the coarsest, are truncated"));
  cutoff_->setRange(-1, kMaxLayers);
  cutoff_->setSpecialValueText(tr("all layers"));
  cutoff_->setKeyboardTracking(false);
  noise_->setObjectName("noise");
  noise_->setAccessibleName(tr("Noise"));
  noise_->setToolTip(
      tr("Fine detail that no latent holds: stored in the model, drawn anew for every seed, or none"));
  noise_->addItem(tr("constant"), static_cast<int>(NoiseMode::Const));
  noise_->addItem(tr("random"), static_cast<int>(NoiseMode::Random));
  noise_->addItem(tr("none"), static_cast<int>(NoiseMode::None));

  people_->setObjectName("shownPeople");
  people_->setProperty("role", "quiet");
  people_->setWordWrap(true);

  auto* layout = new QFormLayout(this);
  layout->setVerticalSpacing(7);
  layout->addRow(people_);
  layout->addRow(makeSeedRow());
  layout->addRow(pad_);
  layout->addRow(new QLabel(tr("Truncation")));
  layout->addRow(psi_);
  layout->addRow(tr("&Cutoff"), cutoff_);
  layout->addRow(makeMixing());
  layout->addRow(new QLabel(tr("Conditioning yaw, pitch")));
  layout->addRow(yaw_);
  layout->addRow(pitch_);
  layout->addRow(tr("Noise"), noise_);

  connect(pad_, &LatentPad::moved, this, [this](QPointF place) {
    editHead(tr("Walk on the map"), "pad", [this, place](HeadOptions& head) {
      head.blend = LatentPad::blendAt(place);
      if (head.blend.size() == 1) {  // on a seed: it is that seed's head
        head.seed = head.blend.front().first;
        head.blend.clear();
      }
      leavePeople(head);
    });
  });
  connect(pad_, &LatentPad::released, &document_, &Document::endMerge);
  connect(psi_, &ValueSlider::edited, this, [this](double psi) {
    editHead(tr("Truncation"), "psi", [psi](HeadOptions& head) { head.truncation_psi = psi; });
  });
  connect(psi_, &ValueSlider::released, &document_, &Document::endMerge);
  connect(cutoff_, &QSpinBox::valueChanged, this, [this](int cutoff) {
    editHead(
        tr("Truncation cutoff"), "cutoff", [cutoff](HeadOptions& head) { head.truncation_cutoff = cutoff; });
  });
  const auto pose = [this] {
    editHead(tr("Conditioning pose"), "conditioning", [this](HeadOptions& head) {
      head.conditioning_yaw = yaw_->value();
      head.conditioning_pitch = pitch_->value();
    });
  };
  for (ValueSlider* slider : {yaw_, pitch_}) {
    connect(slider, &ValueSlider::edited, this, pose);
    connect(slider, &ValueSlider::released, &document_, &Document::endMerge);
  }
  connect(noise_, &QComboBox::currentIndexChanged, this, [this] {
    editHead(tr("Noise"), "", [this](HeadOptions& head) {
      head.noise = static_cast<NoiseMode>(noise_->currentData().toInt());
    });
  });
  connect(&document_, &Document::changed, this, &GeneratePanel::show);
  show();
}

QWidget* GeneratePanel::makeSeedRow() {
  seed_->setObjectName("seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setToolTip(tr("The number that the head is made from; the same seed always gives the same head"));
  history_->setObjectName("seedHistory");
  history_->setAccessibleName(tr("Seeds shown before"));
  history_->setToolTip(tr("Seeds shown before"));
  history_->setFixedWidth(26);
  auto* previous = stepButton(QString::fromUtf8("\u25c0"), "previousSeed", tr("Previous seed (Page Up)"));
  auto* random = stepButton(tr("&Random"), "randomSeed", tr("Random seed (Ctrl+R)"));
  auto* next = stepButton(QString::fromUtf8("\u25b6"), "nextSeed", tr("Next seed (Page Down)"));
  connect(seed_, &QDoubleSpinBox::valueChanged, this, [this] {
    const std::uint32_t seed = seed_->seed();
    remember(seed);
    editHead(tr("Seed %1").arg(seed), "", [this, seed](HeadOptions& head) {
      head.seed = seed;
      head.blend.clear();
      leavePeople(head);
    });
  });
  connect(history_, &QComboBox::activated, this, [this](int index) {
    seed_->setValue(history_->itemData(index).toUInt());
  });
  connect(previous, &QPushButton::clicked, this, &GeneratePanel::previousSeed);
  connect(random, &QPushButton::clicked, this, &GeneratePanel::randomSeed);
  connect(next, &QPushButton::clicked, this, &GeneratePanel::nextSeed);

  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  auto* first = new QHBoxLayout;
  auto* label = new QLabel(tr("&Seed"));
  label->setBuddy(seed_);
  first->addWidget(label);
  first->addWidget(seed_, 1);
  first->addWidget(history_);
  auto* steps = new QHBoxLayout;
  steps->addWidget(previous, 1);
  steps->addWidget(random, 2);
  steps->addWidget(next, 1);
  column->addLayout(first);
  column->addLayout(steps);
  return box;
}

QWidget* GeneratePanel::makeMixing() {
  mix_->setObjectName("mix");
  mix_->setToolTip(
      tr("Style mixing: some layers of w come from another seed. Early ones decide shape, late ones colour"));
  mix_seed_->setObjectName("mixSeed");
  mix_seed_->setAccessibleName(tr("Seed of the mixed layers"));
  mix_seed_->setToolTip(tr("Seed that the mixed layers come from"));
  mix_seed_->setValue(1);
  mix_first_->setValue(7);
  mix_last_->setValue(14);
  connect(mix_, &QCheckBox::toggled, this, &GeneratePanel::editMix);
  connect(mix_seed_, &QDoubleSpinBox::valueChanged, this, &GeneratePanel::editMix);
  connect(mix_first_, &QSpinBox::valueChanged, this, [this](int first) {
    mix_last_->setMinimum(first);
    editMix();
  });
  connect(mix_last_, &QSpinBox::valueChanged, this, &GeneratePanel::editMix);
  auto* box = new QWidget;
  auto* grid = new QGridLayout(box);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->addWidget(mix_, 0, 0);
  grid->addWidget(mix_seed_, 0, 1);
  auto* layers = new QHBoxLayout;
  layers->addWidget(new QLabel(tr("layers")));
  layers->addWidget(mix_first_, 1);
  layers->addWidget(new QLabel(tr("to")));
  layers->addWidget(mix_last_, 1);
  grid->addLayout(layers, 1, 0, 1, 2);
  grid->setColumnStretch(1, 1);
  return box;
}

void GeneratePanel::editHead(const QString& text,
                             const char* merge,
                             const std::function<void(HeadOptions&)>& change) {
  document_.edit(text, merge, [&change](Project& project) {
    change(project.head);
    leaveBetween(project.head);
  });
}

void GeneratePanel::editMix() {
  editHead(tr("Style mixing"), "mix", [this](HeadOptions& head) {
    head.mix.reset();
    if (mix_->isChecked()) {
      head.mix = StyleMix{mix_seed_->seed(), mix_first_->value(), mix_last_->value()};
    }
  });
}

/// Their truncation is 1 and theirs alone: a seed has the one that seeds had.
void GeneratePanel::leavePeople(HeadOptions& head) const {
  if (!head.avatars.empty()) {
    head.avatars.clear();
    head.truncation_psi = seed_psi_;
  }
}

void GeneratePanel::show() {
  const HeadOptions& head = document_.project().head;
  if (head.avatars.empty()) {
    seed_psi_ = head.truncation_psi;
  }
  QStringList people;
  for (const auto& [avatar, weight] : head.avatars) {
    people << toQString(avatar->name);
  }
  people_->setText(tr("Shown: %1. A seed takes its place.").arg(people.join(", ")));
  people_->setVisible(!people.isEmpty());
  const QSignalBlocker quiet[] = {QSignalBlocker(seed_),
                                  QSignalBlocker(cutoff_),
                                  QSignalBlocker(noise_),
                                  QSignalBlocker(mix_),
                                  QSignalBlocker(mix_seed_),
                                  QSignalBlocker(mix_first_),
                                  QSignalBlocker(mix_last_)};
  seed_->setValue(head.seed);
  pad_->show(head.avatars.empty() ? head.blend : LatentPad::Blend{{head.seed, 0}}, head.seed);
  psi_->setValue(head.truncation_psi);
  cutoff_->setValue(head.truncation_cutoff);
  yaw_->setValue(head.conditioning_yaw);
  pitch_->setValue(head.conditioning_pitch);
  noise_->setCurrentIndex(noise_->findData(static_cast<int>(head.noise)));
  mix_->setChecked(head.mix.has_value());
  if (head.mix) {
    mix_seed_->setValue(head.mix->seed);
    mix_last_->setMinimum(head.mix->first_layer);
    mix_first_->setValue(head.mix->first_layer);
    mix_last_->setValue(head.mix->last_layer);
  }
  for (QWidget* part : {static_cast<QWidget*>(mix_seed_),
                        static_cast<QWidget*>(mix_first_),
                        static_cast<QWidget*>(mix_last_)}) {
    part->setEnabled(head.mix.has_value());
  }
}

void GeneratePanel::remember(std::uint32_t seed) {
  std::erase(seeds_, seed);
  seeds_.push_front(seed);
  if (seeds_.size() > kHistory) {
    seeds_.pop_back();
  }
  history_->clear();
  for (const std::uint32_t one : seeds_) {
    history_->addItem(QString::number(one), one);
  }
}

void GeneratePanel::nextSeed() { seed_->stepUp(); }
void GeneratePanel::previousSeed() { seed_->stepDown(); }
void GeneratePanel::randomSeed() { seed_->setValue(QRandomGenerator::global()->bounded(kRandomSeeds)); }

}  // namespace panohead::ui
