#pragma once

#include <QLockFile>

#include <atomic>
#include <filesystem>
#include <memory>

namespace panohead::ui {

/// Where a fit keeps its steps, for this window alone. It leaves the disk with the last who holds it, unless
/// it is to stay; what a crash leaves behind can be taken again.
class FitFolder {
 public:
  /// A new one in another folder. Throws SaveError.
  static std::shared_ptr<FitFolder> make(const std::filesystem::path& parent);
  /// One that was left; it stays until it is told otherwise. Null: another window has it.
  static std::shared_ptr<FitFolder> take(const std::filesystem::path& folder);

  ~FitFolder();
  FitFolder(const FitFolder&) = delete;
  FitFolder& operator=(const FitFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  void setStays(bool stays) noexcept { stays_ = stays; }

 private:
  explicit FitFolder(const std::filesystem::path& path);

  std::filesystem::path path_;
  QLockFile lock_;
  std::atomic<bool> stays_ = false;
};

}  // namespace panohead::ui
