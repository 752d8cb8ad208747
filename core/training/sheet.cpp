#include "core/training/sheet.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace panohead {
namespace {

at::Tensor toBytes(const at::Tensor& pictures, SheetKind kind) {
  const at::Tensor x = at::nan_to_num(pictures.detach().to(at::kFloat), 0.0, 0.0, 0.0);
  switch (kind) {
    case SheetKind::Picture:
      return (x * 127.5 + 128).clamp(0, 255).to(at::kByte);
    case SheetKind::Mask:
      return (x * 255).round().clamp(0, 255).to(at::kByte);
    case SheetKind::Depth:
      break;
  }
  const at::Tensor range = (x.max() - x.min()).clamp_min(1e-8);
  return ((x.max() - x) / range * 255).round().clamp(0, 255).to(at::kByte);
}

}  // namespace

Image sheet(const at::Tensor& pictures, SheetKind kind, int columns) {
  const std::int64_t channels = kind == SheetKind::Picture ? 3 : 1;
  if (pictures.dim() != 4 || pictures.size(0) < 1 || pictures.size(1) != channels || pictures.numel() == 0) {
    throw Error(fmt::format("a sheet needs pictures of {} channels", channels));
  }
  const at::NoGradGuard no_grad;
  const at::Tensor bytes = toBytes(pictures, kind).permute({0, 2, 3, 1}).contiguous().cpu();  // [N, H, W, C]
  std::vector<Image> images;
  for (std::int64_t i = 0; i < bytes.size(0); ++i) {
    Image& image = images.emplace_back(
        static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)), static_cast<int>(channels));
    std::memcpy(image.pixels.data(), bytes[i].const_data_ptr(), image.pixels.size());
  }
  const auto count = static_cast<double>(images.size());
  return tiled(images, columns > 0 ? columns : static_cast<int>(std::ceil(std::sqrt(count))));
}

}  // namespace panohead
