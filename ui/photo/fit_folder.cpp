#include "ui/photo/fit_folder.h"

#include "core/base/atomic_file.h"
#include "ui/bridge/qt_convert.h"

#include <cerrno>
#include <cstdlib>
#include <string>

namespace panohead::ui {

FitFolder::FitFolder(const std::filesystem::path& path)
    : path_(path), lock_(toQString(path / "window.lock")) {
  lock_.setStaleLockTime(0);  // only when its process is gone
}

std::shared_ptr<FitFolder> FitFolder::make(const std::filesystem::path& parent) {
  std::error_code ignored;
  std::filesystem::create_directories(parent, ignored);
  std::string pattern = (parent / "fit-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throwSaveError(pattern, errno);
  }
  std::shared_ptr<FitFolder> made(new FitFolder(pattern));
  made->lock_.tryLock(0);
  return made;
}

std::shared_ptr<FitFolder> FitFolder::take(const std::filesystem::path& folder) {
  std::shared_ptr<FitFolder> taken(new FitFolder(folder));
  taken->stays_ = true;
  return taken->lock_.tryLock(0) ? taken : nullptr;
}

FitFolder::~FitFolder() {
  std::error_code ignored;
  if (stays_) {
    lock_.unlock();
    return;
  }
  std::filesystem::remove(path_ / "request.json", ignored);  // nobody takes it any more
  lock_.unlock();
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace panohead::ui
