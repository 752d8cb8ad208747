#include "ui/training/path_box.h"

#include "ui/bridge/qt_convert.h"

#include <QDropEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QToolButton>

namespace panohead::ui {

PathBox::PathBox(const QString& name, const QString& help, QWidget* parent)
    : QWidget(parent), line_(new QLineEdit) {
  line_->setObjectName(name);
  line_->setAccessibleName(help);
  line_->setToolTip(help);
  line_->setClearButtonEnabled(true);
  setAcceptDrops(true);
  auto* button = new QToolButton;
  button->setObjectName(name + "Choose");
  button->setText(QString::fromUtf8("\u2026"));
  button->setToolTip(tr("Choose: %1").arg(help));
  button->setAccessibleName(button->toolTip());
  button->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(button);  // one dialog cannot offer both
  menu->addAction(tr("&Folder\u2026"), this, [this] { choose(true); });
  menu->addAction(tr("F&ile\u2026"), this, [this] { choose(false); });
  button->setMenu(menu);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  layout->addWidget(line_, 1);
  layout->addWidget(button);
  setFocusProxy(line_);
  connect(line_, &QLineEdit::textChanged, this, &PathBox::edited);
}

std::filesystem::path PathBox::path() const { return toPath(line_->text().trimmed()); }

void PathBox::setPath(const std::filesystem::path& path) { line_->setText(toQString(path)); }

void PathBox::choose(bool folder) {
  auto* dialog = new QFileDialog(this, line_->toolTip(), line_->text());
  dialog->setObjectName("pathDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, line_, &QLineEdit::setText);
  dialog->open();
}

void PathBox::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile()) {
    event->acceptProposedAction();
  }
}

void PathBox::dropEvent(QDropEvent* event) {
  line_->setText(event->mimeData()->urls().front().toLocalFile());
  event->acceptProposedAction();
}

}  // namespace panohead::ui
