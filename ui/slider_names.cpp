#include "ui/slider_names.h"

#include "ui/bridge/qt_convert.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <string_view>

namespace panohead::ui {
namespace {

constexpr std::array kKnown{
    QT_TRANSLATE_NOOP("Slider", "Sex"),
    QT_TRANSLATE_NOOP("Slider", "female"),
    QT_TRANSLATE_NOOP("Slider", "male"),
    QT_TRANSLATE_NOOP("Slider", "Age"),
    QT_TRANSLATE_NOOP("Slider", "young"),
    QT_TRANSLATE_NOOP("Slider", "old"),
    QT_TRANSLATE_NOOP("Slider", "Weight"),
    QT_TRANSLATE_NOOP("Slider", "thin"),
    QT_TRANSLATE_NOOP("Slider", "heavy"),
    QT_TRANSLATE_NOOP("Slider", "Skin tone"),
    QT_TRANSLATE_NOOP("Slider", "fair"),
    QT_TRANSLATE_NOOP("Slider", "dark"),
    QT_TRANSLATE_NOOP("Slider", "African features"),
    QT_TRANSLATE_NOOP("Slider", "Asian features"),
    QT_TRANSLATE_NOOP("Slider", "less"),
    QT_TRANSLATE_NOOP("Slider", "more"),
    QT_TRANSLATE_NOOP("Slider", "Hair length"),
    QT_TRANSLATE_NOOP("Slider", "short"),
    QT_TRANSLATE_NOOP("Slider", "long"),
    QT_TRANSLATE_NOOP("Slider", "Afro"),
    QT_TRANSLATE_NOOP("Slider", "Ponytail"),
    QT_TRANSLATE_NOOP("Slider", "Braid"),
    QT_TRANSLATE_NOOP("Slider", "Bald"),
    QT_TRANSLATE_NOOP("Slider", "Hair lightness"),
    QT_TRANSLATE_NOOP("Slider", "light"),
    QT_TRANSLATE_NOOP("Slider", "Red hair"),
    QT_TRANSLATE_NOOP("Slider", "Blond hair"),
    QT_TRANSLATE_NOOP("Slider", "Grey hair"),
    QT_TRANSLATE_NOOP("Slider", "Beard"),
    QT_TRANSLATE_NOOP("Slider", "Smile"),
    QT_TRANSLATE_NOOP("Slider", "neutral"),
    QT_TRANSLATE_NOOP("Slider", "smiling"),
    QT_TRANSLATE_NOOP("Slider", "Open mouth"),
    QT_TRANSLATE_NOOP("Slider", "closed"),
    QT_TRANSLATE_NOOP("Slider", "open"),
    QT_TRANSLATE_NOOP("Slider", "Eye colour"),
    QT_TRANSLATE_NOOP("Slider", "Exposure"),
    QT_TRANSLATE_NOOP("Slider", "bright"),
};

/// Of found sliders, with their numbers.
constexpr std::array kNumbered{
    QT_TRANSLATE_NOOP("Slider", "Factor %1"),
    QT_TRANSLATE_NOOP("Slider", "Component %1"),
};

QString translated(const char* text) { return QCoreApplication::translate("Slider", text); }

}  // namespace

QString sliderText(const std::string& text) {
  const auto known = std::ranges::find(kKnown, std::string_view(text));
  if (known != kKnown.end()) {
    return translated(*known);
  }
  for (const char* pattern : kNumbered) {
    const std::string_view name = std::string_view(pattern).substr(0, std::string_view(pattern).find('%'));
    if (text.starts_with(name) && text.find_first_of("0123456789", name.size()) == name.size()) {
      return translated(pattern).arg(toQString(text.substr(name.size())));
    }
  }
  return toQString(text);
}

}  // namespace panohead::ui
