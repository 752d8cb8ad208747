#include "core/session/frame_image.h"

#include "core/nn/resample.h"
#include "core/tensor/prelude.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace panohead {

namespace {

// [1, 3, H, W] in [-1, 1]; alpha is laid over black.
at::Tensor colours(const Image& image) {
  at::Tensor x = at::from_blob(const_cast<std::uint8_t*>(image.pixels.data()),
                               {1, image.height, image.width, image.channels},
                               at::kByte)
                     .permute({0, 3, 1, 2})
                     .to(at::kFloat);
  if (image.channels == 4) {
    x = x.slice(1, 0, 3) * (x.slice(1, 3, 4) / 255);
  }
  return x / 127.5 - 1;
}

at::Tensor blurred(const at::Tensor& x, double sigma) {
  const auto reach = static_cast<std::int64_t>(std::ceil(3 * sigma));
  const at::Tensor place = at::arange(-reach, reach + 1, at::kFloat) / sigma;
  at::Tensor line = (place.square() * -0.5).exp();
  line = line / line.sum();
  const std::int64_t taps = line.numel();
  const at::Tensor wide = at::replication_pad2d(x.transpose(0, 1), {reach, reach, reach, reach});
  return at::conv2d(at::conv2d(wide, line.view({1, 1, 1, taps})), line.view({1, 1, taps, 1})).transpose(0, 1);
}

}  // namespace

at::Tensor toBytes(const at::Tensor& picture) { return (picture * 127.5 + 128).clamp(0, 255).to(at::kByte); }

at::Tensor toBytes(const at::Tensor& picture, const at::Tensor& alpha) {
  return at::cat({toBytes(picture), (alpha * 255 + 0.5).clamp(0, 255).to(at::kByte)}, 1);
}

Image toImage(const at::Tensor& bytes) {
  const at::Tensor pixels = bytes.squeeze(0).permute({1, 2, 0}).contiguous().to(at::kCPU);
  Image image(
      static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(2)));
  std::memcpy(image.pixels.data(), pixels.const_data_ptr(), image.pixels.size());
  return image;
}

at::Tensor toPremultiplied(const at::Tensor& bytes) {
  at::Tensor colours = bytes.slice(1, 0, 3);
  at::Tensor alpha;
  if (bytes.size(1) == 4) {
    alpha = bytes.slice(1, 3, 4);
    colours = ((colours.to(at::kInt) * alpha + 127).floor_divide(255)).to(at::kByte);
  } else {
    alpha = at::full_like(bytes.slice(1, 0, 1), 255);
  }
  return at::cat({colours, alpha}, 1).squeeze(0).permute({1, 2, 0}).contiguous();
}

std::optional<DevicePicture> onDevice(const at::Tensor& bytes) {
  if (!bytes.is_cuda()) {
    return std::nullopt;
  }
  const auto pixels = std::make_shared<const at::Tensor>(toPremultiplied(bytes));
  return DevicePicture{std::shared_ptr<const void>(pixels, pixels->const_data_ptr()),
                       static_cast<int>(pixels->size(1)),
                       static_cast<int>(pixels->size(0))};
}

at::Tensor coverTensor(const Image& image, std::int64_t height, std::int64_t width) {
  const at::Tensor x = colours(image);
  const double scale =
      std::max(static_cast<double>(height) / image.height, static_cast<double>(width) / image.width);
  const auto h = std::max(height, static_cast<std::int64_t>(std::lround(image.height * scale)));
  const auto w = std::max(width, static_cast<std::int64_t>(std::lround(image.width * scale)));
  return nn::resizeBilinear(x, h, w, true)
      .narrow(2, (h - height) / 2, height)
      .narrow(3, (w - width) / 2, width);
}

at::Tensor backdropTensor(const ImageBackground& background, std::int64_t height, std::int64_t width) {
  const Image& image = *background.image;
  at::Tensor x;
  if (background.fit == ImageFit::Cover) {
    x = coverTensor(image, height, width);
  } else {
    const double scale =
        std::min(static_cast<double>(height) / image.height, static_cast<double>(width) / image.width);
    const auto h = std::clamp<std::int64_t>(std::lround(image.height * scale), 1, height);
    const auto w = std::clamp<std::int64_t>(std::lround(image.width * scale), 1, width);
    const std::int64_t left = (width - w) / 2, top = (height - h) / 2;
    x = at::replication_pad2d(nn::resizeBilinear(colours(image), h, w, true),
                              {left, width - w - left, top, height - h - top});
  }
  return background.blur > 0 ? blurred(x, background.blur / 100 * static_cast<double>(width)) : x;
}

at::Tensor underTensor(const std::vector<BackgroundShare>& laid, std::int64_t height, std::int64_t width) {
  at::Tensor sum;
  for (const auto& [background, weight] : laid) {
    at::Tensor behind;
    if (const auto* colour = std::get_if<ColourBackground>(&background)) {
      behind = at::tensor({colour->red / 127.5F - 1, colour->green / 127.5F - 1, colour->blue / 127.5F - 1})
                   .view({1, 3, 1, 1});
    } else if (const auto* image = std::get_if<ImageBackground>(&background)) {
      behind = backdropTensor(*image, height, width);
    } else {
      continue;
    }
    behind = weight == 1 ? behind : behind * weight;
    sum = sum.defined() ? sum + behind : behind;
  }
  return sum;
}

at::Tensor surfaceNormals(const at::Tensor& depth, const CameraLabel& camera) {
  const std::int64_t height = depth.size(2), width = depth.size(3);
  const auto line = [](std::int64_t count) {
    return (at::arange(count, at::kFloat) + 0.5) / static_cast<double>(count);
  };
  // Points in camera space: x right, y down, z forward (skew does not bend a surface noticeably).
  const at::Tensor x = ((line(width) - camera[18]) / camera[16]).view({1, 1, 1, width}).expand_as(depth);
  const at::Tensor y = ((line(height) - camera[21]) / camera[20]).view({1, 1, height, 1}).expand_as(depth);
  const at::Tensor ray = at::cat({x, y, at::ones_like(depth)}, 1);
  const at::Tensor points = ray / ray.norm(2, {1}, true) * depth;
  const auto slope = [](const at::Tensor& p, std::int64_t dim) {  // central differences
    const std::int64_t n = p.size(dim);
    const at::Tensor padded =
        dim == 3 ? at::replication_pad2d(p, {1, 1, 0, 0}) : at::replication_pad2d(p, {0, 0, 1, 1});
    return padded.slice(dim, 2, n + 2) - padded.slice(dim, 0, n);
  };
  const at::Tensor normal = at::cross(slope(points, 2), slope(points, 3), 1);
  const at::Tensor unit = normal / normal.norm(2, {1}, true).clamp_min(1e-12);
  return unit * at::tensor({1.0F, -1.0F, -1.0F}).view({1, 3, 1, 1});
}

}  // namespace panohead
