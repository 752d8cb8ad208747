#pragma once

#include "core/base/camera.h"
#include "core/base/device_picture.h"
#include "core/base/image.h"
#include "core/session/head_options.h"
#include "core/tensor/tensor_fwd.h"

#include <optional>

namespace panohead {

/// Picture in [-1, 1], [1, 1 or 3, H, W], to bytes as the published scripts do:
/// clamp(x * 127.5 + 128, 0, 255), truncated. With alpha [1, 1, H, W] in [0, 1]: RGBA.
/// @return [1, channels, H, W] uint8, on the device of the picture
at::Tensor toBytes(const at::Tensor& picture);
at::Tensor toBytes(const at::Tensor& picture, const at::Tensor& alpha);

/// @param bytes [1, 1 or 3 or 4, H, W] uint8, of any device: waits until it has drawn
Image toImage(const at::Tensor& bytes);

/// The bytes as OpenGL has frames, [H, W, 4] uint8: alpha 255 where there is none, else multiplied in.
/// @param bytes [1, 3 or 4, H, W]
at::Tensor toPremultiplied(const at::Tensor& bytes);

/// For Frame::on_device: empty for bytes in host memory. @param bytes [1, 3 or 4, H, W]
std::optional<DevicePicture> onDevice(const at::Tensor& bytes);

/// A picture that fills height x width (scaled to cover, centred), [1, 3, height, width] in [-1, 1].
/// Alpha of the picture is laid over black.
at::Tensor coverTensor(const Image& image, std::int64_t height, std::int64_t width);

/// A background picture as its options say, [1, 3, height, width] in [-1, 1].
at::Tensor backdropTensor(const ImageBackground& background, std::int64_t height, std::int64_t width);

/// What a cut-out head is laid over: the sum of weight * each of these that can be seen,
/// [1, 3, height, width] (of colours alone: [1, 3, 1, 1]) in [-1, 1] times their weight; undefined where
/// there is none.
at::Tensor underTensor(const std::vector<BackgroundShare>& laid, std::int64_t height, std::int64_t width);

/// Normals of the surface that the depth shows, in camera space (right, up, towards the camera), scaled by
/// half about the middle as usual for pictures of normals: [1, 3, H, W] in [-1, 1].
/// @param depth [1, 1, H, W] world units along the rays of the camera
at::Tensor surfaceNormals(const at::Tensor& depth, const CameraLabel& camera);

}  // namespace panohead
