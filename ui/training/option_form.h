#pragma once

#include "core/training/training_options.h"

#include <QWidget>

#include <array>
#include <utility>
#include <vector>

class QGroupBox;
class QHBoxLayout;
class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace panohead::ui {

/// A form for every row of trainingOptionTable(): the editors, ranges and helps are made from it. Editors are
/// named "option_" and the row's name.
class OptionForm final : public QWidget {
  Q_OBJECT

 public:
  explicit OptionForm(QWidget* parent = nullptr);

  /// What a value counts as changed against, and is shown in bold for: a preset.
  void setBase(const TrainingOptions& base);
  void setOptions(const TrainingOptions& options);
  TrainingOptions options() const;
  /// The command line that turns the base into options(): only what differs.
  QStringList arguments() const;
  /// Shows the rows that the table calls advanced, too.
  void showAdvanced(bool show);
  /// Becomes what the area scrolls, in as many columns as that has room for.
  void fitInto(QScrollArea& area);

 signals:
  void edited();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  static constexpr int kColumns = 3;  // at most
  struct Field {
    const OptionRow<TrainingOptions>* row;
    QWidget* editor;
    QLabel* label;
  };
  QWidget* makeEditor(const OptionRow<TrainingOptions>& row);
  void valueEdited();
  void setColumns(int count);

  TrainingOptions base_;
  std::vector<Field> fields_;
  bool setting_ = false;
  QHBoxLayout* row_;
  std::array<QVBoxLayout*, kColumns> columns_{};
  std::vector<std::pair<QGroupBox*, int>> groups_;  // with their column where there are all
  int column_count_ = 0;
};

}  // namespace panohead::ui
