#pragma once

#include "core/session/project.h"

#include <QColor>
#include <QGroupBox>

class QButtonGroup;
class QComboBox;
class QLabel;
class QPushButton;
class QRadioButton;

namespace panohead::ui {

class Document;
class SeedBox;
class ValueSlider;

/// What is behind the head: its own background, that of another seed, a photo, a colour, or nothing.
class BackgroundPanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit BackgroundPanel(Document& document, QWidget* parent = nullptr);

  /// Fits the controls to a model.
  void setLimits(const ModelInfo& info);
  /// A photo that was read.
  void setPhoto(std::shared_ptr<const Image> image, const std::filesystem::path& source);
  /// How much the head changed by the swap; negative: not known.
  void showChange(double levels);

 signals:
  /// A file was asked for: read it and call setPhoto().
  void photoRequested();
  void measureRequested();
  /// Show this head for now; the document stays as it is.
  void previewed(const panohead::HeadOptions& head);
  /// Show the document again.
  void previewEnded();

 private:
  enum Kind { Own, Seed, Photo, Colour, None, Mixed };  // the last: none that can be chosen
  QRadioButton* choice(Kind kind, const QString& text, const char* name, const QString& help);
  void show();
  void apply(const QString& text, const char* merge);
  void chooseColour();

  Document& document_;
  QButtonGroup* kinds_;
  SeedBox* seed_;
  ValueSlider* psi_;
  QPushButton* open_;
  QComboBox* fit_;
  ValueSlider* blur_;
  QPushButton* colour_;
  QLabel* change_;
  QLabel* mixed_;
  ImageBackground photo_;  // the last one, also while another kind is shown
  ColourBackground chosen_{96, 120, 150};
  QColor painted_;
};

}  // namespace panohead::ui
