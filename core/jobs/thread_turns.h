#pragma once

namespace panohead {

/// Whose turn it is when threads are more than processors. Both are wishes: systems that know them not leave
/// everything as it is.

/// For the thread that hears the user: short turns, which it gets as soon as it wants one (Linux 6.12's
/// slices; EEVDF, Stoica and Abdel-Wahab 1995). Threads that it starts from then on inherit them, which those
/// that draw the window and fetch its events shall; so do programs.
void answerAtOnce() noexcept;

/// Undoes that: for a program that may have been started by one whose turns are short.
void takeUsualTurns() noexcept;

/// For threads that compute, and take every processor: behind the others, and in turns of the usual length.
void computeBehindOthers() noexcept;

}  // namespace panohead
