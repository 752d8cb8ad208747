#include "ui/project_lock.h"

#include "ui/bridge/qt_convert.h"

#include <QCoreApplication>

namespace panohead::ui {

ProjectLock::ProjectLock(const std::filesystem::path& project)
    : file_(std::make_unique<QLockFile>(
          toQString(project.parent_path() / ("." + project.filename().string() + ".lock")))) {
  file_->setStaleLockTime(0);  // however long a window is open: only its end makes a lock stale
  if (file_->tryLock(0) || file_->error() != QLockFile::LockFailedError) {
    return;
  }
  qint64 process = 0;
  QString machine, program;
  if (file_->getLockInfo(&process, &machine, &program)) {
    owner_ = QCoreApplication::translate("Document", "process %1 on %2").arg(process).arg(machine);
  } else {
    owner_ = QCoreApplication::translate("Document", "another window");
  }
}

}  // namespace panohead::ui
