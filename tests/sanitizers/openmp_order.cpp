// Linked into programs that are built with ThreadSanitizer. It knows threads, mutexes and atomics, but not
// how libgomp, which is built without it, starts its threads and waits for them: without this file whatever
// the threads of a parallel region read of what was written before it, or write for what comes after it, is
// reported as a race. Suppressing these reports would hide the true ones between the threads of a region.
//
// The program's GOMP_parallel() is found before libgomp's by everybody, LibTorch and oneDNN among them.

#include <sanitizer/tsan_interface.h>

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace {

struct Region {
  void (*work)(void*);
  void* data;
  char begin = 0, end = 0;  // their addresses alone matter
};

/// What each of the region's threads does, the calling one among them.
void runOrdered(void* region_data) {
  Region& region = *static_cast<Region*>(region_data);
  __tsan_acquire(&region.begin);
  region.work(region.data);
  __tsan_release(&region.end);
}

}  // namespace

extern "C" void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags) {
  using Parallel = void (*)(void (*)(void*), void*, unsigned, unsigned);
  static const auto libgomps = reinterpret_cast<Parallel>(dlsym(RTLD_NEXT, "GOMP_parallel"));
  if (libgomps == nullptr) {
    std::fputs("openmp_order.cpp: there is no libgomp behind it\n", stderr);
    std::abort();
  }
  Region region{work, data};
  __tsan_release(&region.begin);
  libgomps(runOrdered, &region, threads, flags);
  __tsan_acquire(&region.end);
}
