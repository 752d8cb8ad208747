// Stands in for cuda_texture.cpp where there is no CUDA toolkit.
#include "render/cuda/cuda_texture.h"

namespace panohead::render {

struct CudaTexture::Link {};

std::string interopUnavailable() { return "this build of the program has no CUDA"; }

CudaTexture::CudaTexture(GlContextPtr context) : context_(context), texture_(std::move(context)) {}
CudaTexture::CudaTexture(CudaTexture&&) noexcept = default;
CudaTexture& CudaTexture::operator=(CudaTexture&&) noexcept = default;
CudaTexture::~CudaTexture() = default;
bool CudaTexture::upload(const DevicePicture&, const std::function<Image()>&) { return false; }

}  // namespace panohead::render
