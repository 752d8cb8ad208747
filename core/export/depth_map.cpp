#include "core/export/depth_map.h"

#include "core/base/atomic_file.h"
#include "core/base/crc32.h"
#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>

extern "C" unsigned char* stbi_zlib_compress(unsigned char* data, int data_len, int* out_len, int quality);

namespace panohead {
namespace {

/// Camera coordinates of a pixel's centre at z = 1.
struct Slope {
  double x = 0, y = 0;
};
Slope slopeAt(const CameraLabel& camera, int size, int column, int row) {
  const double y = ((row + 0.5) / size - camera[21]) / camera[20];
  return {((column + 0.5) / size - camera[18] - camera[17] * y) / camera[16], y};
}

std::size_t at(const DepthMap& depth, int column, int row) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(depth.size) +
         static_cast<std::size_t>(column);
}

std::array<std::byte, 4> bigEndian(std::uint32_t value) {
  return {static_cast<std::byte>(value >> 24),
          static_cast<std::byte>(value >> 16),
          static_cast<std::byte>(value >> 8),
          static_cast<std::byte>(value)};
}

void writeChunk(AtomicFile& file, const char (&name)[5], std::span<const std::byte> data) {
  std::vector<std::byte> checked(4 + data.size());
  std::copy_n(reinterpret_cast<const std::byte*>(name), 4, checked.begin());
  std::ranges::copy(data, checked.begin() + 4);
  file.write(bigEndian(static_cast<std::uint32_t>(data.size())));
  file.write(checked);
  file.write(bigEndian(crc32(checked)));
}

/// Rows of big-endian 16-bit values, each as its difference from the row above (PNG filter 2).
std::vector<unsigned char> filteredRows(const DepthMap& depth) {
  const auto size = static_cast<std::size_t>(depth.size);
  std::vector<unsigned char> above(size * 2, 0), row(size * 2), bytes;
  bytes.reserve(size * (size * 2 + 1));
  for (std::size_t y = 0; y < size; ++y) {
    for (std::size_t x = 0; x < size; ++x) {
      const double steps = std::round(depth.z[y * size + x] / kDepthUnit);
      const auto value = static_cast<unsigned>(steps > 0 && steps <= 65535 ? steps : 0);
      row[2 * x] = static_cast<unsigned char>(value >> 8);
      row[2 * x + 1] = static_cast<unsigned char>(value & 255U);
    }
    bytes.push_back(2);
    for (std::size_t i = 0; i < row.size(); ++i) {
      bytes.push_back(static_cast<unsigned char>(row[i] - above[i]));
    }
    above = row;
  }
  return bytes;
}

}  // namespace

DepthMap depthMap(const CameraLabel& camera,
                  int size,
                  std::span<const float> along_rays,
                  std::span<const float> mask) {
  DepthMap depth{size, std::vector<float>(along_rays.size(), 0)};
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      const std::size_t i = at(depth, column, row);
      if (mask[i] >= 0.5F) {
        const Slope slope = slopeAt(camera, size, column, row);
        depth.z[i] = static_cast<float>(along_rays[i] / std::sqrt(slope.x * slope.x + slope.y * slope.y + 1));
      }
    }
  }
  return depth;
}

void writeDepthPng(const std::filesystem::path& path, const DepthMap& depth) {
  std::vector<unsigned char> rows = filteredRows(depth);
  int packed_size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> packed(
      stbi_zlib_compress(rows.data(), static_cast<int>(rows.size()), &packed_size, 5), std::free);
  if (!packed) {
    throw SaveError(fmt::format("cannot write '{}': out of memory", path.string()),
                    "choose a smaller --size");
  }
  const std::array<unsigned char, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  std::array<std::byte, 13> header{};
  const auto side = bigEndian(static_cast<std::uint32_t>(depth.size));
  std::ranges::copy(side, header.begin());
  std::ranges::copy(side, header.begin() + 4);
  header[8] = std::byte{16};  // bits; grey, deflate, no interlacing
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(signature)));
  writeChunk(file, "IHDR", header);
  writeChunk(file, "IDAT", std::as_bytes(std::span(packed.get(), static_cast<std::size_t>(packed_size))));
  writeChunk(file, "IEND", {});
  file.commit();
}

void addPoints(std::vector<ColouredPoint>& points,
               const DepthMap& depth,
               const CameraLabel& camera,
               const Image& picture,
               int stride,
               int first) {
  constexpr float kSmooth = 0.03F;  // world units
  int count = first;
  for (int row = 1; row + 1 < depth.size; ++row) {
    for (int column = 1; column + 1 < depth.size; ++column) {
      float nearest = 1e9F, farthest = 0;
      for (int v = row - 1; v <= row + 1; ++v) {
        for (int u = column - 1; u <= column + 1; ++u) {
          nearest = std::min(nearest, depth.z[at(depth, u, v)]);
          farthest = std::max(farthest, depth.z[at(depth, u, v)]);
        }
      }
      if (nearest <= 0 || farthest - nearest > kSmooth || count++ % stride != 0) {
        continue;
      }
      const Slope slope = slopeAt(camera, depth.size, column, row);
      const double z = depth.z[at(depth, column, row)];
      ColouredPoint point;
      for (int axis = 0; axis < 3; ++axis) {
        const float* line = camera.data() + static_cast<std::ptrdiff_t>(axis) * 4;
        point.position[axis] =
            static_cast<float>(line[3] + z * (line[0] * slope.x + line[1] * slope.y + line[2]));
      }
      const auto scaled = [&](int place, int side) {
        return std::min(side - 1, static_cast<int>((place + 0.5) * side / depth.size));
      };
      const std::uint8_t* colour =
          picture.row(scaled(row, picture.height)) +
          static_cast<std::ptrdiff_t>(scaled(column, picture.width)) * picture.channels;
      point.red = colour[0];
      point.green = colour[picture.channels > 1 ? 1 : 0];
      point.blue = colour[picture.channels > 1 ? 2 : 0];
      points.push_back(point);
    }
  }
}

}  // namespace panohead
