#include "tests/support/fake_device.h"

#include "core/base/error.h"
#include "core/session/model_device.h"
#include "core/tensor/prelude.h"

#include <c10/util/Exception.h>

#include <list>
#include <mutex>
#include <stdexcept>

namespace panohead::test {

namespace {

using Fault = FakeDevice::Fault;
using Failure = FakeDevice::Failure;

void failAs(Failure failure) {
  switch (failure) {
    case Failure::None:
      return;
    case Failure::Error:
      throw DeviceError("CUDA cannot draw: an illegal memory access was encountered");
    case Failure::Memory:
      TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 20.00 MiB");
      return;
    case Failure::Foreign:
      throw std::runtime_error("CUDA error: unspecified launch failure\nin a file that nobody knows");
  }
}

class FakeRenderer final : public HeadRenderer {
 public:
  FakeRenderer(FakeDevice& device, std::unique_ptr<HeadRenderer> inner)
      : device_(device), inner_(std::move(inner)) {}

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    ++device_.frames;
    FeatureImage image = inner_->renderFeature(label, settings);
    failAs(device_.drawing);
    if (device_.fault == Fault::CutOut) {
      image.feature = image.feature * 1.5;
    }
    return image;
  }
  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const SynthesisSettings& settings) const override {
    return inner_->finish(image, background, settings);
  }
  SynthesisOutput draw(const at::Tensor& label,
                       const at::Tensor& background,
                       const SynthesisSettings& settings) const override {
    ++device_.frames;
    if (settings.stage) {
      settings.stage("frame");
    }
    SynthesisOutput output = inner_->draw(label, background, settings);
    failAs(device_.drawing);
    const at::Tensor& shown = output.image.defined() ? output.image : output.image_raw;
    switch (device_.fault) {
      case Fault::Picture:
        shown.slice(2, 8, 24).slice(3, 8, 24).neg_().add_(0.5);
        break;
      case Fault::Mask:
        output.mask = at::max_pool2d(output.mask, 3, 1, 1);
        break;
      case Fault::NotANumber:
        output.mask[0][0][5][5] = std::nan("");
        break;
      case Fault::Stale:
        return stale(output);
      default:
        break;
    }
    return output;
  }

 private:
  SynthesisOutput stale(const SynthesisOutput& output) const {
    const std::lock_guard lock(mutex_);
    for (const SynthesisOutput& before : drawn_) {
      if (before.image.defined() == output.image.defined() &&
          before.image_raw.sizes() == output.image_raw.sizes()) {
        return before;
      }
    }
    drawn_.push_back(output);
    return output;
  }

  FakeDevice& device_;
  std::unique_ptr<HeadRenderer> inner_;
  mutable std::mutex mutex_;
  mutable std::list<SynthesisOutput> drawn_;
};

class FakeNetworks final : public DeviceModel {
 public:
  FakeNetworks(FakeDevice& device, const Generator& generator)
      : device_(device), generator_(generator.withParameters({})), fast_(makeFastModel(generator_)) {}

  at::Tensor planes(const at::Tensor& ws, const nn::SynthesisRun& run) const override {
    ++device_.planes;
    return fastPlanes(*fast_, device_.fault == Fault::Planes ? ws.flip({2}) : ws, run);
  }
  std::unique_ptr<HeadRenderer> renderer(const PreparedHead& head) const override {
    ++device_.heads;
    failAs(device_.making);
    return std::make_unique<FakeRenderer>(device_, fastRenderer(fast_, head));
  }

 private:
  FakeDevice& device_;
  Generator generator_;
  std::shared_ptr<const FastModel> fast_;
};

}  // namespace

class FakeDevice::Device final : public DrawDevice {
 public:
  explicit Device(FakeDevice& device) : device_(device) {}
  std::string unavailable() const override { return device_.unavailable; }
  std::string name() const override { return kName; }
  std::shared_ptr<const DeviceModel> load(const Generator& generator) const override {
    ++device_.loaded;
    failAs(device_.loading);
    return device_.knows_models ? std::make_shared<const FakeNetworks>(device_, generator) : nullptr;
  }

 private:
  FakeDevice& device_;
};

FakeDevice::FakeDevice() : device_(std::make_unique<Device>(*this)) {}
FakeDevice::~FakeDevice() = default;

ModelPtr FakeDevice::open(const std::filesystem::path& path, DeviceChoice choice, JobContext& context) const {
  return openModelOn(path, choice, *device_, context);
}

}  // namespace panohead::test
