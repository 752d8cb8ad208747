#include "ui/training/known_runs.h"

#include "ui/bridge/qt_convert.h"
#include "ui/places.h"

#include <QSettings>
#include <QVariantMap>

namespace panohead::ui {
namespace {

constexpr char kAll[] = "runs";
constexpr char kLaunched[] = "launched";
constexpr char kRanks[] = "ranks";  // by folder
constexpr int kRemembered = 20;

/// The folders themselves stay where they are; only their names are kept here.
class Settings : public QSettings {
 public:
  Settings()
      : QSettings(toQString(Places::ofUser().settings.parent_path() / "training.ini"), QSettings::IniFormat) {
  }
};

QStringList read(const char* key) { return Settings().value(key).toStringList(); }
void write(const char* key, const QVariant& value) { Settings().setValue(key, value); }

void putFirst(const char* key, const std::filesystem::path& folder) {
  QStringList runs = read(key);
  const QString name = toQString(folder);
  runs.removeAll(name);
  runs.prepend(name);
  write(key, runs.mid(0, kRemembered));
}

}  // namespace

QStringList KnownRuns::all() const { return read(kAll); }
void KnownRuns::add(const std::filesystem::path& folder) { putFirst(kAll, folder); }

QStringList KnownRuns::launched() const { return read(kLaunched); }

void KnownRuns::addLaunched(const std::filesystem::path& folder, int ranks) {
  add(folder);
  putFirst(kLaunched, folder);
  const QVariantMap before = Settings().value(kRanks).toMap();
  QVariantMap after;
  for (const QString& known : all()) {
    if (before.contains(known)) {
      after[known] = before[known];
    }
  }
  after[toQString(folder)] = ranks;
  write(kRanks, after);
}

void KnownRuns::removeLaunched(const QString& folder) {
  QStringList runs = read(kLaunched);
  if (runs.removeAll(folder) > 0) {
    write(kLaunched, runs);
  }
}

int KnownRuns::ranksOf(const QString& folder) const {
  return qMax(1, Settings().value(kRanks).toMap().value(folder, 1).toInt());
}

}  // namespace panohead::ui
