#include "ui/panels/edit_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/document.h"
#include "ui/panels/blend_list.h"
#include "ui/slider_names.h"
#include "ui/value_slider.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <set>
#include <utility>

namespace panohead::ui {
namespace {

constexpr double kStrongest = 3;   // units either way
constexpr int kLongestName = 220;  // logical pixels; the user's own may be longer
constexpr int kRowMs = 15;         // between rows: the window is laid out and drawn after each

auto editOf(auto& head, const DirectionPtr& direction) {
  return std::ranges::find_if(
      head.edits, [&](const LatentEdit& edit) { return sameDirection(edit.direction, direction); });
}

double strengthOf(const HeadOptions& head, const DirectionPtr& direction) {
  const auto edit = editOf(head, direction);
  return edit == head.edits.end() ? 0 : edit->strength;
}

void setStrength(HeadOptions& head, const DirectionPtr& direction, double strength) {
  const auto edit = editOf(head, direction);
  if (edit != head.edits.end()) {
    edit->strength = strength;
  } else {
    head.edits.push_back({direction, strength});
  }
  std::erase_if(head.edits, [](const LatentEdit& one) { return one.strength == 0; });
}

QSpinBox* numberBox(const char* name, const QString& title, int low, int high, int value) {
  auto* box = new QSpinBox;
  box->setObjectName(name);
  box->setAccessibleName(title);
  box->setToolTip(title);
  box->setRange(low, high);
  box->setValue(value);
  return box;
}

}  // namespace

EditPanel::EditPanel(Document& document, QWidget* parent)
    : QGroupBox(tr("Edit"), parent),
      document_(document),
      blend_(new BlendList(document)),
      column_(new QVBoxLayout),
      kind_(new QComboBox),
      first_(numberBox("findFirst", tr("First layer of w that the sliders move"), 0, 32, 0)),
      last_(numberBox("findLast", tr("Layer after the last one that they move"), -1, 32, -1)),
      count_(numberBox("findCount", tr("How many sliders"), 1, 40, 6)),
      keep_(makeButton(
          tr("Keep"), "keepSliders", tr("Keeps the found sliders, with their names, for this model"))),
      paste_(makeButton(tr("Paste"), "pasteEdits", tr("Gives this head the copied edits"))) {
  setObjectName("editPanel");
  auto* copy =
      makeButton(tr("&Copy"), "copyEdits", tr("Copies the edits of this head, to give them to another"));
  auto* reset = makeButton(tr("&Reset"), "resetEdits", tr("All sliders to their middle"));
  paste_->setEnabled(false);
  connect(copy, &QPushButton::clicked, this, &EditPanel::copyEdits);
  connect(paste_, &QPushButton::clicked, this, &EditPanel::pasteEdits);
  connect(reset, &QPushButton::clicked, this, &EditPanel::resetEdits);
  auto* row = new QHBoxLayout;
  row->addWidget(copy);
  row->addWidget(paste_);
  row->addWidget(reset);

  auto* layout = new QVBoxLayout(this);
  layout->setSpacing(8);
  layout->addLayout(column_);
  layout->addLayout(row);
  layout->addWidget(blend_);
  layout->addWidget(makeFinder());
  connect(blend_, &BlendList::avatarRequested, this, &EditPanel::avatarRequested);
  connect(&document_, &Document::changed, this, &EditPanel::show);
  next_row_.setInterval(kRowMs);
  connect(&next_row_, &QTimer::timeout, this, &EditPanel::addNextRow);
  show();
}

void EditPanel::blendWith(const AvatarPtr& avatar) { blend_->addAvatar(avatar); }

QWidget* EditPanel::makeFinder() {
  kind_->setObjectName("findKind");
  kind_->setAccessibleName(tr("How sliders are found"));
  kind_->setToolTip(
      tr("Factors: what the style layers respond to most. Components: how heads differ most. Neither "
         "needs labels; try them, and name those that you like with a click"));
  kind_->addItem(tr("factors"), static_cast<int>(DirectionKind::Factors));
  kind_->addItem(tr("components"), static_cast<int>(DirectionKind::PrincipalComponents));
  last_->setSpecialValueText(tr("end"));
  auto* find = makeButton(tr("F&ind sliders"), "findSliders", kind_->toolTip());
  keep_->setEnabled(false);
  connect(find, &QPushButton::clicked, this, [this] {
    emit findRequested(static_cast<DirectionKind>(kind_->currentData().toInt()),
                       {first_->value(), last_->value()},
                       count_->value());
  });
  connect(keep_, &QPushButton::clicked, this, &EditPanel::keepRequested);
  auto* box = new QWidget;
  auto* grid = new QGridLayout(box);
  grid->setContentsMargins(0, 4, 0, 0);
  grid->addWidget(count_, 0, 0);
  grid->addWidget(kind_, 0, 1, 1, 3);
  grid->addWidget(new QLabel(tr("layers")), 1, 0);
  grid->addWidget(first_, 1, 1);
  grid->addWidget(new QLabel(tr("to")), 1, 2);
  grid->addWidget(last_, 1, 3);
  grid->addWidget(find, 2, 0, 1, 2);
  grid->addWidget(keep_, 2, 2, 1, 2);
  return box;
}

void EditPanel::setModel(const ModelInfo& info, std::vector<DirectionPtr> named) {
  named_ = std::move(named);
  first_->setMaximum(info.num_ws - 1);
  last_->setMaximum(info.num_ws);
  show();
}

const std::vector<DirectionPtr>& EditPanel::found() const { return document_.project().directions; }

void EditPanel::addFound(const std::vector<DirectionPtr>& directions) {
  document_.edit(tr("Find sliders"), {}, [&](Project& project) {
    std::vector<DirectionPtr> known = named_;
    known.insert(known.end(), project.directions.begin(), project.directions.end());
    found_ = nullptr;
    for (const DirectionPtr& direction : directions) {
      if (std::ranges::any_of(known, [&](const auto& one) { return sameDirection(one, direction); })) {
        continue;
      }
      const DirectionPtr made = withFreeName(direction, known);
      known.push_back(made);
      project.directions.push_back(made);
      found_ = found_ ? found_ : made;
    }
  });
}

void EditPanel::rename(const DirectionPtr& direction, const QString& label) {
  auto named = std::make_shared<LatentDirection>(*direction);
  named->label = label.trimmed().toStdString();
  if (named->label.empty() || label.trimmed() == sliderText(direction->label)) {
    return;
  }
  document_.edit(tr("Rename slider"), {}, [&](Project& project) {
    const auto known = std::ranges::find_if(project.directions,
                                            [&](const auto& one) { return sameDirection(one, direction); });
    if (known != project.directions.end()) {
      *known = named;
    } else {  // one of the model's: its new name stays with the project, and with the model when kept
      project.directions.push_back(named);
    }
    for (LatentEdit& edit : project.head.edits) {
      if (sameDirection(edit.direction, direction)) {
        edit.direction = named;
      }
    }
  });
}

void EditPanel::copyEdits() {
  copied_ = document_.project().head.edits;
  paste_->setEnabled(true);
}

void EditPanel::pasteEdits() {
  if (copied_) {
    document_.edit(tr("Paste edits"), {}, [this](Project& project) { project.head.edits = *copied_; });
  }
}

void EditPanel::resetEdits() {
  document_.edit(tr("Reset edits"), {}, [](Project& project) { project.head.edits.clear(); });
}

void EditPanel::show() {
  std::vector<DirectionPtr> wanted = named_;
  const Project& project = document_.project();
  mergeDirections(wanted, project.directions);  // which have the newer names
  if (wanted != shown_) {
    // Rows that stay where they are keep the place that is scrolled to.
    const bool grows =
        !shown_.empty() && std::ranges::mismatch(shown_, wanted).in1 == shown_.end();  // the same, and more
    shown_ = std::move(wanted);
    grows ? next_row_.start() : rebuild();
  }
  for (const Slider& slider : sliders_) {
    slider.value->setValue(strengthOf(project.head, slider.direction));
  }
  keep_->setEnabled(!project.directions.empty());
}

void EditPanel::rebuild() {
  sliders_.clear();
  delete list_;
  list_ = new QWidget;
  auto* form = new QVBoxLayout(list_);
  form->setContentsMargins(0, 0, 0, 0);
  form->setSpacing(3);
  if (shown_.empty()) {
    auto* empty = new QLabel(tr("This model has no named sliders. Find some below."));
    empty->setProperty("role", "quiet");
    empty->setWordWrap(true);
    form->addWidget(empty);
  }
  column_->addWidget(list_);
  next_row_.start();
}

void EditPanel::addNextRow() {
  if (sliders_.size() >= shown_.size()) {
    next_row_.stop();
    showFound();
    return;
  }
  const DirectionPtr& direction = shown_[sliders_.size()];
  const QString label = sliderText(direction->label);
  auto* name = new QToolButton;
  name->setText(name->fontMetrics().elidedText(label, Qt::ElideRight, kLongestName));
  name->setAutoRaise(true);
  name->setProperty("role", "caption");
  const QString ends = direction->low.empty()
                           ? QString()
                           : tr("%1 \u2194 %2").arg(sliderText(direction->low), sliderText(direction->high));
  name->setObjectName("name_" + toQString(direction->name));
  name->setToolTip(ends.isEmpty() ? tr("Click to give it a name") : tr("%1; click to rename").arg(ends));
  connect(name, &QToolButton::clicked, this, [this, direction] { askForName(direction); });
  auto* value = new ValueSlider("edit_" + toQString(direction->name),
                                label,
                                ends.isEmpty() ? label : ends,
                                {-kStrongest, kStrongest, 0.05, 2, 0});
  value->setValue(strengthOf(document_.project().head, direction));
  connect(value, &ValueSlider::edited, this, [this, direction](double strength) {
    document_.edit(sliderText(direction->label), "edit " + toQString(direction->name), [&](Project& project) {
      setStrength(project.head, direction, strength);
    });
  });
  connect(value, &ValueSlider::released, &document_, &Document::endMerge);
  list_->layout()->addWidget(name);
  list_->layout()->addWidget(value);
  sliders_.push_back({direction, value});
}

void EditPanel::showFound() {
  const DirectionPtr found = std::exchange(found_, nullptr);
  const auto first = std::ranges::find(sliders_, found, &Slider::direction);
  if (!found || first == sliders_.end()) {
    return;
  }
  for (QWidget* parent = parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
    if (auto* scroll = qobject_cast<QScrollArea*>(parent)) {
      scroll->ensureWidgetVisible(sliders_.back().value);
      scroll->ensureWidgetVisible(first->value);  // where not all have room
      return;
    }
  }
}

void EditPanel::askForName(const DirectionPtr& direction) {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName("renameDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Name of the slider"));
  dialog->setLabelText(tr("What does it change?"));
  dialog->setTextValue(sliderText(direction->label));
  connect(dialog, &QInputDialog::textValueSelected, this, [this, direction](const QString& label) {
    rename(direction, label);
  });
  dialog->open();
}

}  // namespace panohead::ui
