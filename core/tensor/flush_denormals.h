#pragma once

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace panohead {

/// While this lives, numbers of this thread below 1.2e-38 are zeros. Gradients of rays behind a surface are
/// full of them (products of transmittances), and processors do arithmetic on them a hundred times slower.
class FlushDenormals {
 public:
#if defined(__SSE__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(before_); }
  /// Whether one lives in this thread.
  static bool active() { return (_mm_getcsr() & kFlushToZero) != 0; }
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
  static bool active() { return false; }
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE__)
 private:
  static constexpr unsigned kFlushToZero = 0x8000;
  static constexpr unsigned kDenormalsAreZero = 0x0040;
  unsigned before_;
#endif
};

}  // namespace panohead
