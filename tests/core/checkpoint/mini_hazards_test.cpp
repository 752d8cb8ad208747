// The reader torture test: every hazard of mini_hazards_p2..p5.pkl against mini_hazards.json.
#include "core/checkpoint/checkpoint.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace panohead {
namespace {

using Json = nlohmann::json;

template <typename Number>
std::vector<double> widened(const std::vector<std::byte>& bytes) {
  std::vector<double> values;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(Number)) {
    Number number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    values.push_back(static_cast<double>(number));
  }
  return values;
}

double halfValue(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const double fraction = (half & 1023) / 1024.0;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
  return half & 0x8000 ? -magnitude : magnitude;
}

// All elements in row-major order; every element type of the format as double (exact here).
std::vector<double> values(const TensorRecord& record) {
  std::vector<std::byte> bytes(record.byteCount());
  copyElements(record, 0, record.elementCount(), bytes.data());
  switch (record.dtype) {
    case DType::F32:
      return widened<float>(bytes);
    case DType::F64:
      return widened<double>(bytes);
    case DType::I64:
      return widened<std::int64_t>(bytes);
    case DType::I32:
      return widened<std::int32_t>(bytes);
    case DType::I16:
      return widened<std::int16_t>(bytes);
    case DType::I8:
      return widened<std::int8_t>(bytes);
    case DType::U8:
    case DType::Bool:
      return widened<std::uint8_t>(bytes);
    case DType::F16:
    case DType::BF16:
      break;
  }
  std::vector<double> result;
  for (const double bits : widened<std::uint16_t>(bytes)) {
    const auto pattern = static_cast<std::uint16_t>(bits);
    result.push_back(record.dtype == DType::F16
                         ? halfValue(pattern)
                         : std::bit_cast<float>(static_cast<std::uint32_t>(pattern) << 16U));
  }
  return result;
}

class MiniHazards : public testing::TestWithParam<int> {
 protected:
  static Checkpoint open() {
    SilentContext context;
    return openCheckpoint(test::sourceData(fmt::format("mini_hazards_p{}.pkl", GetParam())), context);
  }
  static Json expected() {
    const auto bytes = test::readBytes(test::sourceData("mini_hazards.json"));
    return Json::parse(reinterpret_cast<const char*>(bytes.data()),
                       reinterpret_cast<const char*>(bytes.data()) + bytes.size());
  }
};

TEST_P(MiniHazards, HoldsExactlyTheExpectedTensors) {
  const Checkpoint checkpoint = open();
  std::size_t found = 0;
  for (const NetworkState& network : checkpoint.networks) {
    found += network.tensors.size();
  }
  const Json tensors = expected()["tensors"];
  EXPECT_EQ(found, tensors.size());
  for (const auto& [label, want] : tensors.items()) {
    std::string name = label;
    const bool attribute = name == "G (plain attribute) plane_axes";
    if (attribute) {
      name = "G.plane_axes";
    }
    const std::size_t dot = name.find('.');
    const TensorRecord* record = checkpoint.network(name.substr(0, dot)).find(name.substr(dot + 1));
    ASSERT_TRUE(record) << name;
    EXPECT_EQ(dtypeName(record->dtype), want["dtype"].get<std::string>()) << name;
    EXPECT_EQ(record->shape, want["shape"].get<std::vector<std::int64_t>>()) << name;
    EXPECT_EQ(record->stride, want["stride"].get<std::vector<std::int64_t>>()) << name;
    EXPECT_EQ(record->offset, want["storage_offset"].get<std::int64_t>()) << name;
    EXPECT_EQ(values(*record), want["values"].get<std::vector<double>>()) << name;
    EXPECT_EQ(record->in_state_dict, !attribute && name != "D.skip_me") << name;
  }
}

TEST_P(MiniHazards, TellsParametersFromBuffers) {
  const Checkpoint checkpoint = open();
  EXPECT_TRUE(checkpoint.network("D").find("0.weight")->is_parameter);
  EXPECT_FALSE(checkpoint.network("D").find("t_half")->is_parameter);
  EXPECT_FALSE(checkpoint.network("D").find("0.resample_filter")->is_parameter);
  EXPECT_TRUE(checkpoint.network().find("weight")->is_parameter);
}

TEST_P(MiniHazards, GivesTheTrainingSettingsAsJson) {
  EXPECT_EQ(Json::parse(open().training_set), expected()["training_set_kwargs"]);
}

TEST_P(MiniHazards, NamesClassesAndCountsSourceWithoutRunningIt) {
  const Checkpoint checkpoint = open();
  EXPECT_EQ(checkpoint.network().class_name, "FullyConnectedLayer");
  EXPECT_EQ(checkpoint.network("D").class_name, "Sequential");
  EXPECT_GT(checkpoint.embedded_source_bytes, 100'000U);
  EXPECT_TRUE(std::ranges::is_sorted(checkpoint.classes));
  EXPECT_TRUE(std::ranges::count(checkpoint.classes, "torch_utils.persistence._reconstruct_persistent_obj"));
}

INSTANTIATE_TEST_SUITE_P(Protocols, MiniHazards, testing::Range(2, 6), testing::PrintToStringParamName());

}  // namespace
}  // namespace panohead
