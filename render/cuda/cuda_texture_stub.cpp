// Stands in for cuda_texture.cpp where there is no CUDA toolkit.
#include "core/base/error.h"
#include "render/cuda/cuda_texture.h"

namespace panohead::render {

struct CudaTexture::Link {};

std::string interopUnavailable() { return "this build of the program has no CUDA"; }

CudaTexture::CudaTexture(GlContextPtr context) : texture_(std::move(context)) {}
CudaTexture::CudaTexture(CudaTexture&&) noexcept = default;
CudaTexture& CudaTexture::operator=(CudaTexture&&) noexcept = default;
CudaTexture::~CudaTexture() = default;

void CudaTexture::upload(const void*, int, int, void*) {
  throw DeviceError("this build of the program has no CUDA", "build it where nvcc is in PATH");
}
CudaTexture::Way CudaTexture::way() const noexcept { return Way::Copied; }
void CudaTexture::copyOnly() {}

}  // namespace panohead::render
