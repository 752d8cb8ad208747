// LibTorch's libraries define parts of the C++ library, and must not serve the program with them.
#include <gmock/gmock.h>

#include <dlfcn.h>
#include <filesystem>
#include <system_error>

namespace panohead {
namespace {

const char* libraryOf(void* function) {
  Dl_info info{};
  return dladdr(function, &info) != 0 ? info.dli_fname : "";
}

TEST(CppLibrary, IsTheSystems) {
  using std::filesystem::path;
  std::uintmax_t (*const remove_all)(const path&, std::error_code&) = &std::filesystem::remove_all;
  bool (*const equivalent)(const path&, const path&, std::error_code&) = &std::filesystem::equivalent;
  EXPECT_THAT(libraryOf(reinterpret_cast<void*>(remove_all)), testing::HasSubstr("libstdc++"));
  EXPECT_THAT(libraryOf(reinterpret_cast<void*>(equivalent)), testing::HasSubstr("libstdc++"));
}

}  // namespace
}  // namespace panohead
