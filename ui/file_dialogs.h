#pragma once

#include "ui/bridge/qt_convert.h"

#include <QFileDialog>
#include <QTimer>

#include <utility>

namespace panohead::ui {

/// A file dialog that belongs to the window and blocks nothing. Nobody waits for it: `chosen` hears the file.
template <typename Chosen>
QFileDialog* makeFileDialog(
    QWidget* parent, const QString& title, const char* name, const QStringList& filters, Chosen chosen) {
  auto* dialog = new QFileDialog(parent, title);
  dialog->setObjectName(name);
  dialog->setNameFilters(filters);
  // Its end takes as long as a picture of the screen lasts, and so does what was chosen: one after the other.
  QObject::connect(dialog, &QDialog::finished, dialog, [dialog] {
    dialog->setObjectName(QString());
    QTimer::singleShot(50, dialog, &QObject::deleteLater);
  });
  QObject::connect(
      dialog, &QFileDialog::fileSelected, parent, [chosen](const QString& file) { chosen(toPath(file)); });
  return dialog;
}

template <typename Chosen>
void askToOpen(
    QWidget* parent, const QString& title, const char* name, const QStringList& filters, Chosen chosen) {
  QFileDialog* dialog = makeFileDialog(parent, title, name, filters, std::move(chosen));
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->open();
}

template <typename Chosen>
QFileDialog* askToSave(QWidget* parent,
                       const QString& title,
                       const char* name,
                       const QString& filter,
                       const QString& suffix,
                       const QString& proposal,
                       Chosen chosen) {
  QFileDialog* dialog = makeFileDialog(parent, title, name, {filter}, std::move(chosen));
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(suffix);
  dialog->selectFile(proposal);
  dialog->open();
  return dialog;
}

}  // namespace panohead::ui
