#include "core/checkpoint/tensor_record.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace panohead {
namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

const std::vector<float>& numbers() {
  static const std::vector<float> values = [] {
    std::vector<float> v(24);
    std::iota(v.begin(), v.end(), 0.0F);
    return v;
  }();
  return values;
}

TensorRecord record(std::vector<std::int64_t> shape,
                    std::vector<std::int64_t> stride,
                    std::int64_t offset = 0) {
  TensorRecord r;
  r.name = "t";
  r.shape = std::move(shape);
  r.stride = std::move(stride);
  r.offset = offset;
  r.storage = std::as_bytes(std::span(numbers()));
  return r;
}

std::vector<float> copied(const TensorRecord& r, std::int64_t first, std::int64_t count) {
  std::vector<float> out(static_cast<std::size_t>(count));
  copyElements(r, first, count, reinterpret_cast<std::byte*>(out.data()));
  return out;
}

TEST(TensorRecord, AcceptsWhatLiesInsideItsStorage) {
  EXPECT_FALSE(recordFault(record({2, 3, 4}, {12, 4, 1})));
  EXPECT_FALSE(recordFault(record({4, 6}, {1, 4})));
  EXPECT_FALSE(recordFault(record({}, {}, 23)));
  EXPECT_FALSE(recordFault(record({5, 3}, {0, 1})));
  EXPECT_FALSE(recordFault(record({kHuge, 0, 7}, {kHuge, kHuge, 1}, 999)));
}

TEST(TensorRecord, RefusesWhatDoesNot) {
  EXPECT_TRUE(recordFault(record({2, 3, 4}, {12, 4, 1}, 1)));
  EXPECT_TRUE(recordFault(record({}, {}, 24)));
  EXPECT_TRUE(recordFault(record({}, {}, -1)));
  EXPECT_TRUE(recordFault(record({2}, {-1}, 5)));
  EXPECT_TRUE(recordFault(record({-2}, {1})));
  EXPECT_TRUE(recordFault(record({2}, {1, 1})));
  EXPECT_TRUE(recordFault(record({kHuge, kHuge}, {1, 1})));
  EXPECT_TRUE(recordFault(record({3, 3}, {kHuge, kHuge})));
  EXPECT_TRUE(recordFault(record({1, kHuge}, {1, 0})));
  EXPECT_TRUE(recordFault(record(std::vector<std::int64_t>(17, 1), std::vector<std::int64_t>(17, 1))));
}

TEST(TensorRecord, CopiesInRowMajorOrderWhateverTheStrides) {
  EXPECT_EQ(copied(record({2, 3}, {3, 1}), 0, 6), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(copied(record({3, 2}, {1, 3}), 0, 6), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(copied(record({2, 2, 2}, {1, 10, 2}, 1), 0, 8), (std::vector<float>{1, 3, 11, 13, 2, 4, 12, 14}));
  EXPECT_EQ(copied(record({2, 3}, {0, 2}, 4), 0, 6), (std::vector<float>{4, 6, 8, 4, 6, 8}));
  EXPECT_EQ(copied(record({}, {}, 9), 0, 1), (std::vector<float>{9}));
}

TEST(TensorRecord, CopiesAnyPart) {
  const TensorRecord r = record({3, 2, 2}, {1, 12, 6});
  const std::vector<float> all = copied(r, 0, 12);
  for (std::int64_t first = 0; first < 12; ++first) {
    for (std::int64_t count = 0; count <= 12 - first; ++count) {
      EXPECT_EQ(copied(r, first, count),
                std::vector<float>(all.begin() + first, all.begin() + first + count));
    }
  }
}

TEST(TensorRecord, KnowsWhichTensorsAreDense) {
  EXPECT_TRUE(record({2, 1, 4}, {4, 77, 1}).isContiguous());
  EXPECT_FALSE(record({4, 2}, {1, 4}).isContiguous());
}

TEST(TensorRecord, TellsBuffersByTheirPublishedNames) {
  EXPECT_TRUE(isBufferName("backbone.mapping.w_avg"));
  EXPECT_TRUE(isBufferName("renderer.plane_axes"));
  EXPECT_FALSE(isBufferName("backbone.synthesis.b4.const"));
}

}  // namespace
}  // namespace panohead
