#include "core/session/frame_image.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace panohead {

namespace {

at::Tensor toBytes(const at::Tensor& picture) { return (picture * 127.5 + 128).clamp(0, 255).to(at::kByte); }

Image interleave(const at::Tensor& bytes) {
  const at::Tensor pixels = bytes.squeeze(0).permute({1, 2, 0}).contiguous();
  Image image(
      static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(2)));
  std::memcpy(image.pixels.data(), pixels.const_data_ptr(), image.pixels.size());
  return image;
}

}  // namespace

Image toImage(const at::Tensor& picture) { return interleave(toBytes(picture)); }

Image toImage(const at::Tensor& picture, const at::Tensor& alpha) {
  return interleave(at::cat({toBytes(picture), (alpha * 255 + 0.5).clamp(0, 255).to(at::kByte)}, 1));
}

at::Tensor coverTensor(const Image& image, std::int64_t height, std::int64_t width) {
  at::Tensor x = at::from_blob(const_cast<std::uint8_t*>(image.pixels.data()),
                               {1, image.height, image.width, image.channels},
                               at::kByte)
                     .permute({0, 3, 1, 2})
                     .to(at::kFloat);
  if (image.channels == 4) {
    x = x.slice(1, 0, 3) * (x.slice(1, 3, 4) / 255);
  }
  const double scale =
      std::max(static_cast<double>(height) / image.height, static_cast<double>(width) / image.width);
  const auto h = std::max(height, static_cast<std::int64_t>(std::lround(image.height * scale)));
  const auto w = std::max(width, static_cast<std::int64_t>(std::lround(image.width * scale)));
  x = nn::resizeBilinear(x, h, w, true);
  return x.narrow(2, (h - height) / 2, height).narrow(3, (w - width) / 2, width) / 127.5 - 1;
}

}  // namespace panohead
