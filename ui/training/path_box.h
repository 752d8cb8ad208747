#pragma once

#include <QWidget>

#include <filesystem>

class QLineEdit;

namespace panohead::ui {

/// The path of a file or folder: a line to type it into, and a button to choose it with. Takes drops.
class PathBox final : public QWidget {
  Q_OBJECT

 public:
  /// Its parts are named name and nameChoose.
  PathBox(const QString& name, const QString& help, QWidget* parent = nullptr);

  std::filesystem::path path() const;
  void setPath(const std::filesystem::path& path);

 signals:
  void edited();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void choose(bool folder);

  QLineEdit* line_;
};

}  // namespace panohead::ui
