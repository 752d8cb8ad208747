#include "core/base/regular_file.h"

#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <thread>

namespace panohead {
namespace {

using testing::HasSubstr;

TEST(RegularFile, TellsWhatCannotBeReadAndNeverWaits) {
  const test::ScratchFolder folder;
  EXPECT_EQ(RegularFile(folder / "missing").code(), ENOENT);
  EXPECT_THAT(RegularFile(folder / "missing").fault(), HasSubstr("No such file"));
  EXPECT_TRUE(RegularFile(folder.path()).isFolder());
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const RegularFile pipe(folder / "pipe");  // would wait for a writer
  EXPECT_EQ(pipe.fault(), "it is not a regular file");
  EXPECT_LT(pipe.get(), 0);
  EXPECT_FALSE(readTextFile(folder / "pipe", 10).isRead());
  EXPECT_FALSE(readTextFile("/dev/zero", 10).isRead());
}

TEST(RegularFile, IsReadAsFarAsItGoes) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "a") << "0123456789";
  const RegularFile file(folder / "a");
  EXPECT_EQ(file.size(), 10U);
  char part[8] = {};
  EXPECT_EQ(file.readAt(part, 2, 3), 3);
  EXPECT_STREQ(part, "234");
  EXPECT_EQ(file.readAt(part, 8, 8), 2);
  EXPECT_EQ(readTextFile(folder / "a", 10).text, "0123456789");
  EXPECT_EQ(readTextFile(folder / "a", 9).fault, "it has more than 9 B");
}

TEST(RegularFile, WhatAShellHandsOverMayBeAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "{}", 2), 2);
  close(ends[1]);
  EXPECT_EQ(readGivenText("/dev/fd/" + std::to_string(ends[0]), 10).text, "{}");
  close(ends[0]);
  EXPECT_FALSE(readGivenText("/dev/fd/99", 10).isRead());
}

}  // namespace
}  // namespace panohead
