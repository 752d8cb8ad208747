#include "ui/photo/fit_folder.h"

#include "core/base/atomic_file.h"
#include "core/session/fit_files.h"
#include "ui/bridge/qt_convert.h"

#include <cerrno>
#include <cstdlib>
#include <string>

namespace panohead::ui {
namespace {

constexpr const char* kLock = "window.lock";

}  // namespace

FitFolder::FitFolder(const std::filesystem::path& path) : path_(path), lock_(toQString(path / kLock)) {
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
  std::error_code ignored;
  // It may have been removed since it was listed.
  return taken->lock_.tryLock(0) && std::filesystem::exists(folder / kFitRequestFile, ignored) ? taken
                                                                                               : nullptr;
}

FitFolder::~FitFolder() {
  std::error_code ignored;
  if (!stays_) {
    for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
      if (entry.path().filename() != kLock) {  // which keeps others from taking it until nothing is left
        std::filesystem::remove_all(entry.path(), ignored);
      }
    }
  }
  lock_.unlock();
  std::filesystem::remove(path_, ignored);  // where it is empty
}

}  // namespace panohead::ui
