#include "ui/document.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"

#include <QUndoCommand>

#include <cerrno>
#include <cstdlib>
#include <signal.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace panohead::ui {

namespace {
const std::string kUnsaved = "unsaved-";
constexpr qint64 kMergeMs = 900;     // a rest this long ends the drag of a slider
constexpr int kAutosaveMs = 3000;    // after a change
constexpr int kHistoryLimit = 1000;  // steps; a step shares its pictures and sliders with the others
}  // namespace

/// One step: the project before and after. A project is small, and what is large in it is shared.
class ProjectStep final : public QUndoCommand {
 public:
  ProjectStep(
      Document& document, const QString& text, QString merge, bool merges, Project before, Project after)
      : QUndoCommand(text),
        document_(document),
        merge_(std::move(merge)),
        merges_(merges),
        before_(std::move(before)),
        after_(std::move(after)) {}

  int id() const override { return 1; }
  bool mergeWith(const QUndoCommand* next) override {
    const auto& step = static_cast<const ProjectStep&>(*next);
    if (!step.merges_ || merge_.isEmpty() || step.merge_ != merge_) {
      return false;
    }
    after_ = step.after_;
    setObsolete(after_ == before_);
    return true;
  }
  void undo() override {
    document_.endMerge();  // what follows is no part of the step before
    document_.show(before_);
  }
  void redo() override { document_.show(after_); }
  void replaceModel(const ModelReference& old, const ModelReference& now) {
    for (Project* project : {&before_, &after_}) {
      if (project->model == old) {
        project->model = now;
      }
    }
  }

 private:
  Document& document_;
  QString merge_;
  bool merges_;
  Project before_, after_;
};

Document::Document(std::filesystem::path state_folder, QObject* parent)
    : QObject(parent), state_folder_(std::move(state_folder)) {
  history_.setUndoLimit(kHistoryLimit);
  autosave_.setSingleShot(true);
  autosave_.setInterval(kAutosaveMs);
  connect(&autosave_, &QTimer::timeout, this, &Document::autosave);
  connect(&history_, &QUndoStack::cleanChanged, this, &Document::stateChanged);
}

Document::~Document() { history_.disconnect(this); }

void Document::edit(const QString& text, const QString& merge, const std::function<void(Project&)>& change) {
  Project after = project_;
  change(after);
  if (after == project_) {
    return;
  }
  const bool merges = since_edit_.isValid() && since_edit_.elapsed() < kMergeMs;
  since_edit_.start();
  history_.push(new ProjectStep(*this, text, merge, merges, project_, std::move(after)));
}

void Document::amend(const std::function<void(Project&)>& change) {
  const ModelReference before = project_.model;
  change(project_);
  if (project_.model != before) {  // one that took its place; steps go back to other models only
    for (int i = 0; i < history_.count(); ++i) {
      // QUndoStack lends its commands as const; they are this document's.
      const_cast<ProjectStep&>(static_cast<const ProjectStep&>(*history_.command(i)))
          .replaceModel(before, project_.model);
    }
  }
  emit changed();
}

void Document::show(const Project& project) {
  project_ = project;
  ++revision_;
  if (!autosave_.isActive()) {  // not put off by work that never rests
    autosave_.start();
  }
  emit changed();
}

void Document::reset(Project project) {
  ++generation_;
  removeSidecar();
  path_.clear();
  lock_.reset();
  history_.clear();
  endMerge();
  show(project);
  autosave_.stop();
  emit stateChanged();
  emit replaced();
}

namespace {

/// One file, one name, links resolved: paths are compared, and locks and sidecars lie beside the file.
std::filesystem::path oneName(const std::filesystem::path& path) {
  std::error_code failed;
  const std::filesystem::path name = path.empty() ? path : std::filesystem::weakly_canonical(path, failed);
  return failed ? std::filesystem::absolute(path) : name;
}

}  // namespace

void Document::open(const std::filesystem::path& path) { read(path, path, false); }

void Document::openCopy(const std::filesystem::path& path) { read(path, {}, false); }

QString Document::openElsewhere(const std::filesystem::path& path) const {
  return path.empty() || oneName(path) == path_ ? QString() : ProjectLock(path).owner();
}

std::shared_ptr<ProjectLock> Document::lockOf(const std::filesystem::path& path) {
  if (lock_ && path == path_) {
    return lock_;
  }
  auto lock = std::make_shared<ProjectLock>(path);
  if (lock->owner().isEmpty()) {
    return lock;
  }
  emit failed(SaveError(
      tr("'%1' is open in another window (%2)").arg(toQString(path.filename()), lock->owner()).toStdString(),
      tr("choose another name, or close that window first").toStdString()));
  return nullptr;
}

void Document::recover(const std::filesystem::path& sidecar, const std::filesystem::path& path) {
  read(sidecar, path, true);
}

