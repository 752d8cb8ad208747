#pragma once

namespace panohead {

/// Lets this process keep the memory that it frees: a training step allocates and frees the same large
/// buffers again and again, and by default each time asks the kernel for fresh pages (a quarter of a step on
/// CPUs). Also asks LibTorch for huge pages. Once, at the start of a training process, before the first
/// tensor; not for interactive programs, whose memory would stay at its peak. No effect without glibc.
void tuneAllocatorForTraining() noexcept;

/// Lets large buffers go back to the system as soon as they are freed, at the price of fresh pages for each:
/// for work that is done once, whose peak counts (a third of the memory of a mesh). No effect without glibc.
void tuneAllocatorForSmallPeaks() noexcept;

}  // namespace panohead
