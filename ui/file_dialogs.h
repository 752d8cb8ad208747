#pragma once

#include "ui/bridge/qt_convert.h"

#include <QFileDialog>
#include <QFileSystemModel>
#include <QTimer>

#include <utility>

namespace panohead::ui {

inline constexpr const char* kFinishedDialog = "finishedFileDialog";

/// A file dialog that belongs to the window and blocks nothing. Nobody waits for it: `chosen` hears the file.
template <typename Chosen>
QFileDialog* makeFileDialog(
    QWidget* parent, const QString& title, const char* name, const QStringList& filters, Chosen chosen) {
  for (QFileDialog* old : parent->findChildren<QFileDialog*>(kFinishedDialog, Qt::FindDirectChildrenOnly)) {
    delete old;
  }
  auto* dialog = new QFileDialog(parent, title);
  dialog->setObjectName(name);
  dialog->setNameFilters(filters);
  for (QFileSystemModel* files : dialog->findChildren<QFileSystemModel*>()) {
    files->setOption(QFileSystemModel::DontWatchForChanges);  // hidden, too, and while its folder fills
  }
  // To take a window from the screen's server takes longer than a picture lasts while what was chosen is at
  // work: a finished dialog stays, hidden, until another one is asked for.
  QObject::connect(dialog, &QDialog::finished, dialog, [dialog, parent] {
    dialog->setObjectName(kFinishedDialog);
    QTimer::singleShot(0, dialog, [dialog, parent] {  // what it held for its answer goes now
      QObject::disconnect(dialog, nullptr, parent, nullptr);
    });
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
