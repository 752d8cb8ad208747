#include "core/jobs/thread_turns.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>
#include <unistd.h>

namespace panohead {
namespace {

int niceness() { return getpriority(PRIO_PROCESS, 0); }  // Linux: of the calling thread

TEST(ThreadTurns, ComputingGoesBehindAndAnsweringStaysWhereItIs) {
#ifndef __linux__
  GTEST_SKIP() << "no turns on this system";
#endif
  const int before = niceness();
  int computing = 0, answering = 0, beside = 0;
  std::thread([&] {
    computeBehindOthers();
    computing = niceness();
    std::thread([&] { beside = niceness(); }).join();
    answerAtOnce();  // no thread goes in front of those that it was put behind
    answering = niceness();
  }).join();
  EXPECT_EQ(computing, std::max(before, 5));
  EXPECT_EQ(beside, computing) << "threads of a library that a worker starts";
  EXPECT_EQ(answering, computing);
  EXPECT_EQ(niceness(), before) << "other threads are left alone";
}

/// Nanoseconds of the calling thread's turn; 0 before Linux 6.12.
std::uint64_t turn() {
  std::array<std::uint64_t, 7> attributes{};  // struct sched_attr; its sched_runtime is the fourth
  return syscall(SYS_sched_getattr, 0, attributes.data(), unsigned{sizeof attributes}, 0U) == 0
             ? attributes[3]
             : 0;
}

TEST(ThreadTurns, ShortOnesAreInheritedUntilTheyAreUndone) {
  const std::uint64_t usual = turn();
  if (usual == 0) {
    GTEST_SKIP() << "this system has no turns of a length that can be asked for";
  }
  std::uint64_t answering = 0, child = 0, computing = 0, undone = 0;
  std::thread([&] {
    answerAtOnce();
    answering = turn();
    std::thread([&] {
      child = turn();
      computeBehindOthers();
      computing = turn();
    }).join();
    takeUsualTurns();
    undone = turn();
  }).join();
  EXPECT_LT(answering, usual);
  EXPECT_EQ(child, answering);
  EXPECT_EQ(computing, usual);
  EXPECT_EQ(undone, usual);
}

}  // namespace
}  // namespace panohead
