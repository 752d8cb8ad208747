#include "ui/training/option_form.h"

#include "ui/bridge/qt_convert.h"
#include "ui/training/number_box.h"
#include "ui/training/path_box.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QResizeEvent>
#include <QScrollArea>

#include <algorithm>
#include <map>
#include <type_traits>
#include <utility>

namespace panohead::ui {
namespace {

using Row = OptionRow<TrainingOptions>;

constexpr int kColumnWidth = 300;  // logical pixels that one needs

/// Where a group of the table stands in the form; unknown ones go below the others.
int columnOf(const QString& group) {
  static const std::map<QString, int> kPlaces{{"Data", 0},
                                              {"Length and batches", 0},
                                              {"Generator", 1},
                                              {"Discriminator", 1},
                                              {"Losses and schedules", 2},
                                              {"Machine", 0},
                                              {"Warm-up", 2}};
  const auto found = kPlaces.find(group);
  return found == kPlaces.end() ? 0 : found->second;
}

/// "depth_resolution" -> "Depth resolution".
QString titleOf(const char* name) {
  QString title = QString::fromLatin1(name).replace('_', ' ');
  title[0] = title[0].toUpper();
  return title;
}

OptionValue read(const QWidget* editor, const OptionValue& like) {
  return std::visit(
      [editor](const auto& v) -> OptionValue {
        using Value = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Value, bool>) {
          return static_cast<const QCheckBox*>(editor)->isChecked();
        } else if constexpr (std::is_arithmetic_v<Value>) {
          return static_cast<Value>(static_cast<const NumberBox*>(editor)->value());
        } else if constexpr (std::is_same_v<Value, std::string>) {
          const auto* choices = qobject_cast<const QComboBox*>(editor);
          return (choices != nullptr ? choices->currentText() : static_cast<const QLineEdit*>(editor)->text())
              .toStdString();
        } else {
          return static_cast<const PathBox*>(editor)->path();
        }
      },
      like);
}

void write(QWidget* editor, const OptionValue& value) {
  std::visit(
      [editor](const auto& v) {
        using Value = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Value, bool>) {
          static_cast<QCheckBox*>(editor)->setChecked(v);
        } else if constexpr (std::is_arithmetic_v<Value>) {
          static_cast<NumberBox*>(editor)->setValue(static_cast<double>(v));
        } else if constexpr (std::is_same_v<Value, std::string>) {
          if (auto* choices = qobject_cast<QComboBox*>(editor)) {
            choices->setCurrentText(toQString(v));
          } else {
            static_cast<QLineEdit*>(editor)->setText(toQString(v));
          }
        } else {
          static_cast<PathBox*>(editor)->setPath(v);
        }
      },
      value);
}

}  // namespace

OptionForm::OptionForm(QWidget* parent) : QWidget(parent), row_(new QHBoxLayout(this)) {
  row_->setContentsMargins(0, 0, 0, 0);
  for (QVBoxLayout*& column : columns_) {
    column = new QVBoxLayout;
    column->addStretch();
    row_->addLayout(column);
  }
  std::map<QString, QFormLayout*> groups;
  for (const Row& row : trainingOptionTable()) {
    const QString group = QString::fromLatin1(row.group);
    QFormLayout*& form = groups[group];
    if (form == nullptr) {
      auto* box = new QGroupBox(tr(row.group));
      form = new QFormLayout(box);
      form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
      form->setRowWrapPolicy(QFormLayout::DontWrapRows);
      groups_.emplace_back(box, columnOf(group));
    }
    QWidget* editor = makeEditor(row);
    auto* label = new QLabel(tr(titleOf(row.name).toUtf8().constData()));
    label->setToolTip(editor->toolTip());
    label->setBuddy(editor);
    form->addRow(label, editor);
    fields_.push_back({&row, editor, label});
  }
  setColumns(kColumns);
  showAdvanced(false);
  setOptions(base_);
}

