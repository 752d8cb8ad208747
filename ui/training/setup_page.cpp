#include "ui/training/setup_page.h"

#include "core/base/error.h"
#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/training/picture_view.h"
#include "ui/training/tool_process.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFontDatabase>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QTabBar>
#include <QTabWidget>

namespace panohead::ui {
namespace {

constexpr int kMostRanks = 64;  // of one machine

QString sentence(const Error& error) {
  return error.hint().empty() ? toQString(std::string(error.what()))
                              : QString("%1: %2").arg(error.what(), toQString(error.hint()));
}

}  // namespace

SetupPage::SetupPage(const QString& program, QWidget* parent)
    : QWidget(parent),
      program_(program),
      preset_(new QComboBox),
      ranks_(new QSpinBox),
      form_(makeOptionForm()),
      check_(makeButton(tr("Chec&k data"), "checkData", tr("Looks at every picture, mask and label"))),
      forecast_(makeButton(tr("Forecast"),
                           "forecast",
                           tr("Measures a few steps: memory, time and disk that the run would take"))),
      start_(
          makeButton(tr("Start trainin&g"), "startTraining", tr("Starts the run as a process of its own"))),
      cancel_(makeButton(tr("Cancel"), "cancelTool", tr("Ends the check or the forecast"))),
      message_(new QLabel),
      results_(new QTabWidget),
      report_(new QPlainTextEdit),
      histogram_(new PictureView),
      samples_(new PictureView),
      tool_(new ToolProcess(program, this)) {
  auto* split = new QSplitter;
  split->addWidget(makeOptions());
  split->addWidget(makeActions());
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  split->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(6, 6, 6, 6);
  layout->addWidget(split);

  connect(preset_, &QComboBox::currentIndexChanged, this, &SetupPage::presetChosen);
  connect(check_, &QPushButton::clicked, this, &SetupPage::checkData);
  connect(forecast_, &QPushButton::clicked, this, &SetupPage::forecast);
  connect(start_, &QPushButton::clicked, this, &SetupPage::start);
  connect(cancel_, &QPushButton::clicked, tool_, &ToolProcess::cancel);
  connect(tool_, &ToolProcess::progressed, message_, &QLabel::setText);
  connect(tool_, &ToolProcess::finished, this, &SetupPage::ended);
  connect(tool_, &ToolProcess::cancelled, this, [this] {
    setBusy(false);
    message_->setText(tr("Cancelled"));
  });
  preset_->setCurrentText("heads-256");
  presetChosen();
  setBusy(false);
}

QWidget* SetupPage::makeOptions() {
  preset_->setObjectName("preset");
  preset_->setToolTip(tr("Where the options start; what differs from it is shown in bold"));
  preset_->setAccessibleName(tr("Preset"));
  for (const std::string& name : trainingPresetNames()) {
    preset_->addItem(toQString(name));
  }
  ranks_->setObjectName("ranks");
  ranks_->setRange(1, kMostRanks);
  ranks_->setToolTip(tr("Processes that share the work (mpirun): one for each GPU"));
  ranks_->setAccessibleName(tr("Ranks"));
  auto* all = new QCheckBox(tr("All options"));
  all->setObjectName("allOptions");
  all->setToolTip(tr("Shows the rarely changed options, too"));
  connect(all, &QCheckBox::toggled, form_, &OptionForm::showAdvanced);
  auto* top = new QHBoxLayout;
  top->addWidget(new QLabel(tr("Preset")));
  top->addWidget(preset_);
  top->addSpacing(12);
  top->addWidget(new QLabel(tr("Ranks")));
  top->addWidget(ranks_);
  top->addSpacing(12);
  top->addWidget(all);
  top->addStretch();
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  form_->fitInto(*scroll);
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(top);
  layout->addWidget(scroll, 1);
  return page;
}

QWidget* SetupPage::makeActions() {
  message_->setObjectName("setupMessage");
  message_->setWordWrap(true);
  message_->setTextFormat(Qt::PlainText);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  report_->setObjectName("setupReport");
  report_->setReadOnly(true);
  report_->setLineWrapMode(QPlainTextEdit::NoWrap);
  report_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  report_->setPlaceholderText(tr("What a check of the data or a forecast finds is shown here"));
  report_->setAccessibleName(tr("Report"));
  histogram_->setObjectName("cameraHistogram");
  samples_->setObjectName("dataSamples");
  results_->setObjectName("setupResults");
  results_->setDocumentMode(true);
  results_->addTab(report_, tr("Report"));
  results_->addTab(histogram_, tr("Cameras"));
  results_->addTab(samples_, tr("Samples"));
  results_->setMinimumWidth(results_->tabBar()->sizeHint().width());
  auto* buttons = new QGridLayout;  // in one row they would be too wide beside two columns of 1280 pixels
  buttons->addWidget(check_, 0, 0);
  buttons->addWidget(forecast_, 0, 1);
  buttons->addWidget(cancel_, 1, 0);
  buttons->addWidget(start_, 1, 1);
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(8, 0, 0, 0);
  layout->addLayout(buttons);
  layout->addWidget(message_);
  layout->addWidget(results_, 1);
  return page;
}

void SetupPage::setData(const std::filesystem::path& data, const std::filesystem::path& masks) {
  TrainingOptions options = form_->options();
  options.data = data;
  options.masks = masks;
  form_->setOptions(options);
  const QString name = toQString(data);
  message_->setText(masks.empty() ? tr("Data set %1; no masks lie beside it: choose them").arg(name)
                                  : tr("Data set %1, masks %2").arg(name, toQString(masks)));
}

void SetupPage::showProblem(const QString& problem) {
  message_->setText(problem);
  results_->setCurrentWidget(report_);
}

void SetupPage::presetChosen() {
  // What is the user's own stays: places, and where to start from.
  TrainingOptions options = trainingPreset(preset_->currentText().toStdString());
  form_->setBase(options);
  const TrainingOptions before = form_->options();
  options.data = before.data;
  options.masks = before.masks;
  options.out = before.out;
  options.resume = before.resume;
  options.attributes = before.attributes;
  options.codes = before.codes;
  form_->setOptions(options);
}

bool SetupPage::namesData() {
  const bool named = !form_->options().data.empty();
  if (!named) {
    showProblem(tr("Choose a data set first, under Data: a folder or zip of pictures with dataset.json."));
  }
  return named;
}

QStringList SetupPage::usableArguments() {
  if (!namesData()) {
    return {};
  }
  try {
    form_->options().check(ranks_->value());
  } catch (const OptionError& error) {
    showProblem(sentence(error));
    return {};
  }
  QStringList arguments{"--preset", preset_->currentText()};
  const QStringList changed = form_->arguments();
  for (qsizetype i = 0; i + 1 < changed.size(); i += 2) {
    if (changed[i] != "--out") {
      arguments << changed[i] << changed[i + 1];
    }
  }
  return arguments;
}

void SetupPage::checkData() {
  if (!namesData()) {
    return;
  }
  const TrainingOptions options = form_->options();
  ++checks_;
  histogram_file_ = pictures_.filePath(QString("cameras%1.png").arg(checks_));
  samples_file_ = pictures_.filePath(QString("samples%1.png").arg(checks_));
  QStringList arguments{"dataset",
                        "check",
                        "--data",
                        toQString(options.data),
                        "--histogram",
                        histogram_file_,
                        "--sheet",
                        samples_file_};
  if (!options.masks.empty()) {
    arguments << "--masks" << toQString(options.masks);
  }
  begin(tr("Looking at every picture\u2026"), arguments);
}

void SetupPage::forecast() {
  const QStringList arguments = usableArguments();
  if (!arguments.isEmpty()) {
    histogram_file_.clear();
    samples_file_.clear();
    begin(tr("Measuring a few steps\u2026"), QStringList{"train"} + arguments + QStringList{"--dry-run"});
  }
}

void SetupPage::start() {
  const QStringList arguments = usableArguments();
  if (arguments.isEmpty()) {
    return;
  }
  const std::filesystem::path out = form_->options().out;
  if (out.empty()) {
    showProblem(tr("No run folder is named: choose a new folder under Data, Out."));
    return;
  }
  emit startRequested({program_, arguments, std::filesystem::absolute(out), ranks_->value()});
}

void SetupPage::begin(const QString& what, const QStringList& arguments) {
  message_->setText(what);
  report_->clear();
  tool_->start(arguments);
  setBusy(true);
}

void SetupPage::ended(const QString& output, const QString& problem) {
  setBusy(false);
  report_->setPlainText(output);
  message_->setText(problem.isEmpty() ? tr("Done") : problem);
  if (!histogram_file_.isEmpty()) {
    histogram_->showFile(QFile::exists(histogram_file_) ? histogram_file_ : QString());
    samples_->showFile(QFile::exists(samples_file_) ? samples_file_ : QString());
  }
}

void SetupPage::setBusy(bool busy) {
  check_->setEnabled(!busy);
  forecast_->setEnabled(!busy);
  cancel_->setEnabled(busy);
}

}  // namespace panohead::ui
