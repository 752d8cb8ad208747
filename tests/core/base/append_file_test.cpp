#include "core/base/append_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace panohead {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(AppendFile, AddsToWhatIsThere) {
  const test::ScratchFolder folder;
  AppendFile(folder / "a").append("one\n");
  AppendFile again(folder / "a");
  again.append("two\n");
  again.append("three\n");
  EXPECT_EQ(content(folder / "a"), "one\ntwo\nthree\n");
}

TEST(AppendFile, WithoutRoomKeepsWholePiecesAndCanGoOn) {
  const test::ScratchFolder folder;
  AppendFile file(folder / "a");
  file.append("one\n");
  {
    const test::FileSizeLimit limit(6);
    EXPECT_THROW(file.append("two two\n"), DiskFullError);
  }
  EXPECT_EQ(content(folder / "a"), "one\n");
  file.append("two two\n");
  EXPECT_EQ(content(folder / "a"), "one\ntwo two\n");
}

TEST(AppendFile, NamesTheFileThatCannotBeWritten) {
  const test::ScratchFolder folder;
  try {
    const AppendFile file(folder / "missing" / "a");
    FAIL();
  } catch (const DiskFullError&) {
    FAIL() << "that is no full disk";
  } catch (const SaveError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("missing/a"));
  }
}

TEST(AtomicFile, WithoutRoomKeepsTheOldFile) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "a") << "old";
  {
    const test::FileSizeLimit limit(4);
    AtomicFile file(folder / "a");
    const std::string text = "new and longer";
    EXPECT_THROW(file.write(std::as_bytes(std::span(text))), DiskFullError);
  }
  EXPECT_EQ(content(folder / "a"), "old");
  EXPECT_THAT(folder.names(), testing::ElementsAre("a"));
}

}  // namespace
}  // namespace panohead
