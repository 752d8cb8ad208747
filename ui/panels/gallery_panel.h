#pragma once

#include "core/session/project.h"
#include "ui/bridge/job_bridge.h"

#include <QListWidget>

#include <vector>

class QPushButton;

namespace panohead::ui {

class Document;
class SeedBox;

/// Many heads at once: the kept ones, then seeds from a first one on. Thumbnails are drawn by a worker of
/// their own, one after the other; a click shows the head.
class GalleryPanel final : public QWidget {
  Q_OBJECT

 public:
  explicit GalleryPanel(Document& document, QWidget* parent = nullptr);

  /// Draws everything again with this model.
  void setModel(ModelPtr model);
  void keep();
  /// Thumbnails that are still to be drawn.
  int waiting() const;

 private:
  struct Item {
    HeadOptions head;
    QListWidgetItem* widget = nullptr;
    bool drawn = false;
  };
  void show();
  void fill();
  void drawNext();
  HeadOptions ofSeed(std::uint32_t seed) const;

  Document& document_;
  ModelPtr model_;
  QListWidget* list_;
  SeedBox* first_;
  QPushButton* forget_;
  std::vector<Item> items_;
  std::vector<KeptHead> kept_;  // that the list was made for
  double psi_ = 0;
  std::uint64_t generation_ = 0;  // of the list; thumbnails of an older one are dropped
  bool drawing_ = false;
  JobBridge bridge_;
};

}  // namespace panohead::ui
