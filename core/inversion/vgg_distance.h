#pragma once

#include "core/jobs/job.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>

namespace panohead {

/// VGG16 as TorchScript, whose features' squared distance is perceptual (LPIPS; Zhang et al. 2018). A program
/// of the user's: LibTorch's interpreter runs it, so only files that the user named come here. Call forms:
/// the published file's forward(x, resize_images=False, return_lpips=True) -> [N, d], or forward(x) -> [N,
/// ...]. x is float32 in 0..255.
class VggDistance {
 public:
  /// Throws CheckpointError: missing, damaged, no TorchScript, or of another call form.
  VggDistance(const std::filesystem::path& path, at::Device device, JobContext& context);
  ~VggDistance();

  /// @param picture [N, 3, H, W] in [-1, 1], on the device  @return [N, d] differentiable
  /// Throws CheckpointError when the program fails.
  at::Tensor operator()(const at::Tensor& picture) const;

 private:
  struct Module;
  std::unique_ptr<Module> module_;
};

}  // namespace panohead
