#include "core/training/training_state.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace panohead {
namespace {

using testing::HasSubstr;

TrainingState sampleState() {
  TrainingState state;
  state.text = R"({"images": 1234, "note": "ä \"quoted\" \n line"})";
  const at::Tensor bits = at::randint(0, 256, {7, 8}, at::kByte);  // any bits: NaNs with payloads, denormals
  for (const auto& [name, type] : {std::pair{"f32", at::kFloat},
                                   {"f64", at::kDouble},
                                   {"f16", at::kHalf},
                                   {"bf16", at::kBFloat16},
                                   {"i64", at::kLong},
                                   {"i32", at::kInt},
                                   {"i16", at::kShort},
                                   {"i8", at::kChar},
                                   {"u8", at::kByte}}) {
    state.tensors.emplace_back(name, bits.view(type).clone());
  }
  state.tensors.emplace_back("bool", bits > 100);
  state.tensors.emplace_back("scalar", at::tensor(3.25, at::kDouble).squeeze());
  state.tensors.emplace_back("G.b4.conv.weight", at::randn({4, 3, 2}).transpose(0, 2));  // not contiguous
  state.tensors.emplace_back("nothing", at::empty({0, 3}));
  return state;
}

bool sameBits(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.contiguous();
  const at::Tensor y = b.contiguous();
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         (x.nbytes() == 0 || std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0);
}

TEST(TrainingState, RoundTripKeepsEveryBit) {
  const test::ScratchFolder folder;
  const TrainingState state = sampleState();
  writeTrainingState(folder / "a.safetensors", state);
  const TrainingState back = readTrainingState(folder / "a.safetensors");
  EXPECT_EQ(back.text, state.text);
  ASSERT_EQ(back.tensors.size(), state.tensors.size());
  for (const auto& [name, tensor] : state.tensors) {
    EXPECT_TRUE(sameBits(tensor, back.at(name))) << name;
  }
  EXPECT_EQ(back.tensors.front().first, "f32");
  EXPECT_THROW(back.at("none"), CheckpointError);
  EXPECT_THAT(folder.names(), testing::ElementsAre("a.safetensors"));
}

TEST(TrainingState, EqualStatesMakeEqualFiles) {
  const test::ScratchFolder folder;
  const TrainingState state = sampleState();
  writeTrainingState(folder / "a", state);
  writeTrainingState(folder / "b", readTrainingState(folder / "a"));
  EXPECT_EQ(test::readBytes(folder / "a"), test::readBytes(folder / "b"));
}

TEST(TrainingState, EveryTornFileIsFound) {
  const test::ScratchFolder folder;
  writeTrainingState(folder / "a", sampleState());
  const std::vector<std::byte> whole = test::readBytes(folder / "a");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    test::writeBytes(folder / "b", std::span(whole).first(size));
    EXPECT_THROW(readTrainingState(folder / "b"), CheckpointError) << size;
  }
}

TEST(TrainingState, EveryChangedByteIsFound) {
  const test::ScratchFolder folder;
  writeTrainingState(folder / "a", sampleState());
  std::vector<std::byte> bytes = test::readBytes(folder / "a");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{0x10};
    test::writeBytes(folder / "b", bytes);
    EXPECT_THROW(readTrainingState(folder / "b"), CheckpointError) << i;
    bytes[i] ^= std::byte{0x10};
  }
}

TEST(TrainingState, OtherFilesAreToldApart) {
  const test::ScratchFolder folder;
  writeTrainingState(folder / "a", sampleState());
  EXPECT_TRUE(isTrainingState(folder / "a"));
  EXPECT_FALSE(isTrainingState(folder / "missing"));
  test::writeBytes(folder / "b", std::as_bytes(std::span("text")));
  EXPECT_FALSE(isTrainingState(folder / "b"));
  EXPECT_THROW(readTrainingState(folder / "missing"), CheckpointError);
}

TEST(TrainingState, NamesThatCollideAreRefused) {
  const test::ScratchFolder folder;
  for (const char* name : {"twice", "__checksum__", "__metadata__"}) {
    TrainingState state;
    state.tensors = {{"twice", at::zeros({1})}, {name, at::zeros({1})}};
    EXPECT_THROW(writeTrainingState(folder / "a", state), SaveError) << name;
  }
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(TrainingState, WithoutRoomTheOldFileStays) {
  const test::ScratchFolder folder;
  TrainingState state = sampleState();
  writeTrainingState(folder / "a", state);
  const auto before = test::readBytes(folder / "a");
  state.tensors.emplace_back("more", at::zeros({100000}));
  {
    const test::FileSizeLimit limit(50000);
    EXPECT_THROW(writeTrainingState(folder / "a", state), DiskFullError);
  }
  EXPECT_EQ(test::readBytes(folder / "a"), before);
  EXPECT_THAT(folder.names(), testing::ElementsAre("a"));
}

}  // namespace
}  // namespace panohead
