#pragma once

#include "render/mesh_renderer.h"

#include <QCoreApplication>
#include <QString>

#include <array>
#include <utility>

namespace panohead::ui {

/// Every shading with its name for people.
inline std::array<std::pair<render::MeshShading, QString>, 4> meshShadings() {
  const auto tr = [](const char* text) { return QCoreApplication::translate("MeshShading", text); };
  return {{{render::MeshShading::Clay, tr("Mesh: shaded")},
           {render::MeshShading::Wireframe, tr("Mesh: wireframe")},
           {render::MeshShading::Colours, tr("Mesh: colours")},
           {render::MeshShading::Normals, tr("Mesh: normals")}}};
}

}  // namespace panohead::ui
