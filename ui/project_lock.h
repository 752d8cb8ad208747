#pragma once

#include <QLockFile>
#include <QString>

#include <filesystem>
#include <memory>

namespace panohead::ui {

/// Says to other windows, of this machine and of others that share the folder, that a project is open here.
/// A file beside the project, `.name.heads.lock`; what a killed process left behind is no obstacle. Where no
/// file can be written there is no lock, and no sidecar to be mistaken about either.
class ProjectLock {
 public:
  /// Takes it for as long as this lives, or finds out who has it.
  explicit ProjectLock(const std::filesystem::path& project);

  /// "process 4711 on thismachine"; empty: nobody else has it.
  const QString& owner() const noexcept { return owner_; }

 private:
  std::unique_ptr<QLockFile> file_;
  QString owner_;
};

}  // namespace panohead::ui
