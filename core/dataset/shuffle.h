#pragma once

#include <cstdint>
#include <vector>

namespace panohead {

/// Fisher-Yates by a generator of our own: a permutation that depends on (seed, stream) and the length
/// only, on every compiler and machine.
void shuffle(std::vector<std::uint32_t>& values, std::uint64_t seed, std::uint64_t stream);

}  // namespace panohead
