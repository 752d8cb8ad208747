#include "core/tensor/record_tensor.h"

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generator/generator.h"
#include "core/tensor/prelude.h"
#include "tests/support/small_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace panohead {
namespace {

TEST(LoadParameters, NumbersThatAreNoneAreRefusedByTheNameOfTheirTensor) {
  Generator generator(test::smallConfig(16), 1);
  NetworkState network;
  network.key = "G_ema";
  network.tensors = toRecords(generator.store());
  Generator copy(test::smallConfig(16), 1);
  EXPECT_NO_THROW(loadParameters(copy.store(), network));
  const ParameterStore::Entry& entry = generator.store().entries().back();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    {
      const at::NoGradGuard no_grad;
      entry.tensor.view(-1)[entry.tensor.numel() / 2].fill_(bad);
    }
    try {
      loadParameters(copy.store(), network);
      ADD_FAILURE() << "taken: " << bad;
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(entry.name));
    }
  }
}

}  // namespace
}  // namespace panohead
