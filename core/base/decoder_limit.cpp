#include "core/base/decoder_limit.h"

#include <cstdint>
#include <cstdlib>

namespace {

thread_local std::size_t decoder_limit = SIZE_MAX;

void* boundedMalloc(std::size_t bytes) { return bytes <= decoder_limit ? std::malloc(bytes) : nullptr; }

void* boundedRealloc(void* block, std::size_t bytes) {
  return bytes <= decoder_limit ? std::realloc(block, bytes) : nullptr;
}

}  // namespace

#define STBI_MALLOC(bytes) boundedMalloc(bytes)
#define STBI_REALLOC(block, bytes) boundedRealloc(block, bytes)
#define STBI_FREE(block) std::free(block)
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace panohead {

DecoderLimit::DecoderLimit(std::size_t bytes) { decoder_limit = bytes; }
DecoderLimit::~DecoderLimit() { decoder_limit = SIZE_MAX; }

}  // namespace panohead
