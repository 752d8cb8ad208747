#pragma once

#include "core/export/camera_pattern.h"
#include "core/filming/export_pace.h"
#include "core/session/studio.h"

#include <filesystem>
#include <optional>

namespace panohead {

struct ViewSetOptions {
  CameraPattern pattern{};
  int size = 0;         // pixels a side of pictures; 0 = the model's
  int depth_size = 0;   // of depth, 8 .. 512; 0 = as the pictures, at most 512
  int points = 50'000;  // at most, of the point cloud; 0 = none
  void check() const;   // throws OptionError naming the option
};

/// Of a whole set; nothing before a view of these sizes has been drawn with the head's model.
std::optional<ExportPace> forecastViewSet(const Head& head, const ViewSetOptions& options);

/// Draws a head from all cameras of a pattern and writes, into a new folder that gets its name when it is
/// whole: images/view_0000.png (with alpha where the head has no background), depth/ (16 bit,
/// core/export/depth_map.h), masks/ (255 = head; as large as the pictures), transforms.json, points.ply,
/// sparse/0/ (COLMAP's text files).
/// @param view how pictures are drawn; its camera and mode are not used
/// @return points written. Reports progress in views.
/// Throws OptionError, SaveError (the folder exists already, the disk is full), DeviceError; Cancelled:
/// nothing is left.
int writeViewSet(const HeadPtr& head,
                 const ViewOptions& view,
                 const ViewSetOptions& options,
                 const std::filesystem::path& folder,
                 JobContext& context);

}  // namespace panohead
