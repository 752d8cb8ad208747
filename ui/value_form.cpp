#include "ui/value_form.h"

#include "ui/bridge/qt_convert.h"
#include "ui/training/number_box.h"
#include "ui/training/path_box.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
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

constexpr int kColumnWidth = 300;  // logical pixels that one needs

QString translated(const char* text) { return QCoreApplication::translate("OptionForm", text); }

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

ValueForm::ValueForm(const std::vector<Row>& rows, const Columns& columns, QWidget* parent)
    : QWidget(parent), row_(new QHBoxLayout(this)) {
  row_->setContentsMargins(0, 0, 0, 0);
  for (QVBoxLayout*& column : columns_) {
    column = new QVBoxLayout;
    column->addStretch();
    row_->addLayout(column);
  }
  std::map<QString, QFormLayout*> groups;
  for (const Row& row : rows) {
    QFormLayout*& form = groups[QString::fromLatin1(row.group)];
    if (form == nullptr) {
      auto* box = new QGroupBox(translated(row.group));
      form = new QFormLayout(box);
      form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
      form->setRowWrapPolicy(QFormLayout::DontWrapRows);
      const auto place = std::ranges::find(columns, std::string_view(row.group), [](const auto& column) {
        return std::string_view(column.first);
      });
      groups_.emplace_back(box, place == columns.end() ? 0 : place->second);
    }
    QWidget* editor = makeEditor(row);
    auto* label = new QLabel(translated(titleOf(row.name).toUtf8().constData()));
    label->setToolTip(editor->toolTip());
    label->setBuddy(editor);
    form->addRow(label, editor);
    fields_.push_back({row.name, row.advanced, editor, label});
    base_.push_back(row.usual);
  }
  setColumns(kColumns);
  showAdvanced(false);
}

QWidget* ValueForm::makeEditor(const Row& row) {
  const QString help = translated(row.help);
  const QString name = QString("option_%1").arg(row.name);
  QWidget* editor = nullptr;
  if (std::holds_alternative<bool>(row.usual)) {
    auto* box = new QCheckBox;
    connect(box, &QCheckBox::toggled, this, &ValueForm::valueEdited);
    editor = box;
  } else if (std::holds_alternative<std::filesystem::path>(row.usual)) {
    auto* box = new PathBox(name, help);
    connect(box, &PathBox::edited, this, &ValueForm::valueEdited);
    return box;  // its line has the name
  } else if (!row.limits.choices.empty()) {
    auto* box = new QComboBox;
    for (const char* choice : row.limits.choices) {
      box->addItem(choice);
    }
    connect(box, &QComboBox::currentTextChanged, this, &ValueForm::valueEdited);
    editor = box;
  } else if (std::holds_alternative<std::string>(row.usual)) {
    auto* line = new QLineEdit;
    connect(line, &QLineEdit::textChanged, this, &ValueForm::valueEdited);
    editor = line;
  } else {
    auto* box = new NumberBox(row.limits.low, row.limits.high, !std::holds_alternative<double>(row.usual));
    connect(box, &QDoubleSpinBox::valueChanged, this, &ValueForm::valueEdited);
    editor = box;
  }
  editor->setObjectName(name);
  editor->setAccessibleName(help);
  editor->setToolTip(QString("%1\n%2").arg(help, toQString(optionFlag(row.name))));
  return editor;
}

void ValueForm::setBaseValues(std::vector<OptionValue> values) {
  base_ = std::move(values);
  valueEdited();
}

void ValueForm::setValues(const std::vector<OptionValue>& values) {
  setting_ = true;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    write(fields_[i].editor, values[i]);
  }
  setting_ = false;
  valueEdited();
}

std::vector<OptionValue> ValueForm::values() const {
  std::vector<OptionValue> entered;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    entered.push_back(read(fields_[i].editor, base_[i]));
  }
  return entered;
}

QStringList ValueForm::arguments() const {
  QStringList all;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const OptionValue value = read(fields_[i].editor, base_[i]);
    if (value != base_[i]) {
      all << toQString(optionFlag(fields_[i].name)) << toQString(optionText(value));
    }
  }
  return all;
}

void ValueForm::showAdvanced(bool show) {
  for (const Field& field : fields_) {
    const bool shown = !field.hidden && (show || !field.advanced);
    field.label->setVisible(shown);
    field.editor->setVisible(shown);
  }
}

void ValueForm::hideRow(const char* name) {
  for (Field& field : fields_) {
    if (field.name == name) {
      field.hidden = true;
      field.label->hide();
      field.editor->hide();
    }
  }
}

void ValueForm::fitInto(QScrollArea& area) {
  area.setWidget(this);
  area.viewport()->installEventFilter(this);
}

bool ValueForm::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) {
    setColumns(std::clamp(static_cast<QWidget*>(watched)->width() / kColumnWidth, 1, kColumns));
  }
  return QWidget::eventFilter(watched, event);
}

void ValueForm::setColumns(int count) {
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

void ValueForm::valueEdited() {
  if (setting_) {
    return;
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    QLabel* label = fields_[i].label;
    QFont font = label->font();
    font.setBold(read(fields_[i].editor, base_[i]) != base_[i]);
    if (font.bold() != label->font().bold()) {
      label->setFont(font);
    }
  }
  emit edited();
}

}  // namespace panohead::ui
