#include "core/base/paths.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace panohead {
namespace {

using testing::HasSubstr;

/// Sets a variable of the environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    before_ = before ? before : "";
    had_ = before != nullptr;
    setenv(name, value, 1);
  }
  ~Variable() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

TEST(Paths, ExecutableFolderHoldsThisTest) {
  EXPECT_TRUE(std::filesystem::exists(executableFolder() / "unit_tests"));
}

TEST(Paths, DefaultModelIsFoundFromTheBuildTree) {
  const auto model = findResource("models/heads256_warmup/model.safetensors");
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

TEST(Paths, UserFoldersFollowTheEnvironment) {
  const Variable home("HOME", "/home/someone");
  const Variable config("XDG_CONFIG_HOME", "/elsewhere");
  const Variable cache("XDG_CACHE_HOME", "relative/is/ignored");
  EXPECT_EQ(configFolder(), "/elsewhere/panohead-studio");
  EXPECT_EQ(cacheFolder(), "/home/someone/.cache/panohead-studio");
}

}  // namespace
}  // namespace panohead
