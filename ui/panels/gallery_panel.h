#pragma once

#include "core/session/head_check.h"
#include "core/session/project.h"
#include "ui/bridge/job_bridge.h"

#include <QListWidget>
#include <QPixmap>

#include <deque>
#include <optional>
#include <utility>
#include <vector>

class QLabel;
class QPushButton;

namespace panohead::ui {

class Document;
class SeedBox;

/// Many heads at once: the kept ones, then seeds from a first one on; or all of them best first, with their
/// grades (core/session/head_check.h). Thumbnails are drawn and grades are given by a worker of their own,
/// one after the other; a click shows the head.
class GalleryPanel final : public QWidget {
  Q_OBJECT

 public:
  explicit GalleryPanel(Document& document, QWidget* parent = nullptr);

  /// Draws everything again with this model.
  void setModel(ModelPtr model);
  void keep();
  /// Thumbnails that are still to be drawn.
  int waiting() const;
  /// Heads that are still to be graded; 0 where sorting is off.
  int ungraded() const;

 private:
  struct Item {
    HeadOptions head;
    QListWidgetItem* widget = nullptr;
    QString name;
    int kept = -1;  // its place in the project's gallery; negative: a seed of the list
    bool drawn = false;
    std::optional<HeadGrade> grade{};
  };
  void show();
  void fill();
  void drawNext();
  void gradeNext();
  void takeGrade(Item& item, const HeadGrade& grade);
  /// Only kept heads can be forgotten.
  void refreshForget();
  /// The thumbnail that was drawn of this head, or null.
  const QPixmap* pictureOf(const HeadOptions& head) const;
  /// Puts the list into its order, and says how far grading is.
  void arrange();
  Item* itemOf(const QListWidgetItem* widget);
  HeadOptions ofSeed(std::uint32_t seed) const;

  Document& document_;
  ModelPtr model_;
  QListWidget* list_;
  SeedBox* first_;
  QPushButton* forget_;
  QPushButton* sort_;
  QLabel* grading_;
  std::vector<Item> items_;
  std::vector<KeptHead> kept_;                             // that the list was made for
  std::vector<std::pair<HeadOptions, HeadGrade>> grades_;  // of this model, whatever the background
  std::deque<std::pair<HeadOptions, QPixmap>> pictures_;   // of this model, the oldest first
  bool drawing_ = false;
  JobId grade_job_ = 0;
  JobBridge bridge_;
};

}  // namespace panohead::ui
