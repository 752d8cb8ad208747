#include "core/base/atomic_file.h"

#include "core/base/error.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <string_view>
#include <unistd.h>
#include <vector>

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

/// A process that dies in the middle of writing `path`.
void dieWriting(const std::filesystem::path& path) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto* file = new AtomicFile(path);
    file->write(bytes("half"));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

TEST(AtomicFile, LeftoversOfDeadWritersAreRemovedAndThoseOfLivingOnesStay) {
  const ScratchFolder folder;
  const std::vector<std::string_view> stems{"step", "fit"};
  dieWriting(folder / "step000012.fit");
  dieWriting(folder / "fit.json");
  dieWriting(folder / "stepless");
  dieWriting(folder / "other.fit");
  ASSERT_EQ(folder.names().size(), 4U);
  AtomicFile living(folder / "step000013.fit");
  living.write(bytes("whole"));
  std::ofstream(folder / ".step-notes.txt") << "of the user";
  removeLeftovers(folder.path(), stems);
  ASSERT_EQ(folder.names().size(), 3U) << "the living one, the notes, and what is of another kind";
  living.commit();
  EXPECT_EQ(content(folder / "step000013.fit"), "whole");
  EXPECT_THAT(folder.names(),
              ElementsAre(testing::StartsWith(".other."), ".step-notes.txt", "step000013.fit"));
  removeLeftovers(folder / "nowhere", stems);
}

TEST(AtomicFile, WhoHoldsTheFolderAsksNoLocks) {
  const ScratchFolder folder;
  const std::vector<std::string_view> stems{"a"};
  const AtomicFile locked(folder / "a.txt");
  removeLeftovers(folder.path(), stems);
  EXPECT_EQ(folder.names().size(), 1U);
  removeLeftovers(folder.path(), stems, true);
  EXPECT_THAT(folder.names(), IsEmpty());
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
