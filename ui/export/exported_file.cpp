#include "ui/export/exported_file.h"

#include "ui/bridge/qt_convert.h"

#include <QApplication>
#include <QClipboard>
#include <QDrag>
#include <QFileIconProvider>
#include <QFileInfo>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QMouseEvent>
#include <QPushButton>
#include <QUrl>

namespace panohead::ui {
namespace {

constexpr int kIcon = 28;  // logical pixels

}  // namespace

ExportedFile::ExportedFile(QWidget* parent)
    : QFrame(parent), icon_(new QLabel), name_(new QLabel), facts_(new QLabel) {
  setObjectName("exportedFile");
  setAccessibleName(tr("Exported file"));
  setToolTip(tr("Drag it to a file manager or into another program; Ctrl+C copies it"));
  setCursor(Qt::OpenHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setStyleSheet(
      "#exportedFile { background: #1c2026; border: 1px solid #3a3f48; border-radius: 6px; }"
      "#exportedFile:focus { border-color: #5b9bd5; }");
  name_->setObjectName("exportedName");
  name_->setTextFormat(Qt::PlainText);
  facts_->setProperty("role", "quiet");
  for (QLabel* label : {icon_, name_, facts_}) {
    label->setAttribute(Qt::WA_TransparentForMouseEvents);
  }
  name_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* folder = new QPushButton(tr("Show in fol&der"));
  folder->setObjectName("exportedFolder");
  folder->setToolTip(tr("Opens the folder in the file manager"));
  connect(folder, &QPushButton::clicked, this, [this] {
    if (!files_.empty()) {
      emit folderRequested(QUrl::fromLocalFile(toQString(files_.front().parent_path())));
    }
  });
  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(8, 7, 8, 7);
  layout->setHorizontalSpacing(8);
  layout->setVerticalSpacing(2);
  layout->addWidget(icon_, 0, 0, 2, 1);
  layout->addWidget(name_, 0, 1);
  layout->addWidget(facts_, 1, 1);
  layout->addWidget(folder, 2, 0, 1, 2);
  layout->setColumnStretch(1, 1);
  hide();
}

void ExportedFile::show(const std::vector<std::filesystem::path>& files) {
  files_ = files;
  if (files_.empty()) {
    hide();
    return;
  }
  const QFileInfo info(toQString(files_.front()));
  icon_->setPixmap(QFileIconProvider().icon(info).pixmap(kIcon, kIcon));
  name_->setText(info.fileName());
  name_->setToolTip(info.absoluteFilePath());
  QString facts = info.isDir() ? tr("folder") : QLocale().formattedDataSize(info.size(), 1);
  if (files_.size() > 1) {
    const std::size_t more = files_.size() - 1;
    facts += more == 1 ? tr(" and one more file") : tr(" and %1 more files").arg(more);
  }
  facts_->setText(facts);
  setVisible(true);
}

std::unique_ptr<QMimeData> ExportedFile::dragged() const {
  auto data = std::make_unique<QMimeData>();
  QList<QUrl> urls;
  for (const std::filesystem::path& file : files_) {
    urls << QUrl::fromLocalFile(toQString(std::filesystem::absolute(file)));
  }
  data->setUrls(urls);
  return data;
}

void ExportedFile::mousePressEvent(QMouseEvent* event) { pressed_ = event->pos(); }

void ExportedFile::mouseMoveEvent(QMouseEvent* event) {
  if (!(event->buttons() & Qt::LeftButton) ||
      (event->pos() - pressed_).manhattanLength() < QApplication::startDragDistance()) {
    return;
  }
  auto* drag = new QDrag(this);  // deletes itself
  drag->setMimeData(dragged().release());
  drag->setPixmap(icon_->pixmap());
  drag->exec(Qt::CopyAction);
}

void ExportedFile::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    QApplication::clipboard()->setMimeData(dragged().release());
  } else {
    QFrame::keyPressEvent(event);
  }
}

}  // namespace panohead::ui
