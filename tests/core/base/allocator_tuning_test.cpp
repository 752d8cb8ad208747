// That freed memory stays with the process, in one of its own: the setting is for good.
#include "core/base/allocator_tuning.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdlib>
#include <unistd.h>

namespace panohead {
namespace {

// Page faults of a buffer that is as large as one freed before.
long pageFaultsOfTheSecondBuffer() {
  constexpr std::size_t kBytes = 64U << 20;
  constexpr std::size_t kPage = 4096;
  const auto touch = [] {
    volatile char* buffer = static_cast<volatile char*>(std::malloc(kBytes));
    for (std::size_t i = 0; i < kBytes; i += kPage) {
      buffer[i] = 1;
    }
    std::free(const_cast<char*>(buffer));
  };
  touch();
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  touch();
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(AllocatorTuning, ALargeBufferIsNotFetchedTwice) {
#ifndef __GLIBC__
  GTEST_SKIP() << "only for glibc";
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers bring their own allocator";
#endif
  const pid_t child = fork();
  if (child == 0) {
    if (pageFaultsOfTheSecondBuffer() < 1000) {
      _exit(2);  // nothing to gain here, and nothing shown
    }
    tuneAllocatorForTraining();
    _exit(pageFaultsOfTheSecondBuffer() < 100 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace panohead
