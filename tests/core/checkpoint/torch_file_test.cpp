// State dictionaries written by torch.save (2.13): zip format and the format before it.
#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Checkpoint open(const std::string& name) {
  SilentContext context;
  return openCheckpoint(test::sourceData(name), context);
}

std::string errorOf(std::span<const std::byte> bytes) {
  SilentContext context;
  try {
    readCheckpoint({"test.pt", bytes}, context);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "no error";
}

template <typename Number>
std::vector<Number> values(const TensorRecord& record) {
  std::vector<Number> result(static_cast<std::size_t>(record.elementCount()));
  EXPECT_EQ(sizeof(Number), itemSize(record.dtype));
  copyElements(record, 0, record.elementCount(), reinterpret_cast<std::byte*>(result.data()));
  return result;
}

void expectGenerator(const NetworkState& network) {
  std::vector<std::string> names;
  for (const TensorRecord& tensor : network.tensors) {
    names.push_back(tensor.name);
  }
  EXPECT_THAT(names, ElementsAre("layer.weight", "layer.bias", "layer.noise_const", "counter"));
  EXPECT_THAT(values<float>(network.tensors[0]), ElementsAre(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11));
  EXPECT_EQ(network.tensors[0].shape, (std::vector<std::int64_t>{4, 3}));
  EXPECT_EQ(network.tensors[1].dtype, DType::F16);
  EXPECT_THAT(values<std::uint16_t>(network.tensors[1]), ElementsAre(0x3800, 0xbe00));
  EXPECT_THAT(values<std::int64_t>(network.tensors[3]), ElementsAre(7));
  EXPECT_TRUE(network.tensors[0].is_parameter);
  EXPECT_FALSE(network.tensors[2].is_parameter);
  EXPECT_FALSE(network.tensors[3].is_parameter);
}

class StateDictionaries : public testing::TestWithParam<const char*> {};

TEST_P(StateDictionaries, OfSeveralNetworksAreRead) {
  const Checkpoint checkpoint = open(GetParam());
  ASSERT_EQ(checkpoint.networks.size(), 2U) << "counters and optimiser states are no networks";
  expectGenerator(checkpoint.network());
  const NetworkState& d = checkpoint.network("D");
  EXPECT_THAT(values<float>(*d.find("x.weight")), ElementsAre(2, 4, 6));
  EXPECT_EQ(d.find("x.weight")->offset, 2);
  EXPECT_EQ(d.find("x.bias")->dtype, DType::BF16);
  EXPECT_EQ(d.config, "{}");
}

TEST_P(StateDictionaries, DamagedAnywhereAreErrorsOrReadable) {
  const std::vector<std::byte> whole = test::readBytes(test::sourceData(GetParam()));
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NE(errorOf(std::span(whole).first(i)), "no error") << i;
    std::vector<std::byte> flipped = whole;
    flipped[i] ^= std::byte{1} << (i % 8);
    refused += errorOf(flipped) != "no error";
  }
  EXPECT_GT(refused, whole.size() / 8);
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         StateDictionaries,
                         testing::Values("state_dicts.pt", "state_dicts_legacy.pt"),
                         [](const auto& info) { return std::string(info.index == 0 ? "zip" : "legacy"); });

TEST(TorchZip, ReadsOneUnnamedStateDictionary) {
  const Checkpoint checkpoint = open("state_dict.pth");
  EXPECT_EQ(checkpoint.format, CheckpointFormat::TorchZip);
  expectGenerator(checkpoint.network());
  EXPECT_EQ(checkpoint.network().key, "");
}

TEST(TorchZip, WeightsAreNotCopied) {
  const Checkpoint checkpoint = open("state_dict.pth");
  for (const TensorRecord& tensor : checkpoint.network().tensors) {
    EXPECT_GE(tensor.storage.data(), checkpoint.bytes.data()) << tensor.name;
    EXPECT_LE(tensor.storage.data() + tensor.storage.size(),
              checkpoint.bytes.data() + checkpoint.bytes.size())
        << tensor.name;
  }
}

// Replaces text in a stored zip entry; its CRC is then wrong.
std::vector<std::byte> replaced(const char* file, std::string_view from, std::string_view to) {
  std::vector<std::byte> bytes = test::readBytes(test::sourceData(file));
  const auto found = std::ranges::search(bytes, std::as_bytes(std::span(from)));
  EXPECT_FALSE(found.empty());
  std::memcpy(&*found.begin(), to.data(), to.size());
  return bytes;
}

TEST(TorchZip, ADamagedEntryIsNoticed) {
  EXPECT_THAT(errorOf(replaced("state_dict.pth", "FloatStorage", "HloatStorage")),
              HasSubstr("data.pkl' is damaged (its checksum is wrong)"));
}

TEST(TorchZip, ANameThatIsInItTwiceIsNoticed) {
  const std::vector<std::byte> bytes = test::readBytes(test::sourceData("state_dicts.pt"));
  std::string file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string name = "state_dicts/data/1", other = "state_dicts/data/0";
  for (std::size_t at = file.find(name); at != std::string::npos; at = file.find(name, at + 1)) {
    file.replace(at, name.size(), other);
  }
  SilentContext context;
  try {
    readCheckpoint({"twice.pt", std::as_bytes(std::span(file))}, context);
    ADD_FAILURE() << "read";
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'state_dicts/data/0' is in it twice"));
  }
}

TEST(TorchZip, AZipOfSomethingElseIsNamed) {
  const std::string_view empty{"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22};
  EXPECT_THAT(errorOf(std::as_bytes(std::span(empty))), HasSubstr("no data.pkl"));
}

}  // namespace
}  // namespace panohead
