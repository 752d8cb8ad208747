#pragma once

#include "core/session/project.h"

#include <QGroupBox>

#include <deque>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace panohead::ui {

class Document;
class LatentPad;
class SeedBox;
class ValueSlider;

/// Which head: seed or a place on the map of seeds, truncation, conditioning, mixing, noise.
class GeneratePanel final : public QGroupBox {
  Q_OBJECT

 public:
  explicit GeneratePanel(Document& document, QWidget* parent = nullptr);

  void nextSeed();
  void previousSeed();
  void randomSeed();

 private:
  QWidget* makeSeedRow();
  QWidget* makeMixing();
  void show();
  void remember(std::uint32_t seed);
  void editHead(const QString& text, const char* merge, const std::function<void(HeadOptions&)>& change);
  void editMix();
  void leavePeople(HeadOptions& head) const;

  Document& document_;
  QLabel* people_;  // who is shown in place of a seed
  SeedBox* seed_;
  QComboBox* history_;
  LatentPad* pad_;
  ValueSlider* psi_;
  QSpinBox* cutoff_;
  ValueSlider* yaw_;
  ValueSlider* pitch_;
  QComboBox* noise_;
  QCheckBox* mix_;
  SeedBox* mix_seed_;
  QSpinBox* mix_first_;
  QSpinBox* mix_last_;
  double seed_psi_ = 0.7;            // of the last head of seeds
  std::deque<std::uint32_t> seeds_;  // shown before, the newest first
};

}  // namespace panohead::ui
