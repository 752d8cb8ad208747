#include "core/jobs/thread_turns.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

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

}  // namespace
}  // namespace panohead
