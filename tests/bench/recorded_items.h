#pragma once

#include <functional>

namespace panohead::bench {

/// What takes the time of `work`, measured where it happens: convolutions, what the fast path tells profilers
/// of (core/fast/prepared_conv.cpp), LibTorch's other operators by name, and what lies between them. Medians
/// of several runs.
void printItems(const std::function<void()>& work);

}  // namespace panohead::bench
