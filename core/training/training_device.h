#pragma once

#include "core/tensor/tensor_fwd.h"

#include <c10/core/Device.h>

#include <string_view>

namespace panohead {

/// "auto": this rank's GPU where LibTorch has one, else the CPU. Throws DeviceError when "cuda" is asked for
/// and LibTorch has none.
at::Device trainingDevice(std::string_view name, int local_rank);

/// Resident memory of this process, and the most that tensors took of a GPU (0 on CPUs), in GiB.
double residentGigabytes();
double peakDeviceGigabytes(at::Device device);

}  // namespace panohead
