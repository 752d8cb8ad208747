#include "ui/training/known_runs.h"

#include "ui/bridge/qt_convert.h"

#include <QSettings>
#include <QVariantMap>

namespace panohead::ui {
namespace {

constexpr char kAll[] = "runs";
constexpr char kLaunched[] = "launched";
constexpr char kRanks[] = "ranks";  // by folder
constexpr int kRemembered = 20;

/// Written at once and read anew: other windows do the same, and this one may be killed.
class Settings : public QSettings {
 public:
  explicit Settings(const std::filesystem::path& file) : QSettings(toQString(file), QSettings::IniFormat) {}
  QStringList list(const char* key) const { return value(key).toStringList(); }
};

}  // namespace

void KnownRuns::putFirst(const char* key, const std::filesystem::path& folder) {
  QStringList runs = Settings(file_).list(key);
  const QString name = toQString(folder);
  runs.removeAll(name);
  runs.prepend(name);
  Settings(file_).setValue(key, runs.mid(0, kRemembered));
}

QStringList KnownRuns::all() const { return Settings(file_).list(kAll); }
void KnownRuns::add(const std::filesystem::path& folder) { putFirst(kAll, folder); }

QStringList KnownRuns::launched() const { return Settings(file_).list(kLaunched); }

void KnownRuns::addLaunched(const std::filesystem::path& folder, int ranks) {
  add(folder);
  putFirst(kLaunched, folder);
  const QVariantMap before = Settings(file_).value(kRanks).toMap();
  QVariantMap after;
  for (const QString& known : all()) {
    if (before.contains(known)) {
      after[known] = before[known];
    }
  }
  after[toQString(folder)] = ranks;
  Settings(file_).setValue(kRanks, after);
}

void KnownRuns::removeLaunched(const QString& folder) {
  QStringList runs = Settings(file_).list(kLaunched);
  if (runs.removeAll(folder) > 0) {
    Settings(file_).setValue(kLaunched, runs);
  }
}

int KnownRuns::ranksOf(const QString& folder) const {
  return qMax(1, Settings(file_).value(kRanks).toMap().value(folder, 1).toInt());
}

}  // namespace panohead::ui
