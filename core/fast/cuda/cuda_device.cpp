// CUDA as what draws heads beside the processor. Built with any LibTorch: one without CUDA says so here.
#include "core/fast/cuda/cuda_renderer.h"
#include "core/fast/cuda/device_memory.h"
#include "core/fast/draw_device.h"
#include "core/generator/generator_copy.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"

#include <ATen/Context.h>

namespace panohead {

namespace {

class CudaNetworks final : public DeviceModel {
 public:
  explicit CudaNetworks(const Generator& generator)
      : generator_(copyOf(generator, at::kCUDA)), model_(makeCudaModel(generator_)) {}
  bool known() const noexcept { return model_ != nullptr; }

  at::Tensor planes(const at::Tensor& ws, const nn::SynthesisRun& run) const override {
    const at::NoGradGuard no_grad;
    const at::Tensor planes = generator_.planes(ws.to(at::kCUDA), run);
    return packPlanes(planes, generator_.config().triplane_depth).to(at::kBFloat16).to(at::kCPU).contiguous();
  }

  std::unique_ptr<HeadRenderer> renderer(const PreparedHead& head) const override {
    const at::NoGradGuard no_grad;
    PreparedHead there;
    there.planes = head.planes.to(at::kCUDA);
    there.last_w = head.last_w.to(at::kCUDA);
    return cudaRenderer(model_, there);
  }

 private:
  Generator generator_;
  std::shared_ptr<const CudaModel> model_;  // refers to it
};

class CudaDevice final : public DrawDevice {
 public:
  std::string unavailable() const override {
    if (const std::string& reason = fast::cuda::unavailable(); !reason.empty()) {
      return reason;
    }
    return at::globalContext().hasCUDA() ? std::string() : "this program's LibTorch has no CUDA";
  }
  std::string name() const override { return fast::cuda::deviceName() + " (CUDA)"; }
  std::shared_ptr<const DeviceModel> load(const Generator& generator) const override {
    auto networks = std::make_shared<const CudaNetworks>(generator);
    return networks->known() ? networks : nullptr;
  }
};

}  // namespace

const DrawDevice& cudaDevice() {
  static const CudaDevice device;
  return device;
}

}  // namespace panohead
