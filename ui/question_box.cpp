#include "ui/question_box.h"

#include <QAbstractButton>
#include <QPushButton>

#include <utility>

namespace panohead::ui {

QMessageBox* Question::ask(QWidget* parent) const {
  auto* box = new QMessageBox(icon, title, text, QMessageBox::NoButton, parent);
  box->setObjectName(name);
  box->setAttribute(Qt::WA_DeleteOnClose);
  std::vector<std::pair<const QAbstractButton*, std::function<void()>>> consequences;
  for (const Answer& answer : answers) {
    QPushButton* button = box->addButton(answer.text, answer.role);
    button->setObjectName(answer.name);
    consequences.emplace_back(button, answer.then);
  }
  for (const UsualAnswer& answer : usual) {
    consequences.emplace_back(box->addButton(answer.button), answer.then);
  }
  // In the parent's name: what follows may end it, and a question goes with whom it belongs to.
  QObject::connect(box, &QMessageBox::finished, parent, [box, consequences] {
    for (const auto& [button, then] : consequences) {
      if (box->clickedButton() == button && then) {
        then();
        return;
      }
    }
  });
  box->open();
  return box;
}

}  // namespace panohead::ui
