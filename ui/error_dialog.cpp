#include "ui/error_dialog.h"

#include "ui/bridge/qt_convert.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>

namespace panohead::ui {
namespace {

/// Messages are written to stand after a program's name; here they stand alone.
QLabel* textLabel(QString text, const char* name, const char* role) {
  text.replace(0, 1, text.left(1).toUpper());
  auto* label = new QLabel(text);
  label->setObjectName(name);
  label->setProperty("role", role);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setMinimumWidth(420);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

}  // namespace

ErrorDialog::ErrorDialog(const Error& error, QWidget* parent) : QDialog(parent) {
  setObjectName("errorDialog");
  setWindowTitle(tr("PanoHead Studio"));
  setAttribute(Qt::WA_DeleteOnClose);
  auto* icon = new QLabel;
  icon->setPixmap(style()->standardIcon(QStyle::SP_MessageBoxWarning).pixmap(40, 40));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);

  auto* layout = new QGridLayout(this);
  layout->setSizeConstraint(QLayout::SetFixedSize);
  layout->setContentsMargins(20, 20, 20, 16);
  layout->setHorizontalSpacing(16);
  layout->setVerticalSpacing(10);
  layout->addWidget(icon, 0, 0, 2, 1, Qt::AlignTop);
  layout->addWidget(textLabel(QString::fromUtf8(error.what()), "errorMessage", "headline"), 0, 1);
  if (!error.hint().empty()) {
    layout->addWidget(textLabel(toQString(error.hint()), "errorHint", "value"), 1, 1);
  }
  if (!error.detail().empty()) {
    auto* details = new QPlainTextEdit(toQString(error.detail()));
    details->setObjectName("errorDetails");
    details->setReadOnly(true);
    details->setFixedHeight(140);
    details->hide();
    auto* toggle = buttons->addButton(tr("&Details"), QDialogButtonBox::ActionRole);
    toggle->setObjectName("errorDetailsButton");
    toggle->setCheckable(true);
    connect(toggle, &QPushButton::toggled, details, &QWidget::setVisible);
    layout->addWidget(details, 2, 1);
  }
  layout->addWidget(buttons, 3, 0, 1, 2);
}

}  // namespace panohead::ui
