#include "ui/stage_names.h"

#include "ui/bridge/qt_convert.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <array>

namespace panohead::ui {
namespace {

constexpr std::array kStages{
    // of a frame and of a head
    QT_TRANSLATE_NOOP("Stage", "volume rendering"),
    QT_TRANSLATE_NOOP("Stage", "background and raw picture"),
    QT_TRANSLATE_NOOP("Stage", "super-resolution"),
    QT_TRANSLATE_NOOP("Stage", "frame"),
    QT_TRANSLATE_NOOP("Stage", "picture"),
    QT_TRANSLATE_NOOP("Stage", "tuned weights"),
    QT_TRANSLATE_NOOP("Stage", "mapping"),
    QT_TRANSLATE_NOOP("Stage", "planes"),
    QT_TRANSLATE_NOOP("Stage", "background"),
    QT_TRANSLATE_NOOP("Stage", "occupancy"),
    QT_TRANSLATE_NOOP("Stage", "head to OpenGL"),
    QT_TRANSLATE_NOOP("Stage", "OpenGL preview"),
    // of jobs
    QT_TRANSLATE_NOOP("Stage", "loading weights"),
    QT_TRANSLATE_NOOP("Stage", "checking the GPU"),
    QT_TRANSLATE_NOOP("Stage", "hashing"),
    QT_TRANSLATE_NOOP("Stage", "reading networks"),
    QT_TRANSLATE_NOOP("Stage", "writing tensors"),
    QT_TRANSLATE_NOOP("Stage", "random heads"),
    QT_TRANSLATE_NOOP("Stage", "directions"),
    QT_TRANSLATE_NOOP("Stage", "comparing"),
    QT_TRANSLATE_NOOP("Stage", "density"),
    QT_TRANSLATE_NOOP("Stage", "density volume"),
    QT_TRANSLATE_NOOP("Stage", "looking for the surface"),
    QT_TRANSLATE_NOOP("Stage", "surface"),
    QT_TRANSLATE_NOOP("Stage", "normals"),
    QT_TRANSLATE_NOOP("Stage", "smoothing"),
    QT_TRANSLATE_NOOP("Stage", "reducing"),
    QT_TRANSLATE_NOOP("Stage", "unwrapping"),
    QT_TRANSLATE_NOOP("Stage", "views"),
    QT_TRANSLATE_NOOP("Stage", "texture"),
    QT_TRANSLATE_NOOP("Stage", "writing"),
    QT_TRANSLATE_NOOP("Stage", "drawing views"),
    QT_TRANSLATE_NOOP("Stage", "filming"),
    QT_TRANSLATE_NOOP("Stage", "looking for a start"),
    QT_TRANSLATE_NOOP("Stage", "latent"),
    QT_TRANSLATE_NOOP("Stage", "tuning"),
    QT_TRANSLATE_NOOP("Stage", "finished"),
    QT_TRANSLATE_NOOP("Stage", "discriminator"),
    QT_TRANSLATE_NOOP("Stage", "importance of weights"),
    QT_TRANSLATE_NOOP("Stage", "sizes"),
    QT_TRANSLATE_NOOP("Stage", "compressing"),
    // of training runs
    QT_TRANSLATE_NOOP("Stage", "reading the data set"),
    QT_TRANSLATE_NOOP("Stage", "building the networks"),
    QT_TRANSLATE_NOOP("Stage", "measuring a step"),
    QT_TRANSLATE_NOOP("Stage", "training"),
    QT_TRANSLATE_NOOP("Stage", "warm-up"),
    QT_TRANSLATE_NOOP("Stage", "backgrounds"),
    QT_TRANSLATE_NOOP("Stage", "features of the data"),
    QT_TRANSLATE_NOOP("Stage", "features of the model"),
    QT_TRANSLATE_NOOP("Stage", "comparing features"),
    QT_TRANSLATE_NOOP("Stage", "sharpness of the data"),
    QT_TRANSLATE_NOOP("Stage", "measuring heads"),
};

/// Stages that name a file.
constexpr std::array kWithName{
    QT_TRANSLATE_NOOP("Stage", "reading %1"),
    QT_TRANSLATE_NOOP("Stage", "loading %1"),
};

QString translated(const char* text) { return QCoreApplication::translate("Stage", text); }

}  // namespace

QString stageName(std::string_view stage) {
  const auto known = std::ranges::find(kStages, stage);
  if (known != kStages.end()) {
    return translated(*known);
  }
  for (const char* pattern : kWithName) {
    const std::string_view verb = std::string_view(pattern).substr(0, std::string_view(pattern).find('%'));
    if (stage.starts_with(verb)) {
      return translated(pattern).arg(toQString(std::string(stage.substr(verb.size()))));
    }
  }
  return toQString(std::string(stage));
}

QString deviceName(const std::string& device) {
  QStringList parts = toQString(device).split(", ");
  for (QString& part : parts) {
    const QStringList words = part.split(' ');
    if (words.size() == 2 && words[1].startsWith("thread")) {
      part = translated(words[0] == "1" ? QT_TRANSLATE_NOOP("Stage", "%1 thread")
                                        : QT_TRANSLATE_NOOP("Stage", "%1 threads"))
                 .arg(words[0]);
    }
  }
  return parts.join(QCoreApplication::translate("Stage", ", "));
}

}  // namespace panohead::ui
