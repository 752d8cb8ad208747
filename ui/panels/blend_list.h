#pragma once

#include "core/avatar/avatar.h"

#include <QWidget>

#include <cstdint>
#include <vector>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace panohead::ui {

class Document;
class SeedBox;
class ValueSlider;

/// The heads that the document's head is blended with: an avatar or a seed and a share each, avatars first.
/// What they leave is the share of the head's own avatar or seed; a share that grows beyond it takes from the
/// others.
class BlendList final : public QWidget {
  Q_OBJECT

 public:
  explicit BlendList(Document& document, QWidget* parent = nullptr);

  /// A blend of both halves. The head of a seed becomes the second one: an avatar is the first where there is
  /// one.
  void addAvatar(const AvatarPtr& avatar);

 signals:
  void avatarRequested();

 private:
  struct Other {
    AvatarPtr avatar;  // null: a seed
    std::uint32_t seed = 0;
    double share = 0;
  };
  using Shares = std::vector<Other>;
  struct Row {
    QLabel* name = nullptr;
    QWidget* box = nullptr;
    SeedBox* seed = nullptr;
    ValueSlider* share = nullptr;
    QPushButton* remove = nullptr;
  };
  void show();
  void addRow();
  /// Of the other heads, one for each row: what the document says.
  Shares shares() const;
  void setSeed(std::size_t row, std::uint32_t seed);
  void setShare(std::size_t row, double share);
  void addHead();
  void removeHead(std::size_t row);
  void apply(const QString& text, const QString& merge, const Shares& others);

  Document& document_;
  std::vector<Row> rows_;  // at least one
  QVBoxLayout* column_;
  QPushButton *add_, *add_avatar_;
};

}  // namespace panohead::ui
