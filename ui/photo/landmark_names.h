#pragma once

#include "core/vision/face_handles.h"

#include <QCoreApplication>
#include <QString>

namespace panohead::ui {

/// What one of kFaceHandles is called.
inline QString landmarkName(int handle) {
  static constexpr std::array<const char*, kFaceHandles.size()> kNames{
      QT_TRANSLATE_NOOP("Landmarks", "Top of the forehead"),
      QT_TRANSLATE_NOOP("Landmarks", "Bridge of the nose"),
      QT_TRANSLATE_NOOP("Landmarks", "Tip of the nose"),
      QT_TRANSLATE_NOOP("Landmarks", "Chin"),
      QT_TRANSLATE_NOOP("Landmarks", "Right eye, outer corner"),
      QT_TRANSLATE_NOOP("Landmarks", "Right eye, inner corner"),
      QT_TRANSLATE_NOOP("Landmarks", "Left eye, inner corner"),
      QT_TRANSLATE_NOOP("Landmarks", "Left eye, outer corner"),
      QT_TRANSLATE_NOOP("Landmarks", "Right corner of the mouth"),
      QT_TRANSLATE_NOOP("Landmarks", "Left corner of the mouth"),
      QT_TRANSLATE_NOOP("Landmarks", "Edge of the face at the right ear"),
      QT_TRANSLATE_NOOP("Landmarks", "Edge of the face at the left ear")};
  return QCoreApplication::translate("Landmarks", kNames[static_cast<std::size_t>(handle)]);
}

}  // namespace panohead::ui
