#pragma once

#include "ui/export/export_page.h"

class QComboBox;

namespace panohead::ui {

class Document;

/// The head as the camera sees it, at any resolution and in any render type that the model gives.
class StillPage final : public ExportPage {
  Q_OBJECT

 public:
  explicit StillPage(Document& document, QWidget* parent = nullptr);

  QString name() const override;
  ExportPlace place(const Head& head) const override;
  ExportForecast forecast(const Head& head) const override;
  ExportWork work(const HeadPtr& head, const std::filesystem::path& file) const override;

 private:
  ViewOptions options() const;
  /// Of the written picture, pixels.
  int sideOf(const Head& head) const;

  Document& document_;
  QComboBox* mode_;
  QComboBox* rays_;
  QComboBox* samples_;
  QComboBox* background_;
};

}  // namespace panohead::ui
