#include "core/inversion/vgg_distance.h"

#include "core/base/error.h"
#include "core/checkpoint/mapped_file.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/torchscript_file.h"

#include <fmt/format.h>
#include <torch/script.h>

#include <sstream>

namespace panohead {

namespace {

std::string reasonOf(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
}

torch::jit::Module load(const std::filesystem::path& path, at::Device device) {
  const MappedFile mapping(path);
  std::istringstream stream(torchScriptArchive({path.string(), mapping.bytes()}));
  try {
    torch::jit::Module network = torch::jit::load(stream, device);
    static_cast<void>(network.get_method("forward"));  // throws where there is none
    return network;
  } catch (const std::exception& error) {
    throw CheckpointError(fmt::format("'{}' is no TorchScript that this LibTorch can run", path.string()),
                          "give VGG16 as TorchScript, or leave it out",
                          reasonOf(error));
  }
}

}  // namespace

struct VggDistance::Module {
  torch::jit::Module network;
  std::string file;
  bool published = false;  // has the published file's arguments
};

VggDistance::VggDistance(const std::filesystem::path& path, at::Device device, JobContext& context) {
  context.checkpoint();
  context.report({"loading " + path.filename().string(), 0, 0, {}});
  module_ = std::make_unique<Module>(Module{load(path, device), path.string(), false});
  module_->network.eval();
  for (const at::Tensor& parameter : module_->network.parameters()) {
    parameter.set_requires_grad(false);
  }
  for (const c10::Argument& argument :
       module_->network.get_method("forward").function().getSchema().arguments()) {
    module_->published = module_->published || argument.name() == "return_lpips";
  }
}

VggDistance::~VggDistance() = default;

at::Tensor VggDistance::operator()(const at::Tensor& picture) const {
  torch::jit::Kwargs named;
  if (module_->published) {
    named.emplace("resize_images", false);
    named.emplace("return_lpips", true);
  }
  try {
    const at::IValue value = module_->network.get_method("forward")({(picture + 1.0) * 127.5}, named);
    if (value.isTensor() && value.toTensor().dim() >= 2 && value.toTensor().size(0) == picture.size(0)) {
      return value.toTensor().to(at::kFloat).flatten(1);
    }
  } catch (const std::exception& error) {
    throw CheckpointError(fmt::format("'{}': the TorchScript failed", module_->file),
                          "it must map float32 [N, 3, H, W] in 0..255 to features [N, d]",
                          reasonOf(error));
  }
  throw CheckpointError(
      fmt::format("'{}': the TorchScript gives no row of features for each picture", module_->file),
      "it must map float32 [N, 3, H, W] in 0..255 to features [N, d]");
}

}  // namespace panohead