QWidget* OptionForm::makeEditor(const Row& row) {
  const QString help = tr(row.help);
  const QString name = QString("option_%1").arg(row.name);
  QWidget* editor = nullptr;
  if (std::holds_alternative<bool TrainingOptions::*>(row.member)) {
    auto* box = new QCheckBox;
    connect(box, &QCheckBox::toggled, this, &OptionForm::valueEdited);
    editor = box;
  } else if (std::holds_alternative<std::filesystem::path TrainingOptions::*>(row.member)) {
    auto* box = new PathBox(name, help);
    connect(box, &PathBox::edited, this, &OptionForm::valueEdited);
    return box;  // its line has the name
  } else if (!row.choices.empty()) {
    auto* box = new QComboBox;
    for (const char* choice : row.choices) {
      box->addItem(choice);
    }
    box->setFocusPolicy(Qt::StrongFocus);
    connect(box, &QComboBox::currentTextChanged, this, &OptionForm::valueEdited);
    editor = box;
  } else if (std::holds_alternative<std::string TrainingOptions::*>(row.member)) {
    auto* line = new QLineEdit;
    connect(line, &QLineEdit::textChanged, this, &OptionForm::valueEdited);
    editor = line;
  } else {
    auto* box =
        new NumberBox(row.low, row.high, !std::holds_alternative<double TrainingOptions::*>(row.member));
    connect(box, &QDoubleSpinBox::valueChanged, this, &OptionForm::valueEdited);
    editor = box;
  }
  editor->setObjectName(name);
  editor->setAccessibleName(help);
  editor->setToolTip(QString("%1\n%2").arg(help, toQString(optionFlag(row.name))));
  return editor;
}

void OptionForm::setBase(const TrainingOptions& base) {
  base_ = base;
  valueEdited();
}

void OptionForm::setOptions(const TrainingOptions& options) {
  setting_ = true;
  for (const Field& field : fields_) {
    write(field.editor, optionValue(options, *field.row));
  }
  setting_ = false;
  valueEdited();
}

TrainingOptions OptionForm::options() const {
  TrainingOptions options;
  for (const Field& field : fields_) {
    const OptionValue value = read(field.editor, optionValue(options, *field.row));
    setOption(options, *field.row, value, optionFlag(field.row->name));
  }
  return options;
}

QStringList OptionForm::arguments() const {
  QStringList all;
  for (const Field& field : fields_) {
    const OptionValue before = optionValue(base_, *field.row);
    const OptionValue value = read(field.editor, before);
    if (value != before) {
      all << toQString(optionFlag(field.row->name)) << toQString(optionText(value));
    }
  }
  return all;
}

void OptionForm::showAdvanced(bool show) {
  for (const Field& field : fields_) {
    field.label->setVisible(show || !field.row->advanced);
    field.editor->setVisible(show || !field.row->advanced);
  }
}

void OptionForm::fitInto(QScrollArea& area) {
  area.setWidget(this);
  area.viewport()->installEventFilter(this);
}

bool OptionForm::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) {
    setColumns(std::clamp(static_cast<QWidget*>(watched)->width() / kColumnWidth, 1, kColumns));
  }
  return QWidget::eventFilter(watched, event);
}

void OptionForm::setColumns(int count) {
  if (std::exchange(column_count_, count) == count) {
    return;
  }
  for (const auto& [box, place] : groups_) {
    QVBoxLayout* column = columns_[static_cast<std::size_t>(std::min(place, count - 1))];
    for (QVBoxLayout* one : columns_) {
      one->removeWidget(box);
    }
    column->insertWidget(column->count() - 1, box);  // before the stretch
  }
  for (int i = 0; i < kColumns; ++i) {
    row_->setStretch(i, i < count ? 1 : 0);
  }
}

void OptionForm::valueEdited() {
  if (setting_) {
    return;
  }
  for (const Field& field : fields_) {
    const OptionValue before = optionValue(base_, *field.row);
    QFont font = field.label->font();
    font.setBold(read(field.editor, before) != before);
    if (font.bold() != field.label->font().bold()) {
      field.label->setFont(font);
    }
  }
  emit edited();
}

}  // namespace panohead::ui
