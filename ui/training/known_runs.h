#pragma once

#include <QStringList>

#include <filesystem>
#include <utility>

namespace panohead::ui {

/// The run folders that this user's windows know, from one start of the program to the next. The folders
/// themselves stay where they are; only their names are kept.
class KnownRuns {
 public:
  /// @param file that they are kept in (Places::runs)
  explicit KnownRuns(std::filesystem::path file) : file_(std::move(file)) {}

  /// The newest first.
  QStringList all() const;
  void add(const std::filesystem::path& folder);

  /// Those that were started from a window and, as far as it knows, still train.
  QStringList launched() const;
  void addLaunched(const std::filesystem::path& folder, int ranks);
  void removeLaunched(const QString& folder);
  /// With how many ranks a folder was started last.
  int ranksOf(const QString& folder) const;

 private:
  void putFirst(const char* key, const std::filesystem::path& folder);

  std::filesystem::path file_;
};

}  // namespace panohead::ui
