#include "ui/training/sheet_view.h"

#include "ui/bridge/qt_convert.h"
#include "ui/training/picture_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>
#include <iterator>

namespace panohead::ui {

SheetView::SheetView(QWidget* parent)
    : QWidget(parent),
      kind_(new QComboBox),
      when_(new QSlider(Qt::Horizontal)),
      kimg_(new QLabel),
      picture_(new PictureView) {
  kind_->setObjectName("sheetKind");
  kind_->setToolTip(tr("Which pictures"));
  kind_->setAccessibleName(kind_->toolTip());
  kind_->addItem(tr("Pictures"), "fakes");
  kind_->addItem(tr("Raw"), "raw");
  kind_->addItem(tr("Masks"), "mask");
  kind_->addItem(tr("Depth"), "depth");
  kind_->addItem(tr("Real"), "reals");
  kind_->addItem(tr("Real masks"), "segs");
  when_->setObjectName("sheetWhen");
  when_->setToolTip(tr("When in the run; at its right end it follows the newest"));
  when_->setAccessibleName(tr("When in the run"));
  kimg_->setObjectName("sheetKimg");
  kimg_->setProperty("role", "quiet");
  kimg_->setMinimumWidth(64);
  picture_->setObjectName("sheetPicture");
  auto* top = new QHBoxLayout;
  top->addWidget(kind_);
  top->addWidget(when_, 1);
  top->addWidget(kimg_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(top);
  layout->addWidget(picture_, 1);
  connect(kind_, &QComboBox::currentIndexChanged, this, &SheetView::kindChanged);
  connect(when_, &QSlider::valueChanged, this, &SheetView::show);
  kindChanged();
}

void SheetView::setSheets(const std::vector<RunSheet>& sheets) {
  if (sheets != sheets_) {
    sheets_ = sheets;
    kindChanged();
  }
}

void SheetView::kindChanged() {
  const std::string kind = kind_->currentData().toString().toStdString();
  const bool at_end = when_->value() == when_->maximum();
  shown_.clear();
  std::ranges::copy_if(
      sheets_, std::back_inserter(shown_), [&](const RunSheet& s) { return s.kind == kind; });
  const int last = std::max(0, static_cast<int>(shown_.size()) - 1);
  {
    const QSignalBlocker quiet(when_);
    when_->setRange(0, last);
    if (at_end) {
      when_->setValue(last);
    }
  }
  when_->setEnabled(last > 0);
  show(when_->value());
}

void SheetView::show(int index) {
  if (index < 0 || index >= static_cast<int>(shown_.size())) {
    picture_->showFile({});
    kimg_->clear();
    return;
  }
  const RunSheet& sheet = shown_[static_cast<std::size_t>(index)];
  picture_->showFile(toQString(sheet.path));
  kimg_->setText(sheet.kind == "reals" || sheet.kind == "segs" ? QString() : tr("%1 kimg").arg(sheet.kimg));
}

}  // namespace panohead::ui
