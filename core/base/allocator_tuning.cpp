#include "core/base/allocator_tuning.h"

#include <climits>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace panohead {

void tuneAllocatorForTraining() noexcept {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);              // large buffers come from the heap, too ..
  mallopt(M_TRIM_THRESHOLD, INT_MAX);  // .. which is never given back ..
  mallopt(M_TOP_PAD, 256 << 20);       // .. and grows in large steps.
  mallopt(M_ARENA_MAX, 1);             // threads beside the main one have heaps too small for such buffers
  // Read by LibTorch when it allocates for the first time.
  setenv("THP_MEM_ALLOC_ENABLE", "1", 0);
#endif
}

void tuneAllocatorForSmallPeaks() noexcept {
#ifdef __GLIBC__
  // Set, it no longer grows to 32 MiB with what is freed.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

}  // namespace panohead
