#pragma once

#include "core/base/error.h"
#include "ui/studio_session.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QTabWidget;

namespace panohead::ui {

class Document;
class ExportedFile;
class ExportPage;
class MeshPage;
class ViewportWidget;

/// Takes heads elsewhere: a page for each kind of file, what to expect of it, the work with progress and
/// cancel, and the finished file, to be dragged on.
class ExportPanel final : public QWidget {
  Q_OBJECT

 public:
  ExportPanel(Document& document,
              StudioSession& session,
              ViewportWidget& viewport,
              QWidget* parent = nullptr);

  /// Exports what the page in front says, to this file.
  void exportTo(const std::filesystem::path& file);
  bool isExporting() const { return session_.activity(job_) != nullptr; }

 signals:
  void starting();  // the document is read next
  void exported(const QString& file);
  void failed(const panohead::Error& error);

 private:
  void addPage(ExportPage* page);
  ExportPage& page() const;
  void askForFile();
  void showForecast();
  void showProgress();

  StudioSession& session_;
  ViewportWidget& viewport_;
  QTabWidget* pages_;
  MeshPage* mesh_;
  QLabel* forecast_;
  QPushButton* export_;
  QWidget* running_;
  QLabel* stage_;
  QProgressBar* bar_;
  ExportedFile* exported_;
  QLabel* told_;
  QString folder_;  // of the last export
  JobId job_ = 0;
};

}  // namespace panohead::ui
