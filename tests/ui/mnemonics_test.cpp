// Letters that are underlined: Alt and a letter presses one control, not one of several.
#include "tests/ui/main_window_fixture.h"
#include "ui/training/training_dock.h"

#include <QAbstractButton>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QStackedWidget>

#include <map>
#include <set>

namespace panohead::ui {
namespace {

using Letters = std::map<QChar, QStringList>;  // and who has them

void add(Letters& letters, const QString& text, const QString& owner) {
  const QString key = QKeySequence::mnemonic(text).toString();  // "Alt+X"
  if (!key.isEmpty()) {
    letters[key.back()] << QString("%1 (%2)").arg(owner, text);
  }
}

Letters joined(Letters one, const Letters& other) {
  for (const auto& [letter, owners] : other) {
    one[letter] << owners;
  }
  return one;
}

/// Letters of a widget and what is in it, also what is hidden just now: once for every page that it may show.
std::set<Letters> alternatives(const QWidget& widget) {
  Letters own;
  if (const auto* button = qobject_cast<const QAbstractButton*>(&widget)) {
    add(own, button->text(), button->objectName());
  } else if (const auto* label = qobject_cast<const QLabel*>(&widget); label && label->buddy()) {
    add(own, label->text(), label->buddy()->objectName());
  }
  std::set<Letters> all{own};
  std::set<Letters> pages;
  const bool stacked = qobject_cast<const QStackedWidget*>(&widget) != nullptr;
  for (const QObject* child : widget.children()) {
    const auto* part = qobject_cast<const QWidget*>(child);
    if (part == nullptr || part->isWindow()) {
      continue;
    }
    const std::set<Letters> of_part = alternatives(*part);
    if (stacked) {
      pages.insert(of_part.begin(), of_part.end());
      continue;
    }
    std::set<Letters> both;
    for (const Letters& before : all) {
      for (const Letters& more : of_part) {
        both.insert(joined(before, more));
      }
    }
    all = std::move(both);
  }
  return stacked && !pages.empty() ? pages : all;
}

void findClashes(const Letters& letters, std::set<QString>& clashes) {
  for (const auto& [letter, owners] : letters) {
    if (owners.size() > 1) {
      clashes.insert(QString("Alt+%1: %2").arg(letter).arg(owners.join(" | ")));
    }
  }
}

TEST_F(MainWindowTest, EveryMnemonicIsOneControls) {
  window_->findChild<TrainingDock*>("trainingDock")->panel();
  std::set<QString> clashes;
  Letters menus;
  for (const QAction* action : window_->menuBar()->actions()) {
    add(menus, action->text(), "menu bar");
    Letters inside;
    for (const QAction* entry : action->menu()->actions()) {
      add(inside, entry->text(), action->text());
    }
    findClashes(inside, clashes);
  }
  ASSERT_EQ(menus.size(), 6U);
  // One dock of each side is seen at a time: they are tabs.
  std::map<Qt::DockWidgetArea, std::set<Letters>> sides;
  for (const QDockWidget* dock : window_->findChildren<QDockWidget*>(Qt::FindDirectChildrenOnly)) {
    const std::set<Letters> of_dock = alternatives(*dock->widget());
    sides[window_->dockWidgetArea(const_cast<QDockWidget*>(dock))].insert(of_dock.begin(), of_dock.end());
  }
  ASSERT_EQ(sides.size(), 3U);
  EXPECT_GE(sides[Qt::RightDockWidgetArea].size(), 9U) << "scene, four exports, four steps of photos";
  std::set<Letters> together{menus};
  for (const auto& [side, docks] : sides) {
    std::set<Letters> more;
    for (const Letters& before : together) {
      for (const Letters& dock : docks) {
        more.insert(joined(before, dock));
      }
    }
    together = std::move(more);
  }
  for (const Letters& seen : together) {
    findClashes(seen, clashes);
  }
  for (const QString& clash : clashes) {
    ADD_FAILURE() << clash.toStdString();
  }
}

}  // namespace
}  // namespace panohead::ui
