#pragma once

#include "core/filming/view_set_run.h"
#include "ui/export/export_page.h"

class QComboBox;
class QSpinBox;

namespace panohead::ui {

/// Pictures from all around with depth, masks, cameras and a point cloud, for reconstruction tools.
class ViewsPage final : public ExportPage {
  Q_OBJECT

 public:
  explicit ViewsPage(QWidget* parent = nullptr);

  QString name() const override;
  ExportPlace place(const Head& head) const override;
  ExportForecast forecast(const Head& head) const override;
  ExportWork work(const HeadPtr& head, const std::filesystem::path& file) const override;

 private:
  ViewSetOptions options() const;

  QComboBox* pattern_;
  QSpinBox* count_;
  QComboBox* size_;
  QSpinBox* points_;
  QComboBox* background_;
};

}  // namespace panohead::ui
