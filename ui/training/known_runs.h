#pragma once

#include <QStringList>

#include <filesystem>

namespace panohead::ui {

/// The run folders that this user's windows know, from one start of the program to the next.
class KnownRuns {
 public:
  /// The newest first.
  QStringList all() const;
  void add(const std::filesystem::path& folder);

  /// Those that were started from a window and, as far as it knows, still train.
  QStringList launched() const;
  void addLaunched(const std::filesystem::path& folder, int ranks);
  void removeLaunched(const QString& folder);
  /// With how many ranks a folder was started last.
  int ranksOf(const QString& folder) const;
};

}  // namespace panohead::ui
