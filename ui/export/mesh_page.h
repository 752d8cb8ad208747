#pragma once

#include "core/session/mesh_export.h"
#include "ui/export/export_page.h"

#include <optional>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QSpinBox;

namespace panohead::ui {

/// The surface of the head as a file for modelling programs, or its density.
class MeshPage final : public ExportPage {
  Q_OBJECT

 public:
  explicit MeshPage(QWidget* parent = nullptr);

  MeshOptions options() const;
  MeshFileOptions fileOptions() const;

  QString name() const override;
  ExportPlace place(const Head& head) const override;
  ExportForecast forecast(const Head& head) const override;
  ExportWork work(const HeadPtr& head, const std::filesystem::path& file) const override;

 private:
  /// Nothing: the density itself, as .mrc.
  std::optional<MeshFormat> format() const;
  void showWhatCounts();
  void showAll(bool all);

  QFormLayout* form_ = nullptr;
  QComboBox* format_;
  QComboBox* resolution_;
  QComboBox* colours_;
  QComboBox* texture_;
  QSpinBox* triangles_;
  QSpinBox* smoothing_;
  QCheckBox* flat_cut_;
  QCheckBox* whole_;
  QCheckBox* unlit_;
  // Rarely changed:
  QDoubleSpinBox* level_;
  QSpinBox* views_;
  QDoubleSpinBox* metres_;
  QCheckBox* exact_;
  QCheckBox* jpeg_;
};

}  // namespace panohead::ui
