#pragma once

#include <cstddef>
#include <cstdint>

namespace panohead {

/// The largest file that is taken for a picture: 512 MB.
inline constexpr std::uint64_t kMaxPictureBytes = std::uint64_t{1} << 29;

/// Bounds every single allocation of the picture decoder on this thread, so that a small file cannot
/// unpack into all of memory. core/base/decoder_limit.cpp compiles the decoder with it.
class DecoderLimit {
 public:
  explicit DecoderLimit(std::size_t bytes);
  ~DecoderLimit();
  DecoderLimit(const DecoderLimit&) = delete;
  DecoderLimit& operator=(const DecoderLimit&) = delete;
};

}  // namespace panohead
