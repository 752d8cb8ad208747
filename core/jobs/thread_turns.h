#pragma once

namespace panohead {

/// Whose turn it is when threads are more than processors. Both are wishes: systems that know them not leave
/// everything as it is.

/// For the thread that hears the user: short turns, which it gets as soon as it wants one (Linux 6.12's
/// slices; EEVDF, Stoica and Abdel-Wahab 1995). Threads and programs that it starts do not inherit them.
void answerAtOnce() noexcept;

/// For threads that compute, and take every processor: behind the others, and in turns of the usual length.
void computeBehindOthers() noexcept;

}  // namespace panohead
