#pragma once

#include <QWidget>

class QLabel;
class QListWidget;
class QPushButton;

namespace panohead::ui {

class PhotoDesk;

/// The photos of one person: added, removed, chosen.
class PhotoList final : public QWidget {
  Q_OBJECT

 public:
  explicit PhotoList(PhotoDesk& desk, QWidget* parent = nullptr);

 signals:
  /// Files were asked for.
  void addRequested();
  void adjustRequested();

 private:
  void show();
  void showCurrent();

  PhotoDesk& desk_;
  QLabel* invitation_;
  QListWidget* list_;
  QPushButton *add_, *remove_, *next_;
};

}  // namespace panohead::ui
