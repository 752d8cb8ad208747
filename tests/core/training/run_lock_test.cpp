#include "core/training/run_lock.h"

#include "core/base/error.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <unistd.h>

namespace panohead {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string messageOf(const std::filesystem::path& folder) {
  try {
    const RunLock lock(folder);
  } catch (const TrainingError& error) {
    return error.what();
  }
  return "";
}

TEST(RunLock, IsHeldByOneAtATime) {
  const test::ScratchFolder folder;
  std::optional<RunLock> first(folder.path());
  EXPECT_THAT(messageOf(folder.path()),
              AllOf(HasSubstr(folder.path().string()), HasSubstr(std::to_string(getpid()))));
  first.reset();
  EXPECT_EQ(messageOf(folder.path()), "");
}

TEST(RunLock, EndsWithItsProcess) {
  const test::ScratchFolder folder;
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const RunLock lock(folder.path());
    static_cast<void>(!write(pipe_ends[1], "x", 1));
    pause();
    _exit(0);
  }
  close(pipe_ends[1]);
  char byte = 0;
  ASSERT_EQ(read(pipe_ends[0], &byte, 1), 1);
  close(pipe_ends[0]);
  EXPECT_THAT(messageOf(folder.path()), HasSubstr("process " + std::to_string(child) + " "));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(messageOf(folder.path()), "");
}

TEST(RunLock, ALockOfAnotherMachineHoldsWhileItIsTouched) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "run.lock") << "4711\nnode17.cluster\n2026-01-01 00:00:00 UTC\n";
  EXPECT_THAT(messageOf(folder.path()), AllOf(HasSubstr("4711"), HasSubstr("node17.cluster")));
  std::filesystem::last_write_time(folder / "run.lock",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2));
  EXPECT_EQ(messageOf(folder.path()), "");
}

TEST(RunLock, ASurvivingRankTakesOverFromALostMachine) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "run.lock") << "4711\nnode17.cluster\n2026-01-01 00:00:00 UTC\n";
  const RunLock survivor(folder.path(), true);
  std::ifstream stream(folder / "run.lock");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text, testing::StartsWith(std::to_string(getpid()) + "\n"));
  EXPECT_THAT(messageOf(folder.path()), HasSubstr("in use"));  // by the survivor
}

TEST(RunLock, NonsenseInTheFileHoldsNobodyUp) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "run.lock") << "\xff nonsense";
  EXPECT_EQ(messageOf(folder.path()), "");
}

TEST(RunLock, AFolderThatCannotBeWrittenIsNoTrainingError) {
  const test::ScratchFolder folder;
  EXPECT_THROW(RunLock(folder / "missing"), SaveError);
}

}  // namespace
}  // namespace panohead
