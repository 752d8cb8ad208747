// That freed memory stays with the process, in one of its own: the setting is for good.
#include "core/base/allocator_tuning.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

// Resident pages of this process, of /proc/self/statm.
long residentPages() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long all = 0, resident = 0;
  const bool read = file != nullptr && std::fscanf(file, "%ld %ld", &all, &resident) == 2;
  if (file != nullptr) {
    std::fclose(file);
  }
  return read ? resident : 0;
}

// What stays with the process when every second of many buffers is freed, in pages.
long pagesKept() {
  constexpr std::size_t kBytes = 24U << 20;  // under the largest threshold that glibc comes to by itself
  volatile char* grows = static_cast<volatile char*>(std::malloc(kBytes));
  grows[0] = 1;  // else the compiler leaves both out
  std::free(const_cast<char*>(grows));
  const long before = residentPages();
  std::array<void*, 8> buffers{};
  for (void*& buffer : buffers) {
    buffer = std::malloc(kBytes);
    std::memset(buffer, 1, kBytes);
  }
  for (std::size_t i = 0; i < buffers.size(); i += 2) {
    std::free(buffers[i]);
  }
  return residentPages() - before;
}

TEST(AllocatorTuning, LargeBuffersGoBackAtOnce) {
#ifndef __GLIBC__
  GTEST_SKIP() << "only for glibc";
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers bring their own allocator";
#endif
  constexpr long kBuffer = (24L << 20) / 4096;
  const auto keptBy = [](void (*tune)()) {
    const pid_t child = fork();
    if (child == 0) {
      tune();
      _exit(static_cast<int>(pagesKept() / kBuffer));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_GT(keptBy([] {}), 6) << "nothing to gain here, and nothing shown";
  EXPECT_LE(keptBy([] { tuneAllocatorForSmallPeaks(); }), 4);
}

}  // namespace
}  // namespace panohead
