#include "ui/hud_text.h"

#include "ui/stage_names.h"

#include <QCoreApplication>
#include <QLocale>

namespace panohead::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Hud", text); }

class Lines {
 public:
  explicit Lines(std::vector<render::HudLine>& lines) : lines_(lines) {}
  void add(const QString& label, const QString& value, render::HudTone tone = render::HudTone::Plain) {
    lines_.push_back({label.toStdString(), value.toStdString(), tone});
  }

 private:
  std::vector<render::HudLine>& lines_;
};

QString milliseconds(double time) { return tr("%1 ms").arg(time, 0, 'f', 1); }

void addFrame(Lines& lines, const Frame& frame, double frames_per_second) {
  const render::HudTone quality = frame.refined ? render::HudTone::Good : render::HudTone::Coarse;
  for (const StageTime& time : frame.times) {
    lines.add(stageName(time.stage), milliseconds(time.milliseconds));
  }
  lines.add(tr("total"), milliseconds(totalMilliseconds(frame.times)), quality);
  if (frames_per_second > 0) {
    lines.add(tr("rate"), tr("%1 /s").arg(frames_per_second, 0, 'f', 1));
  }
  lines.add(tr("quality"), frame.refined ? tr("refined") : tr("coarse"), quality);
  lines.add(tr("neural"), tr("%1 px").arg(frame.neural_resolution));
  lines.add(tr("samples"), tr("%1 per ray").arg(frame.samples_per_ray));
  lines.add(tr("picture"), tr("%1 px").arg(frame.picture.width));
}

}  // namespace

render::HudContent hudText(const HudFacts& facts, const OrbitView& view) {
  render::HudContent hud;
  hud.view = view;
  hud.footer = facts.device.toStdString();
  Lines lines(hud.lines);
  if (facts.frame != nullptr) {
    addFrame(lines, *facts.frame, facts.frames_per_second);
  }
  if (facts.triangles >= 0) {
    lines.add(tr("triangles"), QLocale().toString(static_cast<qlonglong>(facts.triangles)));
  }
  if (!facts.mesh.isEmpty()) {
    lines.add(tr("mesh"), facts.mesh, facts.mesh_ready ? render::HudTone::Good : render::HudTone::Coarse);
  }
  return hud;
}

}  // namespace panohead::ui
