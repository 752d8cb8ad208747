#pragma once

#include <QMessageBox>
#include <QString>

#include <functional>
#include <vector>

namespace panohead::ui {

/// A button of a question, and what follows from it.
struct Answer {
  QString text;
  QMessageBox::ButtonRole role = QMessageBox::AcceptRole;
  std::function<void()> then{};  // may be empty
  const char* name = "";         // of the button
};

/// The usual buttons, with the system's words.
struct UsualAnswer {
  QMessageBox::StandardButton button = QMessageBox::Cancel;
  std::function<void()> then{};
};

/// A question that belongs to the window and blocks nothing: answers do what they do when they are given.
struct Question {
  const char* name;  // of the box, for tests
  QString title;
  QString text;
  std::vector<Answer> answers{};
  std::vector<UsualAnswer> usual{};
  QMessageBox::Icon icon = QMessageBox::Warning;

  /// Asks. The box deletes itself; closing it is its Cancel or Reject button, or no answer.
  /// @returns the box, open, to add to it
  QMessageBox* ask(QWidget* parent) const;
};

}  // namespace panohead::ui
