#include "core/checkpoint/torch_storage.h"

#include "core/base/error.h"
#include "tests/support/pickle_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace panohead {
namespace {

using test::bytesOf;
using test::PickleBuilder;
using testing::HasSubstr;

std::vector<float> read(const std::string& bytes) {
  const FileBytes file{"test", bytesOf(bytes)};
  const TorchContainer container = readTorchContainer(file, file.bytes);
  const TorchStorage storage = container.storages.at(container.object.root);
  EXPECT_EQ(storage.dtype, DType::F32);
  std::vector<float> values(storage.bytes.size() / sizeof(float));
  std::ranges::copy(storage.bytes, std::as_writable_bytes(std::span(values)).begin());
  return values;
}

std::string errorOf(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "no error";
}

TEST(TorchStorage, ReadsTheElementsAndIgnoresTheDevice) {
  EXPECT_EQ(read(PickleBuilder::container({1, -2.5F, 3})), (std::vector<float>{1, -2.5F, 3}));
  EXPECT_TRUE(read(PickleBuilder::container({})).empty());
}

TEST(TorchStorage, RefusesCountsThatDisagree) {
  EXPECT_THAT(errorOf(PickleBuilder::container({1, 2}, 3, 2)), HasSubstr("3 elements, but it has 2"));
  EXPECT_THAT(errorOf(PickleBuilder::container({1, 2}, 3, 3)), HasSubstr("12 bytes, but only 8 are left"));
  EXPECT_THAT(errorOf(PickleBuilder::container({1}, -1, -1)), HasSubstr("no valid element count"));
  EXPECT_THAT(errorOf(PickleBuilder::container({1}, 1, std::int64_t{1} << 62)), HasSubstr("1 elements"));
}

TEST(TorchStorage, SaysThatBigEndianIsNotRead) {
  EXPECT_THAT(errorOf(PickleBuilder::container({1}, 1, 1, false)), HasSubstr("big-endian"));
}

TEST(TorchStorage, NamesAnUnknownType) {
  std::string bytes = PickleBuilder::container({1});
  bytes.replace(bytes.find("FloatStorage"), 12, "Quint4xStore");
  EXPECT_THAT(errorOf(bytes), HasSubstr("'Quint4xStore'"));
}

TEST(TorchStorage, RefusesEveryTruncation) {
  const std::string whole = PickleBuilder::container({1, 2, 3});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(read(whole.substr(0, size)), CheckpointError) << size;
  }
}

}  // namespace
}  // namespace panohead
