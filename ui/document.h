#pragma once

#include "core/session/project.h"
#include "ui/bridge/job_bridge.h"
#include "ui/project_lock.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <QUndoStack>

#include <atomic>
#include <functional>
#include <memory>

namespace panohead::ui {

/// What the window shows, as a value, with its history and its file. Every control changes it through edit()
/// and shows what changed() says; so undo, redo, opening and recovery need nothing from the controls.
///
/// Files are read and written by a worker. Whatever is not saved is kept in a sidecar beside the file (for a
/// new document: in the state folder), which is gone after saving or closing in order; one that is there at
/// the start tells of a crash. While a file is open here, other windows know by a lock (project_lock.h): its
/// sidecar is none of a crash, and nobody else writes it.
class Document final : public QObject {
  Q_OBJECT

 public:
  /// @param state_folder of the sidecars of documents that have no file yet
  explicit Document(std::filesystem::path state_folder, QObject* parent = nullptr);
  ~Document() override;

  const Project& project() const noexcept { return project_; }
  QUndoStack& history() noexcept { return history_; }
  /// Empty: never saved.
  const std::filesystem::path& path() const noexcept { return path_; }
  bool isModified() const { return !history_.isClean(); }

  /// Changes the project by one step of the history, called `text` in the menu ("Seed"). Steps with the same
  /// `merge` key that follow each other without a rest become one (the drag of a slider); empty: never.
  void edit(const QString& text, const QString& merge, const std::function<void(Project&)>& change);
  /// The next edit is a step of its own, whatever its key.
  void endMerge() { since_edit_.invalidate(); }
  /// A change that is no step of the history (what was found out about the model).
  void amend(const std::function<void(Project&)>& change);

  /// Forgets history and file.
  void reset(Project project);
  void open(const std::filesystem::path& path);
  /// The same, as a document that has no file yet.
  void openCopy(const std::filesystem::path& path);
  /// Becomes the document's file. The file before it stays as `name.heads~`.
  void save(const std::filesystem::path& path);
  /// Who has the file at `path` open, if another window has; else empty.
  QString openElsewhere(const std::filesystem::path& path) const;

  /// Sidecar of a document at `path` (empty: a new one).
  std::filesystem::path sidecarOf(const std::filesystem::path& path) const;
  /// The sidecar that a crash left for the document at `path` (empty: for any that was never saved), or
  /// empty.
  std::filesystem::path leftBehind(const std::filesystem::path& path) const;
  /// Takes over what a sidecar or a backup holds, as unsaved changes of the document at `path`.
  void recover(const std::filesystem::path& sidecar, const std::filesystem::path& path);
  void removeSidecar();
  /// Writes the sidecar now (or removes it, where everything is saved) rather than at the next rest; for the
  /// window and tests.
  void autosave();

 signals:
  void changed();
  /// Path or modified state.
  void stateChanged();
  void opened(const QStringList& missing);
  /// Another project took this one's place: a new one, or one that was read.
  void replaced();
  void saved(const QString& path);
  void failed(const panohead::Error& error);
  /// The document was edited while another one was read: `replace` puts that one in its place after all.
  void overtaken(const std::function<void()>& replace);
  /// The file at `path`, which was to be opened, is damaged or missing.
  void unreadable(const std::filesystem::path& path, const panohead::Error& error);

 private:
  friend class ProjectStep;
  void show(const Project& project);
  void read(const std::filesystem::path& file, const std::filesystem::path& path, bool recovered);
  /// What was read becomes the document.
  void take(const ReadProject& read,
            const std::filesystem::path& file,
            const std::filesystem::path& path,
            bool recovered,
            const std::shared_ptr<ProjectLock>& lock);
  /// The lock of a file that the document is to have: its own, or a new one. Null, and said: another window
  /// has it.
  std::shared_ptr<ProjectLock> lockOf(const std::filesystem::path& path);

  std::filesystem::path state_folder_;
  Project project_;
  QUndoStack history_;
  std::filesystem::path path_;
  std::shared_ptr<ProjectLock> lock_;  // of the file at path_
  QElapsedTimer since_edit_;
  QTimer autosave_;
  /// Counts removals of the sidecar: a job that was writing one meanwhile removes it again.
  std::shared_ptr<std::atomic<int>> removals_ = std::make_shared<std::atomic<int>>(0);
  std::uint64_t generation_ = 0;  // counts documents: what was saved may be another one than what is open
  std::uint64_t revision_ = 0;    // counts changes, so that a save knows whether it saved the newest
  JobBridge bridge_;
};

}  // namespace panohead::ui
