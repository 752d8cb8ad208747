#pragma once

#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <QStringList>
#include <QWidget>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace panohead::ui {

/// What an export left behind.
struct Exported {
  std::vector<std::filesystem::path> files;  // or a folder; the one that was asked for first
  std::string told;                          // a sentence, or empty
};
using ExportWork = std::function<Exported(JobContext&)>;

/// Where an export goes, for the file dialog.
struct ExportPlace {
  QString title;     // of the job, too
  QString proposal;  // file name
  QString suffix;    // without dot; empty: a new folder
  QStringList filters;
};

/// What a head is called in proposed file names: its avatar's name, else "head_5" by its seed.
QString fileNameOf(const HeadOptions& head);

/// What to expect of an export.
struct ExportForecast {
  QString text;
  bool fits = true;  // false: this machine is too small for it
};

/// One kind of thing that a head can leave the program as: its controls, and the work.
class ExportPage : public QWidget {
  Q_OBJECT

 public:
  using QWidget::QWidget;
  ~ExportPage() override;

  virtual QString name() const = 0;
  virtual ExportPlace place(const Head& head) const = 0;
  /// Quick: asked for at every change.
  virtual ExportForecast forecast(const Head& head) const = 0;
  /// A copy of all that is needed, for the worker. Throws OptionError when there is nothing to export.
  virtual ExportWork work(const HeadPtr& head, const std::filesystem::path& file) const = 0;

 signals:
  void changed();
};

}  // namespace panohead::ui
