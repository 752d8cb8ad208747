#include "ui/training/compare_button.h"

#include <QFileDialog>
#include <QMenu>

namespace panohead::ui {

CompareButton::CompareButton(QWidget* parent) : QPushButton(parent) {
  setObjectName("compareRuns");
  setText(tr("Compare"));
  setToolTip(tr("Draws the curves of other runs over this one's, in broken lines"));
  setMenu(new QMenu(this));
  rebuild();
}

void CompareButton::setKnown(const QStringList& folders) {
  known_ = folders;
  rebuild();
}

void CompareButton::choose(const QString& folder, bool on) {
  if (chosen_.contains(folder) == on) {
    return;
  }
  if (on) {
    chosen_.append(folder);
  } else {
    chosen_.removeAll(folder);
  }
  rebuild();
  emit chosenChanged();
}

void CompareButton::rebuild() {
  menu()->clear();
  QStringList offered = known_;
  for (const QString& folder : chosen_) {
    if (!offered.contains(folder)) {
      offered.append(folder);
    }
  }
  for (const QString& folder : offered) {
    QAction* action = menu()->addAction(folder);
    action->setCheckable(true);
    action->setChecked(chosen_.contains(folder));
    // Queued: the menu must not be rebuilt under its own action.
    connect(
        action,
        &QAction::toggled,
        this,
        [this, folder](bool on) { choose(folder, on); },
        Qt::QueuedConnection);
  }
  menu()->addSeparator();
  menu()->addAction(tr("Another folder\u2026"), this, [this] {
    auto* dialog = new QFileDialog(this, tr("Run folder to compare with"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(
        dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) { choose(folder, true); });
    dialog->open();
  });
}

}  // namespace panohead::ui
