#pragma once

#include <QPushButton>
#include <QStringList>

namespace panohead::ui {

/// A menu of run folders to draw over the one that is watched, with a way to name another.
class CompareButton final : public QPushButton {
  Q_OBJECT

 public:
  explicit CompareButton(QWidget* parent = nullptr);

  void setKnown(const QStringList& folders);
  const QStringList& chosen() const noexcept { return chosen_; }
  void choose(const QString& folder, bool on);

 signals:
  void chosenChanged();

 private:
  void rebuild();

  QStringList known_;
  QStringList chosen_;
};

}  // namespace panohead::ui
