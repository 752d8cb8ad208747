#pragma once

#include "render/gl/texture.h"

#include <cstddef>
#include <memory>
#include <string>

namespace panohead::render {

/// Why pictures cannot go from CUDA's current device to the current OpenGL context within the graphics card:
/// empty when they can, that is when both are the same device. The context must be current. Never throws; on
/// other drivers, without a GPU, and built without CUDA it only says so.
std::string interopUnavailable();

/// A texture that pictures in CUDA memory are shown by: shared with CUDA where the probe above finds that it
/// works, else copied over the host. Move-only; to be destroyed with its context current.
class CudaTexture {
 public:
  enum class Way { Shared, Copied };

  explicit CudaTexture(GlContextPtr context);
  CudaTexture(CudaTexture&&) noexcept;
  CudaTexture& operator=(CudaTexture&&) noexcept;
  ~CudaTexture();

  /// Replaces the content after what is in the stream, and makes mipmaps. The context must be current.
  /// Shared: waits for nothing. Copied: waits for the stream.
  /// @param pixels device memory [height][width][4], 8 bits each, alpha premultiplied, row 0 at the top
  /// @param stream cudaStream_t
  /// Throws DeviceError with CUDA's text; a sharing that fails is given up and copying takes its place.
  void upload(const void* pixels, int width, int height, void* stream);

  /// How the last picture came.
  Way way() const noexcept;
  /// Copies from now on: for comparison, and for drivers that only pretend.
  void copyOnly();
  const Texture& texture() const noexcept { return texture_; }

 private:
  struct Link;  // CUDA's side

  Texture texture_;
  std::unique_ptr<Link> link_;
};

}  // namespace panohead::render
