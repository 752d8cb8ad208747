#include "core/base/system_memory.h"

#include "tests/support/scratch_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace panohead {
namespace {

class AvailableMemory : public ::testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file) << text;
  }
  std::uint64_t available() const { return availableMemory(folder_ / "meminfo", folder_ / "."); }

  test::ScratchFolder folder_;
};

constexpr std::uint64_t kMiB = 1024 * 1024;

TEST_F(AvailableMemory, IsWhatTheMachineSays) {
  EXPECT_EQ(available(), 0U);  // nothing is said
  write("meminfo", "MemTotal:       16384 kB\nMemFree:         1024 kB\nMemAvailable:    8192 kB\n");
  EXPECT_EQ(available(), 8 * kMiB);
  write("memory.max", "max\n");
  write("memory.current", "12582912\n");
  EXPECT_EQ(available(), 8 * kMiB);
}

// A model that was read leaves its file in the cache: that is no reason to refuse the next one.
TEST_F(AvailableMemory, OfAContainerCountsItsOldFilesAsFree) {
  write("meminfo", "MemAvailable:    1048576 kB\n");
  write("memory.max", "10485760\n");     // 10 MiB
  write("memory.current", "9437184\n");  // 9
  EXPECT_EQ(available(), 1 * kMiB);
  write("memory.stat", "anon 3145728\nfile 6291456\nactive_file 1048576\ninactive_file 5242880\n");
  EXPECT_EQ(available(), 6 * kMiB);
  write("memory.current", "4194304\n");  // read a moment later: less than the cache was
  EXPECT_EQ(available(), 10 * kMiB);
  write("memory.stat", "");
  write("memory.current", "20971520\n");
  EXPECT_EQ(available(), 0U);
}

// As it is, on the machine of the tests.
TEST(AvailableMemoryOfThisMachine, IsSomething) { EXPECT_GT(availableMemory(), 64 * kMiB); }

}  // namespace
}  // namespace panohead
