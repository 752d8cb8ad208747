#pragma once

#include <cstdint>

namespace panohead {

// What lies in the folder of a fit, beside its kept steps.
inline constexpr const char* kFitIndexFile = "fit.json";        // its kept steps and their curves
inline constexpr const char* kFitRequestFile = "request.json";  // what was asked of it (left_fit.h)
inline constexpr const char* kFitPhotosFile = "photos.avatar";

/// Larger ones are of nobody's fit: a step of a curve takes some 300 bytes.
inline constexpr std::uint64_t kMostFitTextBytes = std::uint64_t{256} << 20;

}  // namespace panohead
