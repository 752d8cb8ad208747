// Damaged files of every format: a CheckpointError or a readable checkpoint, never anything else.
#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace panohead {
namespace {

// Opens and touches every element; true when the bytes were refused.
bool refused(std::span<const std::byte> bytes) {
  SilentContext context;
  try {
    const Checkpoint checkpoint = readCheckpoint({"damaged", bytes}, context);
    std::vector<std::byte> elements;
    for (const NetworkState& network : checkpoint.networks) {
      for (const TensorRecord& tensor : network.tensors) {
        elements.resize(tensor.byteCount());
        copyElements(tensor, 0, tensor.elementCount(), elements.data());
      }
    }
    return false;
  } catch (const CheckpointError&) {
    return true;
  }
}

class DamagedFile : public testing::TestWithParam<const char*> {
 protected:
  std::vector<std::byte> whole() const {
    const std::string name = GetParam();
    if (name != "safetensors") {
      return test::readBytes(test::sourceData("mini_hazards_" + name + ".pkl"));
    }
    const test::ScratchFolder folder;
    SilentContext context;
    const Checkpoint source = openCheckpoint(test::sourceData("mini_hazards_p4.pkl"), context);
    writeSafetensors(folder / "file", source.networks, {}, context);
    return test::readBytes(folder / "file");
  }
};

TEST_P(DamagedFile, TruncatedAnywhereIsRefused) {
  const std::vector<std::byte> bytes = whole();
  ASSERT_FALSE(refused(bytes));
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 400);
  for (std::size_t size = 0; size < bytes.size(); size += size < 300 ? 1 : step) {
    EXPECT_TRUE(refused(std::span(bytes).first(size))) << size;
  }
  EXPECT_TRUE(refused(std::span(bytes).first(bytes.size() - 1)));
}

TEST_P(DamagedFile, WithFlippedBitsIsReadOrRefused) {
  std::vector<std::byte> bytes = whole();
  std::mt19937 random(1);
  int refusals = 0;
  constexpr int kTrials = 3000;
  for (int trial = 0; trial < kTrials; ++trial) {
    // Half of the trials hit the end, where structure is dense; the rest is mostly source text.
    const std::size_t range = trial % 2 ? bytes.size() : std::min<std::size_t>(bytes.size(), 12000);
    std::byte& target = bytes[bytes.size() - 1 - random() % range];
    const std::byte before = target;
    target ^= std::byte{1} << (random() % 8);
    refusals += refused(bytes);
    target = before;
  }
  EXPECT_GT(refusals, kTrials / 50) << "the trials must hit the structure";
  EXPECT_LT(refusals, kTrials);
}

TEST_P(DamagedFile, WithHugeNumbersIsReadOrRefused) {
  std::vector<std::byte> bytes = whole();
  std::mt19937 random(2);
  int refusals = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    const std::size_t at = random() % (bytes.size() - 8);
    const std::vector<std::byte> before(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), trial % 2 ? 8 : 4, std::byte{0xff});
    refusals += refused(bytes);
    std::ranges::copy(before, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }
  EXPECT_GT(refusals, 10);
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         DamagedFile,
                         testing::Values("p2", "p4", "safetensors"),
                         [](const auto& info) { return std::string(info.param); });

TEST(RandomBytes, AreRefused) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::byte> bytes(random() % 300);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    EXPECT_TRUE(refused(bytes));
    if (bytes.size() > 2) {
      bytes[0] = std::byte{0x80};
      bytes[1] = std::byte{4};
      EXPECT_TRUE(refused(bytes));
    }
  }
}

}  // namespace
}  // namespace panohead
