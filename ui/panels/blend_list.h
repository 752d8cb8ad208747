#pragma once

#include <QWidget>

#include <cstdint>
#include <utility>
#include <vector>

class QPushButton;
class QVBoxLayout;

namespace panohead::ui {

class Document;
class SeedBox;
class ValueSlider;

/// The heads that the document's head is blended with: a seed and a share each. What they leave is the share
/// of the head's own seed; a share that grows beyond it takes from the others.
class BlendList final : public QWidget {
  Q_OBJECT

 public:
  explicit BlendList(Document& document, QWidget* parent = nullptr);

 private:
  using Shares = std::vector<std::pair<std::uint32_t, double>>;
  struct Row {
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
  QPushButton* add_;
};

}  // namespace panohead::ui
