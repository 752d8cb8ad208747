#include "render/cuda/cuda_texture.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cuda_gl_interop.h>

namespace panohead::render {

namespace {

void must(cudaError_t result, const char* what) {
  if (result != cudaSuccess) {
    cudaGetLastError();  // else the next check would find it again
    throw DeviceError(std::string("CUDA cannot ") + what + ": " + cudaGetErrorString(result),
                      "look at nvidia-smi",
                      cudaGetErrorName(result));
  }
}

}  // namespace

/// The texture as CUDA knows it, and whether that was tried.
struct CudaTexture::Link {
  bool probed = false;
  bool shared = false;
  Way way = Way::Copied;
  cudaGraphicsResource_t resource = nullptr;
  Image host;  // what is copied goes through it

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unregister(); }

  void unregister() {
    if (resource != nullptr) {
      cudaGraphicsUnregisterResource(resource);
      resource = nullptr;
      cudaGetLastError();
    }
  }

  /// Copies within the card. @return what went wrong
  cudaError_t share(const void* pixels, int width, int height, cudaStream_t stream) {
    cudaError_t result = cudaGraphicsMapResources(1, &resource, stream);
    if (result != cudaSuccess) {
      return result;
    }
    cudaArray_t array = nullptr;
    result = cudaGraphicsSubResourceGetMappedArray(&array, resource, 0, 0);
    if (result == cudaSuccess) {
      const std::size_t row = static_cast<std::size_t>(width) * 4;
      result = cudaMemcpy2DToArrayAsync(
          array, 0, 0, pixels, row, row, static_cast<std::size_t>(height), cudaMemcpyDeviceToDevice, stream);
    }
    // OpenGL calls after it see what CUDA did before it.
    const cudaError_t unmapped = cudaGraphicsUnmapResources(1, &resource, stream);
    return result == cudaSuccess ? unmapped : result;
  }
};

std::string interopUnavailable() {
  int device = 0;
  cudaError_t result = cudaGetDevice(&device);
  // With an old driver or none, cudaGetDevice has nothing to say: only counting asks the driver.
  int count = 0;
  if (result == cudaSuccess) {
    result = cudaGetDeviceCount(&count);
  }
  if (result != cudaSuccess || count == 0) {
    cudaGetLastError();
    return std::string("no CUDA device: ") +
           cudaGetErrorString(result == cudaSuccess ? cudaErrorNoDevice : result);
  }
  std::array<int, 16> devices{};
  unsigned found = 0;
  result =
      cudaGLGetDevices(&found, devices.data(), static_cast<unsigned>(devices.size()), cudaGLDeviceListAll);
  if (result != cudaSuccess) {
    cudaGetLastError();
    return std::string("OpenGL does not run on a CUDA device: ") + cudaGetErrorString(result);
  }
  const auto* end = devices.data() + std::min<std::size_t>(found, devices.size());
  if (std::find(static_cast<const int*>(devices.data()), end, device) == end) {
    return "OpenGL runs on another device than CUDA";
  }
  return {};
}

CudaTexture::CudaTexture(GlContextPtr context)
    : texture_(std::move(context)), link_(std::make_unique<Link>()) {}
CudaTexture::CudaTexture(CudaTexture&&) noexcept = default;
CudaTexture& CudaTexture::operator=(CudaTexture&& other) noexcept {
  // The link goes first: what it had registered is the texture.
  link_ = std::move(other.link_);
  texture_ = std::move(other.texture_);
  return *this;
}
CudaTexture::~CudaTexture() { link_.reset(); }

CudaTexture::Way CudaTexture::way() const noexcept { return link_->way; }

void CudaTexture::copyOnly() {
  link_->unregister();
  link_->probed = true;
  link_->shared = false;
}

void CudaTexture::upload(const void* pixels, int width, int height, void* cuda_stream) {
  Link& link = *link_;
  const auto stream = static_cast<cudaStream_t>(cuda_stream);
  if (!link.probed) {
    link.probed = true;
    link.shared = interopUnavailable().empty();
  }
  if (link.shared) {
    cudaError_t result = cudaSuccess;
    if (link.resource == nullptr || texture_.width() != width || texture_.height() != height) {
      link.unregister();
      texture_.allocate(width, height);
      result = cudaGraphicsGLRegisterImage(
          &link.resource, texture_.id(), GL_TEXTURE_2D, cudaGraphicsRegisterFlagsWriteDiscard);
    }
    if (result == cudaSuccess) {
      result = link.share(pixels, width, height, stream);
    }
    if (result == cudaSuccess) {
      texture_.makeMipmaps();
      link.way = Way::Shared;
      return;
    }
    cudaGetLastError();
    copyOnly();
  }
  if (link.host.width != width || link.host.height != height) {
    link.host = Image(width, height, 4);
  }
  must(cudaMemcpyAsync(
           link.host.pixels.data(), pixels, link.host.pixels.size(), cudaMemcpyDeviceToHost, stream),
       "copy a picture from the GPU");
  must(cudaStreamSynchronize(stream), "copy a picture from the GPU");
  texture_.upload(link.host);
  link.way = Way::Copied;
}

}  // namespace panohead::render
