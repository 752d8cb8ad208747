#include "core/base/paths.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::HasSubstr;

TEST(Paths, ExecutableFolderHoldsThisTest) {
  EXPECT_TRUE(std::filesystem::exists(executableFolder() / "unit_tests"));
}

TEST(Paths, DefaultModelIsFoundFromTheBuildTree) {
  const auto model = findResource("models/heads256/model.safetensors");
  EXPECT_GT(std::filesystem::file_size(model), 1000000U);
}

TEST(Paths, MissingResourceSaysWhereItWasLookedFor) {
  try {
    findResource("models/none.bin");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("models/none.bin"));
    EXPECT_THAT(error.what(), HasSubstr((executableFolder() / "resources").string()));
    EXPECT_FALSE(error.hint().empty());
  }
}

}  // namespace
}  // namespace panohead
