#include "core/jobs/thread_turns.h"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <sched.h>
#include <unistd.h>
#endif

namespace panohead {

namespace {

#ifdef __linux__
// struct sched_attr of <linux/sched/types.h>, as it was first: the C library has no name for it.
struct Turns {
  std::uint32_t size = sizeof(Turns);
  std::uint32_t policy = static_cast<std::uint32_t>(sched_getscheduler(0));  // stays
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // ns of a turn; 0: the system's
  std::uint64_t deadline = 0, period = 0;
};
static_assert(sizeof(Turns) == 48);

int niceness() noexcept { return getpriority(PRIO_PROCESS, 0); }  // of this thread

void ask(const Turns& turns) noexcept {
  syscall(SYS_sched_setattr, 0, &turns, 0U);  // of this thread; may fail, nothing lost
}
#endif

}  // namespace

void answerAtOnce() noexcept {
#ifdef __linux__
  ask({.nice = niceness(), .runtime = 200'000});
#endif
}

void takeUsualTurns() noexcept {
#ifdef __linux__
  ask({.nice = niceness()});
#endif
}

void computeBehindOthers() noexcept {
#ifdef __linux__
  constexpr int kNice = 5;  // more, and it starves beside anything else that computes
  ask({.nice = std::max(niceness(), kNice)});
#endif
}

}  // namespace panohead
