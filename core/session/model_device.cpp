#include "core/session/model_device.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <mutex>
#include <new>

namespace panohead {

namespace {

constexpr char kGoesOn[] = "; the processor goes on";

/// LibTorch adds a whole stack trace.
std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string failure(const std::string& device, const std::exception& error) {
  const auto* memory = dynamic_cast<const c10::OutOfMemoryError*>(&error);
  return fmt::format(
      "{} cannot draw: {}", device, memory != nullptr ? "its memory is full" : firstLine(error.what()));
}

}  // namespace

struct ModelDevice::State {
  mutable std::mutex mutex;
  bool draws = false;
  bool failed = false;
  std::string reason;
  std::string name;  // of the device: asking its driver may take long
};

ModelDevice::ModelDevice() : state_(std::make_shared<State>()) {}

ModelDevice::ModelDevice(DeviceChoice choice, const DrawDevice& device, const Generator& generator)
    : ModelDevice() {
  if (choice == DeviceChoice::Cpu) {
    return;
  }
  state_->reason = device.unavailable();
  if (state_->reason.empty()) {
    device_ = &device;
    state_->name = device.name();
    state_->draws = true;
    load(generator);
  }
}

void ModelDevice::load(const Generator& generator) {
  try {
    networks_ = device_->load(generator);
    if (networks_ == nullptr) {
      const std::lock_guard lock(state_->mutex);
      state_->draws = false;
      state_->reason = state_->name + " does not know models of this kind";
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    refuse(failure(state_->name, error));
  }
}

std::shared_ptr<const ModelDevice> ModelDevice::with(const Generator& tuned, JobContext& context) const {
  auto other = std::make_shared<ModelDevice>(*this);
  if (draws()) {
    other->load(tuned);
    if (const DrawnBy by = drawnBy(); by.failed) {
      context.notice(by.reason + kGoesOn);
    }
  }
  return other;
}

bool ModelDevice::draws() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->draws;
}

DrawnBy ModelDevice::drawnBy() const {
  const std::lock_guard lock(state_->mutex);
  return {
      .device = state_->draws ? fmt::format("{}, LibTorch {}", state_->name, TORCH_VERSION) : computeDevice(),
      .gpu = state_->draws,
      .reason = state_->reason,
      .failed = state_->failed};
}

bool ModelDevice::attempt(JobContext& context, const std::function<void(const DeviceModel&)>& work) const {
  if (!draws()) {
    return false;
  }
  try {
    work(*networks_);
    return true;
  } catch (const Cancelled&) {
    throw;
  } catch (const OptionError&) {  // no fault of the device
    throw;
  } catch (const std::bad_alloc&) {  // of the host
    throw;
  } catch (const std::exception& error) {
    const std::string reason = failure(state_->name, error);
    refuse(reason);
    context.notice(reason + kGoesOn);
    return false;
  }
}

void ModelDevice::refuse(const std::string& reason) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->failed) {
    state_->reason = reason;
  }
  state_->draws = false;
  state_->failed = true;
}

}  // namespace panohead
