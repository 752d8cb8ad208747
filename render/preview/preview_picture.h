#pragma once

#include "core/base/frame.h"
#include "core/session/studio.h"

namespace panohead::render {

/// Whether TriGridPreview draws what this mode shows.
constexpr bool previewShows(RenderMode mode) noexcept { return mode != RenderMode::Normals; }

/// What renderFrame() would show of a frame that TriGridPreview::read() gave; Picture is shown raw.
/// @param behind what a cut-out is laid over: RGB of the frame's size, or empty
Image previewPicture(const Frame& raw, RenderMode mode, const Image& behind);

/// PreviewHead::behind as the backdrop of a frame of so many pixels on a side; empty where it is.
Image previewBehind(const Image& behind, int resolution);

}  // namespace panohead::render
