#pragma once

#include "core/training/training_options.h"

#include <QWidget>

#include <vector>

class QLabel;

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

 signals:
  void edited();

 private:
  struct Field {
    const OptionRow<TrainingOptions>* row;
    QWidget* editor;
    QLabel* label;
  };
  QWidget* makeEditor(const OptionRow<TrainingOptions>& row);
  void valueEdited();

  TrainingOptions base_;
  std::vector<Field> fields_;
  bool setting_ = false;
};

}  // namespace panohead::ui
