#include "render/cuda/cuda_texture.h"

#include "render/gl/framebuffer.h"
#include "render/gl/framebuffer_visit.h"

#include <algorithm>
#include <array>
#include <cuda_gl_interop.h>
#include <vector>

namespace panohead::render {

namespace {

constexpr int kChecked = 2;  // pictures that are read back: the second goes into what the first one left

}  // namespace

/// The texture as CUDA knows it, and whether that works.
struct CudaTexture::Link {
  int seen = 0;  // pictures
  bool works = false;
  cudaGraphicsResource_t resource = nullptr;
  cudaStream_t stream = nullptr;  // of its own: what else the GPU has to draw must not come first

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() {
    unregister();
    if (stream != nullptr) {
      cudaStreamDestroy(stream);
    }
  }

  void unregister() {
    if (resource != nullptr) {
      cudaGraphicsUnregisterResource(resource);
      resource = nullptr;
      cudaGetLastError();
    }
  }

  bool begin() {
    return interopUnavailable().empty() &&
           cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess;
  }

  bool registerTexture(GLuint texture) {
    return cudaGraphicsGLRegisterImage(
               &resource, texture, GL_TEXTURE_2D, cudaGraphicsRegisterFlagsWriteDiscard) == cudaSuccess;
  }

  /// Copies within the card.
  bool copy(const DevicePicture& picture) {
    if (cudaGraphicsMapResources(1, &resource, stream) != cudaSuccess) {
      return false;
    }
    const std::size_t row = static_cast<std::size_t>(picture.width) * 4;
    cudaArray_t array = nullptr;
    const bool copied = cudaGraphicsSubResourceGetMappedArray(&array, resource, 0, 0) == cudaSuccess &&
                        cudaMemcpy2DToArrayAsync(array,
                                                 0,
                                                 0,
                                                 picture.pixels.get(),
                                                 row,
                                                 row,
                                                 static_cast<std::size_t>(picture.height),
                                                 cudaMemcpyDeviceToDevice,
                                                 stream) == cudaSuccess;
    // OpenGL calls after it see what CUDA did before it.
    const bool unmapped = cudaGraphicsUnmapResources(1, &resource, stream) == cudaSuccess;
    // The picture's memory may be given to another one as soon as this returns.
    return cudaStreamSynchronize(stream) == cudaSuccess && copied && unmapped;
  }
};

namespace {

/// Reads a texture back. RGBA, row 0 as in the texture.
std::vector<std::uint8_t> contentOf(const GlContextPtr& context, const Texture& texture) {
  const GlContext& gl = *context;
  const GlHandle<FramebufferTraits> buffer(context);
  const FramebufferVisit visit(gl, buffer.get());
  gl.framebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture.id(), 0);
  std::vector<std::uint8_t> content(static_cast<std::size_t>(texture.width()) *
                                    static_cast<std::size_t>(texture.height()) * 4);
  gl.readPixels(0, 0, texture.width(), texture.height(), GL_RGBA, GL_UNSIGNED_BYTE, content.data());
  return content;
}

}  // namespace

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
    : context_(context), texture_(std::move(context)), link_(std::make_unique<Link>()) {}
CudaTexture::CudaTexture(CudaTexture&&) noexcept = default;
CudaTexture& CudaTexture::operator=(CudaTexture&& other) noexcept {
  // The link goes first: what it had registered is the texture.
  link_ = std::move(other.link_);
  texture_ = std::move(other.texture_);
  context_ = std::move(other.context_);
  return *this;
}
CudaTexture::~CudaTexture() { link_.reset(); }

bool CudaTexture::upload(const DevicePicture& picture, const std::function<Image()>& same) {
  Link& link = *link_;
  if (link.seen == 0) {
    link.works = link.begin();
  }
  const bool checked = link.seen++ < kChecked;
  if (!link.works) {
    return false;
  }
  bool registered = link.resource != nullptr;
  if (!registered || texture_.width() != picture.width || texture_.height() != picture.height) {
    link.unregister();
    texture_.allocate(picture.width, picture.height);
    texture_.makeMipmaps();  // drivers may refuse textures that lack some, or put them elsewhere later
    registered = link.registerTexture(texture_.id());
  }
  link.works =
      registered && link.copy(picture) && (!checked || contentOf(context_, texture_) == same().pixels);
  if (link.works) {
    texture_.makeMipmaps();
  } else {
    link.unregister();
    cudaGetLastError();  // else the next check would find it again
  }
  return link.works;
}

}  // namespace panohead::render
