#include "core/checkpoint/weight_map.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

NetworkState file(const std::vector<TensorRecord>& tensors) {
  NetworkState network;
  network.tensors = tensors;
  return network;
}

TensorRecord record(const std::string& name, std::vector<std::int64_t> shape, DType dtype = DType::F32) {
  TensorRecord tensor;
  tensor.name = name;
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  return tensor;
}

TEST(WeightMap, MatchesByNameWhateverTheOrderAndPrecision) {
  const std::vector<ExpectedTensor> expected{{"a", {2, 3}, true}, {"b", {}, true}};
  const NetworkState network = file({record("b", {}, DType::F16), record("a", {2, 3})});
  const WeightMap map = mapWeights(expected, network);
  ASSERT_EQ(map.matched.size(), 2U);
  EXPECT_EQ(map.matched[0].record, &network.tensors[1]);
  EXPECT_EQ(map.matched[1].record, &network.tensors[0]);
  EXPECT_TRUE(map.complete());
  EXPECT_NO_THROW(map.requireComplete("G"));
}

TEST(WeightMap, ReportsEveryFaultByName) {
  const std::vector<ExpectedTensor> expected{{"gone", {1}, true},
                                             {"shape", {2, 3}, true},
                                             {"type", {4}, true},
                                             {"x.resample_filter", {4, 4}, false},
                                             {"x.noise_const", {4, 4}, false}};
  TensorRecord attribute = record("renderer.plane_axes", {3, 3, 3});
  attribute.in_state_dict = false;
  const NetworkState network =
      file({record("shape", {3, 2}), record("type", {4}, DType::I64), record("extra", {1}), attribute});
  const WeightMap map = mapWeights(expected, network);
  EXPECT_THAT(map.missing, ElementsAre("gone", "x.noise_const"));
  EXPECT_THAT(map.tolerated, ElementsAre("x.resample_filter"));
  EXPECT_THAT(map.unused, ElementsAre("extra"));
  EXPECT_THAT(map.matched, IsEmpty());
  ASSERT_EQ(map.mismatched.size(), 2U);
  EXPECT_EQ(map.mismatched[0].expected, "[2, 3]");
  EXPECT_EQ(map.mismatched[0].found, "[3, 2]");
  EXPECT_EQ(map.mismatched[1].found, "int64 [4]");
  const std::string summary = map.summary(1);
  EXPECT_THAT(summary, HasSubstr("missing: gone and 1 more"));
  EXPECT_THAT(summary, HasSubstr("shape (expected [2, 3], found [3, 2])"));
  EXPECT_THAT(summary, HasSubstr("unused: extra"));
  try {
    map.requireComplete("G_ema of 'x.pkl'");
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("G_ema of 'x.pkl'"));
    EXPECT_THAT(error.what(), HasSubstr("'gone'"));
    EXPECT_THAT(error.detail(), HasSubstr("x.noise_const"));
  }
}

TEST(WeightMap, LetsTheCallerDecideWhatIsDispensable) {
  const std::vector<ExpectedTensor> expected{{"anything", {1}, true}};
  EXPECT_TRUE(mapWeights(expected, file({}), [](const ExpectedTensor&) { return true; }).complete());
  EXPECT_FALSE(mapWeights(expected, file({})).complete());
}

}  // namespace
}  // namespace panohead