void Document::read(const std::filesystem::path& file, const std::filesystem::path& named, bool recovered) {
  const std::filesystem::path path = oneName(named);
  std::shared_ptr<ProjectLock> lock;
  if (!path.empty()) {
    lock = lockOf(path);
    if (!lock) {
      return;
    }
  }
  JobCallbacks callbacks;
  callbacks.failed = [this, file](const Error& error) { emit unreadable(file, error); };
  startFunction(
      bridge_.worker(),
      "Opening project",
      [file](JobContext&) { return readProject(file); },
      [this, file, path, recovered, lock, revision = revision_](const ReadProject& read) {
        const auto replace = [this, file, path, recovered, lock, read] {
          take(read, file, path, recovered, lock);
        };
        if (revision != revision_ && isModified()) {  // what was asked before is no longer true
          emit overtaken(replace);
        } else {
          replace();
        }
      },
      std::move(callbacks));
}

void Document::take(const ReadProject& read,
                    const std::filesystem::path& file,
                    const std::filesystem::path& path,
                    bool recovered,
                    const std::shared_ptr<ProjectLock>& lock) {
  ++generation_;
  if (sidecarOf(path_) != file) {  // of what is left: nobody asked to keep it
    removeSidecar();
  }
  path_ = path;
  lock_ = lock;
  history_.clear();
  endMerge();
  show(read.project);
  if (recovered) {
    history_.resetClean();
    autosave();  // under this window's name, before the crashed one's goes
    std::error_code ignored;
    if (file.filename().string().starts_with(kUnsaved)) {
      std::filesystem::remove(file, ignored);
    }
  } else {
    autosave_.stop();
  }
  QStringList missing;
  for (const std::string& sentence : read.missing) {
    missing << toQString(sentence);
  }
  emit stateChanged();
  emit replaced();
  emit opened(missing);
}

namespace {

/// The file as it is becomes `name.heads~`, whole or not at all. A damaged one does not: it would take the
/// place of the good one that it can be mended with.
void keepBackup(const std::filesystem::path& path) {
  std::error_code none;  // no file before it: no backup
  if (!std::filesystem::exists(path, none)) {
    return;
  }
  try {
    readProject(path);
  } catch (const Error&) {
    return;
  }
  std::filesystem::path backup = path;
  backup += "~";
  const std::filesystem::path temporary = temporaryNameFor(backup);
  std::filesystem::copy_file(path, temporary, none);
  if (!none) {
    std::filesystem::rename(temporary, backup, none);
  }
  if (none) {
    std::filesystem::remove(temporary, none);
  }
}

}  // namespace

void Document::save(const std::filesystem::path& named) {
  const std::filesystem::path path = oneName(named);
  const std::shared_ptr<ProjectLock> lock = lockOf(path);
  if (!lock) {
    return;
  }
  JobCallbacks callbacks;
  callbacks.failed = [this](const Error& error) { emit failed(error); };
  startFunction(
      bridge_.worker(),
      "Saving project",
      [path, project = project_](JobContext&) {
        keepBackup(path);
        writeProject(path, project);
        return path;
      },
      [this, revision = revision_, generation = generation_, lock](const std::filesystem::path& written) {
        if (generation != generation_) {
          return;  // another document is open by now
        }
        removeSidecar();
        path_ = written;
        lock_ = lock;
        if (revision == revision_) {
          history_.setClean();
        } else {  // edited while it was written: that needs a sidecar again
          autosave_.start();
        }
        emit stateChanged();
        emit saved(toQString(written));
      },
      std::move(callbacks));
}

std::filesystem::path Document::sidecarOf(const std::filesystem::path& path) const {
  if (path.empty()) {  // several windows may be open
    return state_folder_ / (kUnsaved + std::to_string(getpid()) + ".heads");
  }
  return path.parent_path() / ("." + path.filename().string() + ".autosave");
}

std::filesystem::path Document::leftBehind(const std::filesystem::path& path) const {
  std::error_code ignored;
  if (!path.empty()) {
    const std::filesystem::path sidecar = sidecarOf(path);
    return std::filesystem::is_regular_file(sidecar, ignored) ? sidecar : std::filesystem::path();
  }
  for (const auto& entry : std::filesystem::directory_iterator(state_folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kUnsaved)) {
      const long owner = std::strtol(name.c_str() + kUnsaved.size(), nullptr, 10);
      if (owner > 0 && kill(static_cast<pid_t>(owner), 0) != 0 && errno == ESRCH) {
        return entry.path();
      }
    }
  }
  return {};
}

void Document::removeSidecar() {
  autosave_.stop();
  ++*removals_;
  std::error_code ignored;
  std::filesystem::remove(sidecarOf(path_), ignored);
}

void Document::autosave() {
  autosave_.stop();
  if (!isModified()) {  // by undo, back to what is saved
    removeSidecar();
    return;
  }
  JobCallbacks callbacks;  // a sidecar that cannot be written is no reason to disturb
  callbacks.failed = [](const Error&) {};
  startFunction(
      bridge_.worker(),
      "Autosave",
      [path = sidecarOf(path_), project = project_, removals = removals_, before = removals_->load()](
          JobContext&) {
        std::error_code ignored;
        std::filesystem::create_directories(path.parent_path(), ignored);
        writeProject(path, project);
        if (*removals != before) {
          std::filesystem::remove(path, ignored);
        }
        return 0;
      },
      [](int) {},
      std::move(callbacks));
}

}  // namespace panohead::ui
