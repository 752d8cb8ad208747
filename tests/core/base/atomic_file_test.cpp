#include "core/base/atomic_file.h"

#include "core/base/error.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace panohead {
namespace {

using test::ScratchFolder;
using testing::ElementsAre;
using testing::IsEmpty;

std::string content(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const ScratchFolder folder;
  AtomicFile file(folder / "a.txt");
  file.write(bytes("one "));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.txt"));
  EXPECT_EQ(file.temporaryPath().parent_path(), folder.path());
  EXPECT_EQ(file.temporaryPath().extension(), ".txt");
  file.write(bytes("two"));
  file.commit();
  EXPECT_EQ(content(folder / "a.txt"), "one two");
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(AtomicFile, LeavesTheOldFileWhenAbandoned) {
  const ScratchFolder folder;
  std::ofstream(folder / "a.txt") << "old";
  {
    AtomicFile file(folder / "a.txt");
    file.write(bytes("new"));
  }
  EXPECT_EQ(content(folder / "a.txt"), "old");
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(AtomicFile, ReplacesTheOldFile) {
  const ScratchFolder folder;
  std::ofstream(folder / "a.txt") << "old and longer";
  AtomicFile file(folder / "a.txt");
  file.write(bytes("new"));
  file.commit();
  EXPECT_EQ(content(folder / "a.txt"), "new");
}

TEST(AtomicFile, HasThePermissionsOfAnyNewFile) {
  const ScratchFolder folder;
  const mode_t before = umask(0027);
  AtomicFile file(folder / "a.txt");
  umask(before);
  file.commit();
  EXPECT_EQ(std::filesystem::status(folder / "a.txt").permissions(), std::filesystem::perms{0640});
}

TEST(AtomicFile, TwoWritersOfOneFileKeepApart) {
  const ScratchFolder folder;
  AtomicFile first(folder / "a.txt");
  AtomicFile second(folder / "a.txt");
  first.write(bytes("first"));
  second.write(bytes("second"));
  second.commit();
  EXPECT_EQ(content(folder / "a.txt"), "second");
  first.commit();
  EXPECT_EQ(content(folder / "a.txt"), "first");
}

TEST(AtomicFile, NamesTheFileThatCannotBeWritten) {
  const ScratchFolder folder;
  try {
    AtomicFile file(folder / "missing" / "a.txt");
    FAIL();
  } catch (const SaveError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("missing/a.txt"));
    EXPECT_FALSE(error.hint().empty());
  }
  EXPECT_THROW(AtomicFile(folder.path()), SaveError);
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace panohead
