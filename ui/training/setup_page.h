#pragma once

#include "ui/training/option_form.h"
#include "ui/training/run_launcher.h"

#include <QTemporaryDir>
#include <QWidget>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;
class QTabWidget;

namespace panohead::ui {

class PictureView;
class ToolProcess;

/// What a new run is made of: data, preset, options, ranks; with a check of the data and a forecast.
class SetupPage final : public QWidget {
  Q_OBJECT

 public:
  explicit SetupPage(const QString& program, QWidget* parent = nullptr);

  void setData(const std::filesystem::path& data, const std::filesystem::path& masks);
  /// Tells why a run does not start.
  void showProblem(const QString& problem);

 signals:
  void startRequested(const panohead::ui::RunLaunch& launch);

 private:
  QWidget* makeOptions();
  QWidget* makeActions();
  void presetChosen();
  void checkData();
  void forecast();
  void start();
  /// Says so where no data set is chosen.
  bool namesData();
  /// The command line without --out; shows what is wrong and returns nothing when it cannot work.
  QStringList usableArguments();
  void begin(const QString& what, const QStringList& arguments);
  void ended(const QString& output, const QString& problem);
  void setBusy(bool busy);

  QString program_;
  QComboBox* preset_;
  QSpinBox* ranks_;
  OptionForm* form_;
  QPushButton *check_, *forecast_, *start_, *cancel_;
  QLabel* message_;
  QTabWidget* results_;
  QPlainTextEdit* report_;
  PictureView *histogram_, *samples_;
  ToolProcess* tool_;
  QTemporaryDir pictures_;
  int checks_ = 0;  // so that every check has pictures of its own
  QString histogram_file_, samples_file_;
};

}  // namespace panohead::ui
