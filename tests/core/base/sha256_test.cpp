#include "core/base/sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace panohead {
namespace {

std::string hashOf(const std::string& text, std::size_t piece) {
  Sha256 hash;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t first = 0; first < bytes.size(); first += piece) {
    hash.update(bytes.subspan(first, std::min(piece, bytes.size() - first)));
  }
  return hash.hex();
}

TEST(Sha256, GivesThePublishedExamples) {
  EXPECT_EQ(hashOf("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hashOf("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hashOf(std::string(1'000'000, 'a'), 1'000'000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  const std::string text(300, 'x');
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string part = text.substr(0, length);
    EXPECT_EQ(hashOf(part, 1), hashOf(part, 300)) << length;
    EXPECT_EQ(hashOf(part, 63), hashOf(part, 300)) << length;
  }
}

}  // namespace
}  // namespace panohead
