#include "ui/export/export_page.h"

namespace panohead::ui {

ExportPage::~ExportPage() = default;  // here, so that the class has a home: Qt's compiler looks beside sources

}  // namespace panohead::ui
