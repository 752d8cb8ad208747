#pragma once

#include <QFrame>
#include <QIcon>

#include <filesystem>
#include <memory>
#include <vector>

class QLabel;
class QMimeData;

namespace panohead::ui {

/// What was exported last: can be dragged to a file manager or into another program, or shown in its folder.
class ExportedFile final : public QFrame {
  Q_OBJECT

 public:
  explicit ExportedFile(QWidget* parent = nullptr);

  void show(const std::vector<std::filesystem::path>& files);
  /// What a drag carries: the files as URLs.
  std::unique_ptr<QMimeData> dragged() const;

 signals:
  void folderRequested(const QUrl& folder);

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  std::vector<std::filesystem::path> files_;
  QLabel* icon_;
  QLabel* name_;
  QLabel* facts_;
  QPoint pressed_;
};

}  // namespace panohead::ui
