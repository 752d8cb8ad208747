#pragma once

#include "core/tensor/tensor_fwd.h"

#include <c10/core/Device.h>

#include <string_view>

namespace panohead {

class Communicator;

/// "auto": this rank's GPU where LibTorch has one, else the CPU. Throws DeviceError when "cuda" is asked for
/// and LibTorch has none.
at::Device trainingDevice(std::string_view name, int local_rank);

/// Throws DeviceError, on every rank, when some have a GPU and others none: their exchanges would not meet.
/// Collective.
void requireSameKind(at::Device own, Communicator& ranks);

/// What the published program tells cuDNN and cuBLAS: find the fastest algorithm for the shapes that come
/// again and again, and compute float32 in float32, not in TF32. trainingDevice() does so for a GPU.
void useTrainingArithmetic();

/// Waits until the device has done what it was given; nothing on the CPU.
void synchronise(at::Device device);

/// Compute threads of this process, one of `local_size` ranks of its machine: as many as were `asked` for, or
/// as OMP_NUM_THREADS says, or its share of the processors that it may use. At least 1.
int threadsOfRank(int asked, int local_size);

/// From now on a process that shares its machine with other ranks computes with that many. @return its
/// threads
int shareThreads(int asked, int local_size);

/// Resident memory of this process, in GiB.
double residentGigabytes();

/// The most of a GPU's memory that tensors took, and that LibTorch held for them, in GiB; 0 on CPUs.
struct DeviceGigabytes {
  double allocated = 0;
  double reserved = 0;
};
DeviceGigabytes peakDeviceMemory(at::Device device);

}  // namespace panohead
