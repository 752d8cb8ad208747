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

  /// A fit of before that can be gone on with.
  /// @param text of it; empty: there is none
  /// @param obstacle why it cannot be just now; empty: it can
  void showLeft(const QString& text, const QString& obstacle);

 signals:
  /// Files were asked for.
  void addRequested();
  void adjustRequested();
  void resumeRequested();
  void forgetRequested();

 private:
  void show();
  void showCurrent();
  QWidget* makeLeft();

  PhotoDesk& desk_;
  QLabel* invitation_;
  QListWidget* list_;
  QPushButton *add_, *remove_, *next_;
  QLabel* left_;
  QPushButton *resume_, *forget_;
  QWidget* left_box_ = nullptr;
};

}  // namespace panohead::ui
