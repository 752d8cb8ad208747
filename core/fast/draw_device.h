#pragma once

#include "core/fast/head_renderer.h"

#include <memory>
#include <string>

namespace panohead {

/// The networks of one model on a device that draws its heads.
class DeviceModel {
 public:
  virtual ~DeviceModel() = default;

  /// The tri-grids of a head in host memory, packed as those of fastPlanes(), and as near to them.
  /// @param ws [1, num_ws, w_dim], in host memory  @param run of any noise but the random one
  virtual at::Tensor planes(const at::Tensor& ws, const nn::SynthesisRun& run) const = 0;

  /// A renderer that takes labels and backgrounds in host memory; what it draws may lie on the device.
  /// @param head in host memory, planes packed. What is needed of it is copied.
  virtual std::unique_ptr<HeadRenderer> renderer(const PreparedHead& head) const = 0;
};

/// What draws heads beside the processor: a GPU. Whatever its models and renderers throw, Cancelled excepted,
/// means that the processor has to.
class DrawDevice {
 public:
  virtual ~DrawDevice() = default;

  /// Why it cannot be used here, in a sentence; empty when it can. Never throws.
  virtual std::string unavailable() const = 0;

  /// "NVIDIA H200 (CUDA)"
  virtual std::string name() const = 0;

  /// Copies the networks, which takes as much memory of the device. Null: it cannot draw such a model, nor
  /// does it draw any that makeFastModel() does not know.
  virtual std::shared_ptr<const DeviceModel> load(const Generator& generator) const = 0;
};

/// The current CUDA device (core/fast/cuda).
const DrawDevice& cudaDevice();

}  // namespace panohead
