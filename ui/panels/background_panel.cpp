#include "ui/panels/background_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/seed_box.h"
#include "ui/value_slider.h"

#include <QButtonGroup>
#include <QColorDialog>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalBlocker>

namespace panohead::ui {
namespace {

ColourBackground backgroundOf(const QColor& colour) {
  return {static_cast<std::uint8_t>(colour.red()),
          static_cast<std::uint8_t>(colour.green()),
          static_cast<std::uint8_t>(colour.blue())};
}

void addLabelled(QGridLayout& grid, int row, const QString& text, QWidget& widget) {
  auto* label = new QLabel(text);
  label->setBuddy(&widget);
  grid.addWidget(label, row, 0);
  grid.addWidget(&widget, row, 1);
}

}  // namespace

BackgroundPanel::BackgroundPanel(Document& document, QWidget* parent)
    : QGroupBox(tr("Background"), parent),
      document_(document),
      kinds_(new QButtonGroup(this)),
      seed_(new SeedBox),
      psi_(new ValueSlider("backgroundTruncation",
                           tr("Truncation of the background"),
                           tr("0 is the average background, 1 the seed's own"),
                           {-1, 2, 0.01, 2, 0.7})),
      open_(new QPushButton(tr("Photo\u2026"))),
      fit_(new QComboBox),
      blur_(new ValueSlider("backgroundBlur",
                            tr("Blur"),
                            tr("Blur of the photo, percent of the picture's side"),
                            {0, 10, 0.1, 1, 0})),
      colour_(new QPushButton(tr("Colour\u2026"))),
      change_(new QLabel),
      mixed_(new QLabel(tr("Between the backgrounds of two key frames"))) {
  setObjectName("backgroundPanel");
  seed_->setObjectName("backgroundSeed");
  seed_->setAccessibleName(tr("Seed of the background"));
  seed_->setToolTip(tr("The seed whose background is shown"));
  seed_->setValue(1);
  open_->setObjectName("backgroundOpen");
  open_->setToolTip(tr("Choose the photo; dropping a picture on the window does the same"));
  fit_->setObjectName("backgroundFit");
  fit_->setAccessibleName(tr("How the photo lies in the frame"));
  fit_->setToolTip(tr("Cover fills the frame, fit shows all of the photo"));
  fit_->addItem(tr("cover"), static_cast<int>(ImageFit::Cover));
  fit_->addItem(tr("fit"), static_cast<int>(ImageFit::Fit));
  colour_->setObjectName("backgroundColourChoose");
  colour_->setToolTip(tr("Choose the colour"));
  change_->setObjectName("backgroundChange");
  change_->setProperty("role", "quiet");
  mixed_->setObjectName("backgroundMixed");
  mixed_->setProperty("role", "quiet");
  for (QLabel* label : {change_, mixed_}) {
    label->setWordWrap(true);
    label->hide();
  }
  auto* measure = new QPushButton(tr("Measure the swap"));
  measure->setObjectName("backgroundMeasure");
  measure->setToolTip(
      tr("How much the head itself changes against its own background: mean difference inside the mask"));
  connect(measure, &QPushButton::clicked, this, &BackgroundPanel::measureRequested);

  auto* layout = new QGridLayout(this);
  layout->setVerticalSpacing(7);
  layout->addWidget(
      choice(Own, tr("O&wn"), "backgroundOwn", tr("The background that belongs to this head")), 0, 0);
  layout->addWidget(
      choice(Seed, tr("Of seed"), "backgroundOther", tr("The background that belongs to another seed")),
      1,
      0);
  layout->addWidget(seed_, 1, 1);
  addLabelled(*layout, 2, tr("Truncation"), *psi_);
  layout->addWidget(choice(Photo, tr("Photo"), "backgroundPhoto", tr("A picture of your own")), 3, 0);
  auto* photo = new QHBoxLayout;
  photo->addWidget(open_, 1);
  photo->addWidget(fit_);
  layout->addLayout(photo, 3, 1);
  addLabelled(*layout, 4, tr("Blur"), *blur_);
  layout->addWidget(choice(Colour, tr("Colour"), "backgroundColour", tr("One colour")), 5, 0);
  layout->addWidget(colour_, 5, 1);
  layout->addWidget(
      choice(None, tr("&None"), "backgroundNone", tr("Transparent: pictures are saved with alpha")),
      6,
      0,
      1,
      2);
  layout->addWidget(mixed_, 7, 0, 1, 2);
  layout->addWidget(measure, 8, 0, 1, 2);
  layout->addWidget(change_, 9, 0, 1, 2);
  layout->setColumnStretch(1, 1);

  connect(kinds_, &QButtonGroup::idClicked, this, [this](int id) {
    if (id == Photo && !photo_.image) {
      show();  // nothing to show yet: back to what was, and ask
      emit photoRequested();
      return;
    }
    apply(tr("Background"), "");
  });
  connect(seed_, &QDoubleSpinBox::valueChanged, this, [this] {
    apply(tr("Background seed"), "background seed");
  });
  connect(psi_, &ValueSlider::edited, this, [this] { apply(tr("Background truncation"), "background psi"); });
  connect(open_, &QPushButton::clicked, this, &BackgroundPanel::photoRequested);
  connect(fit_, &QComboBox::currentIndexChanged, this, [this] { apply(tr("Photo"), ""); });
  connect(blur_, &ValueSlider::edited, this, [this] { apply(tr("Blur"), "background blur"); });
  connect(colour_, &QPushButton::clicked, this, &BackgroundPanel::chooseColour);
  for (ValueSlider* slider : {psi_, blur_}) {
    connect(slider, &ValueSlider::released, &document_, &Document::endMerge);
  }
  connect(&document_, &Document::changed, this, &BackgroundPanel::show);
  show();
}

QRadioButton* BackgroundPanel::choice(Kind kind, const QString& text, const char* name, const QString& help) {
  auto* button = new QRadioButton(text);
  button->setObjectName(name);
  button->setToolTip(help);
  kinds_->addButton(button, kind);
  return button;
}

void BackgroundPanel::apply(const QString& text, const char* merge) {
  Background background;
  switch (kinds_->checkedId()) {
    case Seed:
      background = SeedBackground{seed_->seed(), psi_->value()};
      break;
    case Photo:
      photo_.fit = static_cast<ImageFit>(fit_->currentData().toInt());
      photo_.blur = blur_->value();
      background = photo_;
      break;
    case Colour:
      background = chosen_;
      break;
    case None:
      background = NoBackground{};
      break;
    default:
      background = OwnBackground{};
  }
  document_.edit(text, merge, [&](Project& project) { project.head.background = background; });
}

void BackgroundPanel::setPhoto(std::shared_ptr<const Image> image, const std::filesystem::path& source) {
  photo_.image = std::move(image);
  photo_.source = source;
  document_.edit(tr("Photo"), {}, [this](Project& project) { project.head.background = photo_; });
}

void BackgroundPanel::showChange(double levels) {
  change_->setText(levels < 0 ? QString()
                              : tr("The head changed by %1 of 255 levels").arg(levels, 0, 'f', 2));
  change_->setVisible(levels >= 0);
}

// Colours are shown while they are tried, but only the one that is taken is an edit: cancelling leaves
// nothing to undo, and taking one is a single step.
void BackgroundPanel::chooseColour() {
  auto* dialog = new QColorDialog(QColor(chosen_.red, chosen_.green, chosen_.blue), this);
  dialog->setObjectName("colourDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QColorDialog::currentColorChanged, this, [this](const QColor& colour) {
    HeadOptions head = document_.project().head;
    head.background = backgroundOf(colour);
    emit previewed(head);
  });
  connect(dialog, &QColorDialog::rejected, this, &BackgroundPanel::previewEnded);
  connect(dialog, &QColorDialog::colorSelected, this, [this](const QColor& colour) {
    document_.edit(tr("Background colour"), {}, [&colour](Project& project) {
      project.head.background = backgroundOf(colour);
    });
    emit previewEnded();  // where it was that colour before, after others were tried
  });
  dialog->open();
}

