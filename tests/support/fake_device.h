#pragma once

#include "core/session/studio.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

namespace panohead::test {

/// Stands in for a GPU: the processor's own renderers, which work, draw wrongly or fail as a test likes. It
/// outlives the models that it draws.
class FakeDevice {
 public:
  static constexpr char kName[] = "Fake GPU";

  enum class Fault {
    None,
    Picture,     // a patch of other colours
    Mask,        // the head is a little larger
    NotANumber,  // of one pixel
    Stale,       // a size that was drawn before is shown again, whatever the camera
    CutOut,      // only what is drawn without a background
    Planes       // another person's
  };
  enum class Failure { None, Error, Memory, Foreign };

  FakeDevice();
  ~FakeDevice();
  FakeDevice(const FakeDevice&) = delete;
  FakeDevice& operator=(const FakeDevice&) = delete;

  std::string unavailable{};  // why it is not there
  bool knows_models = true;
  std::atomic<Fault> fault = Fault::None;
  std::atomic<Failure> loading = Failure::None;                    // when networks are copied
  std::atomic<Failure> drawing = Failure::None;                    // when a frame is half drawn
  std::atomic<Failure> making = Failure::None;                     // when a head is copied
  std::atomic<int> loaded = 0, planes = 0, heads = 0, frames = 0;  // what it was asked for

  /// openModel() where this is the GPU.
  ModelPtr open(const std::filesystem::path& path, DeviceChoice choice, JobContext& context) const;

 private:
  class Device;
  std::unique_ptr<Device> device_;
};

}  // namespace panohead::test
