#pragma once

#include "ui/export/export_page.h"
#include "ui/film_job.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSpinBox;

namespace panohead::ui {

class Document;

/// Films of the head on the table, of its key frames and of the heads in the gallery.
class FilmPage final : public ExportPage {
  Q_OBJECT

 public:
  explicit FilmPage(Document& document, QWidget* parent = nullptr);

  QString name() const override;
  ExportPlace place(const Head& head) const override;
  ExportForecast forecast(const Head& head) const override;
  ExportWork work(const HeadPtr& head, const std::filesystem::path& file) const override;

 private:
  FilmRequest request(const HeadPtr& head) const;
  void showWhatCounts();

  Document& document_;
  QComboBox* subject_;
  QComboBox* format_;
  QDoubleSpinBox* seconds_;
  QDoubleSpinBox* rate_;
  QSpinBox* quality_;
  QDoubleSpinBox* megabits_;
  QComboBox* size_;
};

}  // namespace panohead::ui
