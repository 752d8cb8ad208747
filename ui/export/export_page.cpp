#include "ui/export/export_page.h"

#include "ui/bridge/qt_convert.h"

#include <algorithm>

namespace panohead::ui {

ExportPage::~ExportPage() =
    default;  // here, so that the class has a home: Qt's compiler looks beside sources

QString fileNameOf(const HeadOptions& head) {
  if (head.avatars.empty()) {
    return QString("head_%1").arg(head.seed);
  }
  const AvatarShare& most =
      *std::ranges::max_element(head.avatars, {}, [](const AvatarShare& share) { return share.weight; });
  const QString name = toQString(most.avatar->name).replace('/', '_');  // what people call it, not a path
  return name.isEmpty() ? QString("head") : name;
}

}  // namespace panohead::ui
