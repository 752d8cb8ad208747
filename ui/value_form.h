#pragma once

#include "core/base/option_table.h"

#include <QStringList>
#include <QWidget>

#include <array>
#include <string>
#include <utility>
#include <vector>

class QGroupBox;
class QHBoxLayout;
class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace panohead::ui {

/// A form for options: the editors, ranges and helps are made from rows. Editors are named "option_" and the
/// row's name. TableForm is one for an options struct.
class ValueForm : public QWidget {
  Q_OBJECT

 public:
  struct Row {
    const char* name;
    const char* help;
    const char* group;
    OptionValue usual;  // its type decides the editor
    OptionLimits limits;
    bool advanced = false;
  };
  /// Where groups stand in a form that has room for several columns; unknown ones: in the first.
  using Columns = std::vector<std::pair<const char*, int>>;

  ValueForm(const std::vector<Row>& rows, const Columns& columns, QWidget* parent);

  /// Shows the rows that are called advanced, too.
  void showAdvanced(bool show);
  /// Leaves a row out.
  void hideRow(const char* name);
  /// Becomes what the area scrolls, in as many columns as that has room for.
  void fitInto(QScrollArea& area);
  /// The command line that turns the base into what is entered: only what differs.
  QStringList arguments() const;

 signals:
  void edited();

 protected:
  /// In the order of the rows.
  std::vector<OptionValue> values() const;
  void setValues(const std::vector<OptionValue>& values);
  /// What a value counts as changed against, and is shown in bold for.
  void setBaseValues(std::vector<OptionValue> values);
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  static constexpr int kColumns = 3;  // at most
  struct Field {
    std::string name;
    bool advanced;
    QWidget* editor;
    QLabel* label;
    bool hidden = false;
  };
  QWidget* makeEditor(const Row& row);
  void valueEdited();
  void setColumns(int count);

  std::vector<OptionValue> base_;
  std::vector<Field> fields_;
  bool setting_ = false;
  QHBoxLayout* row_;
  std::array<QVBoxLayout*, kColumns> columns_{};
  std::vector<std::pair<QGroupBox*, int>> groups_;  // with their column where there are all
  int column_count_ = 0;
};

}  // namespace panohead::ui
