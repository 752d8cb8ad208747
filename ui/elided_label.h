#pragma once

#include <QLabel>

namespace panohead::ui {

/// One line of plain text that somebody else chose (names of files and people): where it is longer than its
/// place it ends in dots, rather than making a panel wider.
class ElidedLabel final : public QLabel {
 public:
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace panohead::ui
