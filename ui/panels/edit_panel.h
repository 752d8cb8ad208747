#pragma once

#include "core/avatar/avatar.h"
#include "core/session/directions.h"
#include "core/session/project.h"

#include <QGroupBox>
#include <QTimer>

#include <functional>
#include <optional>
#include <vector>

class QComboBox;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace panohead::ui {

class BlendList;
class Document;
class ValueSlider;

/// Sliders that change what the head is like: the named ones that a model comes with, and ones that are found
/// in any model without labels.
class EditPanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit EditPanel(Document& document, QWidget* parent = nullptr);

  /// @param named sliders of the model; those that the user found are in the project
  void setModel(const ModelInfo& info, std::vector<DirectionPtr> named);
  /// Adds found sliders to the project.
  void addFound(const std::vector<DirectionPtr>& directions);
  /// Sliders found or renamed by the user.
  const std::vector<DirectionPtr>& found() const;
  void rename(const DirectionPtr& direction, const QString& label);

  void blendWith(const AvatarPtr& avatar);

  void copyEdits();
  void pasteEdits();
  void resetEdits();

 signals:
  void findRequested(panohead::DirectionKind kind, panohead::LayerRange layers, int count);
  void keepRequested();
  /// A fitted person to blend with is wanted: blendWith().
  void avatarRequested();

 private:
  struct Slider {
    DirectionPtr direction;
    ValueSlider* value = nullptr;
  };
  QWidget* makeFinder();
  void show();
  void rebuild();
  /// A row at a time: twenty at once would stall the window for a tenth of a second.
  void addNextRow();
  /// Scrolls to the sliders that were just found, in any case to the first of them.
  void showFound();
  void askForName(const DirectionPtr& direction);

  Document& document_;
  BlendList* blend_;
  std::vector<DirectionPtr> named_;
  std::vector<DirectionPtr> shown_;  // that sliders_ were made for
  std::vector<Slider> sliders_;      // grows by next_row_ to the length of shown_
  QTimer next_row_;
  DirectionPtr found_;  // the first of those that were just found, until it is scrolled to; null: none
  std::optional<std::vector<LatentEdit>> copied_;
  QVBoxLayout* column_;
  QWidget* list_ = nullptr;
  QComboBox* kind_;
  QSpinBox* first_;
  QSpinBox* last_;
  QSpinBox* count_;
  QPushButton* keep_;
  QPushButton* paste_;
};

}  // namespace panohead::ui
