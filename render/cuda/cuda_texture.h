#pragma once

#include "core/base/device_picture.h"
#include "render/gl/texture.h"

#include <functional>
#include <memory>
#include <string>

namespace panohead::render {

/// Why pictures cannot go from CUDA's current device to the current OpenGL context within the graphics card:
/// empty when they can, that is when both are the same device. The context must be current. Never throws; on
/// other drivers, without a GPU, and built without CUDA it only says so.
std::string interopUnavailable();

/// A texture that OpenGL shares with CUDA, for pictures that a GPU drew. Whether the driver can is found out
/// with the first two pictures, which are read back: drivers may say that they share and show something else.
/// Move-only; to be destroyed with its context current.
class CudaTexture {
 public:
  explicit CudaTexture(GlContextPtr context);
  CudaTexture(CudaTexture&&) noexcept;
  CudaTexture& operator=(CudaTexture&&) noexcept;
  ~CudaTexture();

  /// Replaces the content within the graphics card, and makes mipmaps. The context must be current. Waits for
  /// the copy alone.
  /// @param same asked for as often as pictures are checked: what this one looks like, RGBA, alpha
  /// premultiplied
  /// @return false: it cannot be shared, now or ever again; the content is of no use
  bool upload(const DevicePicture& picture, const std::function<Image()>& same);

  const Texture& texture() const noexcept { return texture_; }

 private:
  struct Link;  // CUDA's side

  GlContextPtr context_;
  Texture texture_;
  std::unique_ptr<Link> link_;
};

}  // namespace panohead::render
