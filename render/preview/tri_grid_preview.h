#pragma once

#include "core/base/camera.h"
#include "core/base/frame.h"
#include "core/session/preview_head.h"
#include "render/gl/gl_api.h"

#include <memory>

namespace panohead::render {

class FloatTexture;

/// What the preview runs as. Both share one shader body and give the same picture.
enum class PreviewPath {
  Best,      // compute where the context has it
  Fragment,  // OpenGL 4.1
  Compute    // OpenGL 4.3
};

/// One view of a head.
struct PreviewView {
  CameraLabel camera{};
  int resolution = 0;  // pixels on a side, 8..512; 0 = the model's neural resolution
  /// Per ray, 4..512; 0 = the model's. With a second pass at most TriGridPreview::kMostCoarse.
  int samples = 0;
  /// Of a second pass, placed where the first found something, 0..512; 0 = one pass of even samples;
  /// -1 = the model's.
  int fine_samples = -1;
  void check() const;  // throws OptionError naming the field
};

/// Draws raw picture, mask and depth of a head by OpenGL alone, for machines without CUDA: tri-grids as 3-D
/// textures, the decoder in the shader (PanoHead, section 3; the specification is core/volume). Keeps to what
/// every OpenGL 4.1 driver has: a texture unit for four channels, uniform blocks of 16 KiB, grids of 2046.
///
/// Against renderFrame() of the same samples it differs by half-precision grids, by rays that end when
/// nothing is seen behind any more, and where a model takes its range from the box ("auto"): a ray beside the
/// box is empty here. Features that an activation bends before ToRGB are supported; density noise and jitter
/// (training) are not.
class TriGridPreview {
 public:
  static constexpr int kMostCoarse = 64;  // samples of the first of two passes: the shader keeps them

  /// The context must be current, here and in all calls but the destructor.
  /// Throws DeviceError: Compute where the context lacks it.
  explicit TriGridPreview(GlContextPtr context, PreviewPath path = PreviewPath::Best);
  ~TriGridPreview();
  TriGridPreview(const TriGridPreview&) = delete;
  TriGridPreview& operator=(const TriGridPreview&) = delete;

  /// Fragment or Compute.
  PreviewPath path() const noexcept;

  /// Uploads a head; compiles shaders when it differs in kind from the one before (tenths of a second in
  /// software). Throws OptionError when the shader cannot hold its decoder, DeviceError when the driver has
  /// no room; then there is no head.
  void setHead(const PreviewHead& head);

  /// Draws into picture() and depth(). Framebuffer and viewport are as they were afterwards; what is bound as
  /// program, texture, image or buffer is not, and blending and tests are off, as ViewportRenderer leaves
  /// them. Throws OptionError; DeviceError without a head.
  void draw(const PreviewView& view);

  /// RGBA: raw colour, nominally in [-1, 1], not clamped, and the mask (0 to 1; straight alpha of a cut-out).
  /// Row 0 is the picture's top.
  const FloatTexture& picture() const noexcept;
  /// World units along the ray, in one channel.
  const FloatTexture& depth() const noexcept;

  /// What was drawn, as renderFrame() in RenderMode::Raw gives it; a cut-out always as RGBA. Waits for
  /// drawing. Throws DeviceError before the first draw().
  Frame read() const;

 private:
  struct Resources;
  std::unique_ptr<Resources> resources_;
};

}  // namespace panohead::render