void BackgroundPanel::show() {
  const HeadOptions& head = document_.project().head;
  const QSignalBlocker quiet[] = {QSignalBlocker(seed_), QSignalBlocker(fit_)};
  Kind kind = Own;
  if (const auto* seeded = std::get_if<SeedBackground>(&head.background)) {
    kind = Seed;
    seed_->setValue(seeded->seed);
    psi_->setValue(seeded->truncation_psi.value_or(head.truncation_psi));
  } else if (const auto* photo = std::get_if<ImageBackground>(&head.background)) {
    kind = Photo;
    photo_ = *photo;
    fit_->setCurrentIndex(fit_->findData(static_cast<int>(photo->fit)));
    blur_->setValue(photo->blur);
    open_->setToolTip(toQString(photo->source));
  } else if (const auto* colour = std::get_if<ColourBackground>(&head.background)) {
    kind = Colour;
    chosen_ = *colour;
  } else if (std::holds_alternative<NoBackground>(head.background)) {
    kind = None;
  } else if (std::holds_alternative<MixedBackground>(head.background)) {
    kind = Mixed;
  }
  kinds_->setExclusive(kind != Mixed);  // else one is always checked
  for (QAbstractButton* button : kinds_->buttons()) {
    button->setChecked(kinds_->id(button) == kind);
  }
  kinds_->setExclusive(true);
  mixed_->setVisible(kind == Mixed);
  seed_->setEnabled(kind == Seed);
  psi_->setEnabled(kind == Seed);
  fit_->setEnabled(kind == Photo);
  blur_->setEnabled(kind == Photo);
  if (const QColor colour(chosen_.red, chosen_.green, chosen_.blue); colour != painted_) {
    painted_ = colour;  // style sheets are slow, and this runs at every move of the mouse
    colour_->setStyleSheet(QString("border-left: 14px solid %1;").arg(colour.name()));
  }
  showChange(-1);
}

void BackgroundPanel::setLimits(const ModelInfo& info) {
  kinds_->button(Seed)->setEnabled(info.has_background);
}

}  // namespace panohead::ui
