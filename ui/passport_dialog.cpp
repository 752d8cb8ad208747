#include "ui/passport_dialog.h"

#include "ui/file_dialogs.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace panohead::ui {

PassportDialog::PassportDialog(const ModelPassport& passport, QWidget* parent)
    : QDialog(parent), file_(passport.file) {
  setObjectName("passportDialog");
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Passport of %1").arg(toQString(std::filesystem::path(passport.file).filename())));
  resize(640, 480);
  auto* promise = new QLabel(passport.classes.empty() && passport.embedded_source_bytes == 0
                                 ? tr("Nothing of this file is run; it holds nothing but numbers and names.")
                                 : tr("Classes that this file names: %1. It carries %2 bytes of Python text. "
                                      "Nothing of it is run or imported.")
                                       .arg(passport.classes.size())
                                       .arg(passport.embedded_source_bytes));
  promise->setObjectName("passportPromise");
  promise->setWordWrap(true);
  auto* text = new QPlainTextEdit(toQString(passport.toText()));
  text->setObjectName("passportText");
  text->setAccessibleName(tr("Passport"));
  text->setReadOnly(true);
  text->setLineWrapMode(QPlainTextEdit::NoWrap);
  text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  QPushButton* convert = buttons->addButton(tr("Convert to safetensors\u2026"), QDialogButtonBox::ActionRole);
  convert->setObjectName("passportConvert");
  convert->setToolTip(tr("Writes the network that is drawn as a file that is safe to pass on"));
  connect(convert, &QPushButton::clicked, this, &PassportDialog::convert);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(promise);
  layout->addWidget(text);
  layout->addWidget(buttons);
}

void PassportDialog::convert() {
  askToSave(this,
            tr("Convert to safetensors"),
            "convertDialog",
            tr("Models (*.safetensors)"),
            "safetensors",
            toQString(file_.stem()) + ".safetensors",
            [this](const std::filesystem::path& to) { emit convertRequested(to); });
}

}  // namespace panohead::ui
