#pragma once

#include "core/fast/draw_device.h"
#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <functional>
#include <memory>
#include <string>

namespace panohead {

/// Whether a device draws the heads of a model. It does from its choice to its first failure; then, and
/// everywhere else, the processor does. All functions may be called from any thread.
class ModelDevice {
 public:
  /// The processor, because nothing else was asked for.
  ModelDevice();

  /// The device, if the choice allows for it, it is there, and it takes the model.
  ModelDevice(DeviceChoice choice, const DrawDevice& device, const Generator& generator);

  /// For the same model with other weights, of an avatar: on the same device, if that still draws. A failure
  /// of either stops both; the context is told.
  std::shared_ptr<const ModelDevice> with(const Generator& tuned, JobContext& context) const;

  bool draws() const noexcept;
  DrawnBy drawnBy() const;

  /// Lets the device work. False: there is none or it failed, which the context is told, and the processor
  /// has to do it. Throws Cancelled, and what is no fault of the device: OptionError, std::bad_alloc.
  bool attempt(JobContext& context, const std::function<void(const DeviceModel&)>& work) const;

  /// It draws no longer. @param reason why, in a sentence; the first one stays
  void refuse(const std::string& reason) const;

 private:
  struct State;
  void load(const Generator& generator);

  std::shared_ptr<State> state_;  // shared by all weights of the model
  const DrawDevice* device_ = nullptr;
  std::shared_ptr<const DeviceModel> networks_;  // null: none, or it did not take the model
};

/// openModel() on a given device; that one says cudaDevice().
ModelPtr openModelOn(const std::filesystem::path& path,
                     DeviceChoice choice,
                     const DrawDevice& device,
                     JobContext& context);

}  // namespace panohead
