#include "ui/panels/export_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/export/exported_file.h"
#include "ui/export/film_page.h"
#include "ui/export/mesh_look_box.h"
#include "ui/export/mesh_page.h"
#include "ui/export/still_page.h"
#include "ui/export/views_page.h"
#include "ui/file_dialogs.h"
#include "ui/set_progress.h"
#include "ui/viewport_widget.h"

#include <QDesktopServices>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTabWidget>
#include <QUrl>
#include <QVBoxLayout>

namespace panohead::ui {

ExportPanel::ExportPanel(Document& document,
                         StudioSession& session,
                         ViewportWidget& viewport,
                         QWidget* parent)
    : QWidget(parent),
      session_(session),
      viewport_(viewport),
      pages_(new QTabWidget),
      mesh_(new MeshPage),
      forecast_(new QLabel),
      export_(new QPushButton(tr("E&xport\u2026"))),
      running_(new QWidget),
      stage_(new QLabel),
      bar_(new QProgressBar),
      exported_(new ExportedFile),
      told_(new QLabel) {
  setObjectName("exportPanel");
  pages_->setObjectName("exportPages");
  pages_->setDocumentMode(true);
  forecast_->setObjectName("exportForecast");
  export_->setObjectName("exportStart");
  export_->setToolTip(tr("Asks for a file and writes it; the window stays usable meanwhile"));
  stage_->setObjectName("exportStage");
  bar_->setObjectName("exportProgress");
  bar_->setAccessibleName(tr("Progress of the export"));
  bar_->setFixedHeight(16);
  told_->setObjectName("exportTold");
  for (QLabel* label : {forecast_, stage_, told_}) {
    label->setProperty("role", "quiet");
    label->setWordWrap(true);
  }
  told_->hide();
  auto* cancel = new QPushButton(tr("Cancel"));
  cancel->setObjectName("exportCancel");
  cancel->setToolTip(
      tr("Stops the export; nothing is left under the file's name. A folder of PNG files stays as name.part; "
         "the same export goes on there"));
  connect(cancel, &QPushButton::clicked, this, [this] { session_.cancel(job_); });

  auto* bar_row = new QHBoxLayout;
  bar_row->addWidget(bar_, 1);
  bar_row->addWidget(cancel);
  auto* running = new QVBoxLayout(running_);
  running->setContentsMargins(0, 0, 0, 0);
  running->setSpacing(4);
  running->addWidget(stage_);
  running->addLayout(bar_row);
  running_->hide();

  auto* preview = new MeshLookBox(viewport_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(pages_);
  layout->addWidget(forecast_);
  layout->addWidget(export_);
  layout->addWidget(running_);
  layout->addWidget(exported_);
  layout->addWidget(told_);
  layout->addWidget(preview);
  addPage(mesh_);
  addPage(new ViewsPage);
  addPage(new FilmPage(document));
  addPage(new StillPage(document));

  connect(pages_, &QTabWidget::currentChanged, this, [this, preview] {
    preview->setVisible(&page() == mesh_);
    showForecast();
  });
  connect(mesh_, &MeshPage::changed, this, [this] { viewport_.meshPreview().setOptions(mesh_->options()); });
  connect(export_, &QPushButton::clicked, this, &ExportPanel::askForFile);
  connect(exported_, &ExportedFile::folderRequested, this, [](const QUrl& folder) {
    QDesktopServices::openUrl(folder);
  });
  connect(&session_, &StudioSession::headChanged, this, &ExportPanel::showForecast);
  connect(&session_, &StudioSession::activityChanged, this, &ExportPanel::showProgress);
  connect(&viewport_, &ViewportWidget::frameShown, this, [this] {
    if (isVisible() && viewport_.frame().refined && &page() != mesh_) {
      showForecast();  // of what draws pictures, by how long they take
    }
  });
  viewport_.meshPreview().setOptions(mesh_->options());
  showForecast();
}

void ExportPanel::addPage(ExportPage* page) {
  pages_->addTab(page, page->name());
  connect(page, &ExportPage::changed, this, &ExportPanel::showForecast);
}

ExportPage& ExportPanel::page() const { return *static_cast<ExportPage*>(pages_->currentWidget()); }

void ExportPanel::showForecast() {
  const HeadPtr& head = session_.head();
  export_->setEnabled(head != nullptr && !isExporting());
  if (!head) {
    forecast_->setText(tr("Open a model first"));
    return;
  }
  const ExportForecast forecast = page().forecast(*head);
  forecast_->setText(forecast.text);
  forecast_->setStyleSheet(forecast.fits ? QString() : QString("color: #f0b45a;"));
}

void ExportPanel::askForFile() {
  const HeadPtr head = session_.head();
  if (!head) {
    return;
  }
  const ExportPlace place = page().place(*head);
  QFileDialog* dialog = makeFileDialog(
      this, tr("Export"), "exportDialog", place.filters, [this](const std::filesystem::path& file) {
        exportTo(file);
      });
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(place.suffix);
  if (!folder_.isEmpty()) {
    dialog->setDirectory(folder_);
  }
  dialog->selectFile(place.proposal);
  dialog->open();
}

void ExportPanel::exportTo(const std::filesystem::path& file) {
  const HeadPtr head = session_.head();
  if (!head || isExporting()) {
    return;
  }
  emit starting();
  folder_ = toQString(file.parent_path());
  exported_->show({});
  told_->hide();
  try {
    job_ = session_.start(
        page().place(*head).title,
        page().work(head, file),
        [this, file](const Exported& done) {
          exported_->show(done.files);
          showForecast();  // it knows more now
          told_->setText(toQString(done.told));
          told_->setVisible(!done.told.empty());
          emit exported(toQString(done.files.empty() ? file : done.files.front()));
        },
        Lane::Export);
  } catch (const Error& error) {
    emit failed(error);
  }
  showProgress();
}

void ExportPanel::showProgress() {
  const Activity* activity = session_.activity(job_);
  running_->setVisible(activity != nullptr);
  export_->setEnabled(session_.head() != nullptr && activity == nullptr);
  if (activity != nullptr) {
    stage_->setText(activity->stage.isEmpty() ? activity->title
                                              : tr("%1: %2").arg(activity->title, activity->stage));
    bar_->setRange(0, activity->percent < 0 ? 0 : 100);
    setProgress(*bar_, activity->percent);
  }
}

}  // namespace panohead::ui
