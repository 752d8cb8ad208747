#pragma once

#include "core/session/mesh_export.h"
#include "render/packed_mesh.h"
#include "ui/bridge/job_bridge.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <list>
#include <memory>

namespace panohead::ui {

/// The surface of the head on the table, to look at: coarse, made by a worker of its own when something shows
/// it. While heads follow each other quickly the last mesh stays; the new one is begun when they rest. The
/// last few are kept, so that going back to a head shows its mesh at once.
class MeshPreview final : public QObject {
  Q_OBJECT

 public:
  static constexpr int kMostResolution = 128;  // grid points on a side

  explicit MeshPreview(QObject* parent = nullptr);

  /// What it shall be the surface of; the background does not matter.
  void setHead(HeadPtr head);
  /// What will be exported; the preview is as good as it, up to a limit.
  void setOptions(const MeshOptions& options);
  /// Whether anything shows it, and its own colours.
  void setWanted(bool wanted, bool colours);

  /// The newest there is of the model; null before the first.
  const std::shared_ptr<const render::PackedMesh>& mesh() const noexcept { return mesh_; }
  /// Whether it is what is wished for.
  bool ready() const noexcept { return ready_; }
  /// Whether it could not be made; state() says why.
  bool failed() const noexcept { return failed_; }
  /// For people: "ready", "40 %", or why there is none.
  const QString& state() const noexcept { return state_; }

 signals:
  void changed();  // mesh, ready() or state()

 private:
  struct Wish {
    HeadPtr head;
    MeshOptions options;
  };
  struct Kept {
    ModelPtr model;
    HeadOptions head;
    MeshOptions options;
    std::shared_ptr<const render::PackedMesh> mesh;
  };
  static bool answers(const Kept& kept, const Wish& wish);
  MeshOptions previewed() const;
  void refresh();
  void drop();
  void begin();
  void finish(const Wish& wish, std::shared_ptr<const render::PackedMesh> mesh);
  void say(bool ready, const QString& state);

  HeadPtr head_;
  MeshOptions options_;
  bool wanted_ = false;
  bool colours_ = false;
  std::shared_ptr<const render::PackedMesh> mesh_;
  bool ready_ = false;
  bool failed_ = false;
  QString state_;
  std::list<Kept> kept_;  // newest first
  Wish making_;           // what the job makes; head null: none runs
  JobId job_ = 0;
  int jobs_ = 0;  // counts those begun and dropped
  QTimer rest_;
  JobBridge bridge_;
};

}  // namespace panohead::ui
