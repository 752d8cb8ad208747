#pragma once

#include "core/generator/discriminator.h"
#include "core/jobs/job.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>

namespace panohead {

/// What is judged: a batch of pictures.
struct FeatureInput {
  at::Tensor image;  // [N, 3, R, R] in [-1, 1]
  at::Tensor raw;    // [N, 3, r, r] in [-1, 1]
  at::Tensor mask;   // [N, 1, r, r] in [0, 1]; undefined: none
};

/// A network whose feature space distributions are compared in.
class FeatureNetwork {
 public:
  virtual ~FeatureNetwork() = default;
  virtual std::string name() const = 0;
  /// Tells networks apart in cached features; empty: features are not cached.
  virtual std::string fingerprint() const = 0;
  /// [N, d] float32 on the CPU
  virtual at::Tensor features(const FeatureInput& input) = 0;
  /// Class probabilities [N, classes], or undefined when the network has none.
  virtual at::Tensor probabilities(const FeatureInput&) { return {}; }
};

/// A TorchScript of the user's: a program that LibTorch's interpreter runs, so only files that the user
/// named and trusts come here. Call forms, first that fits:
///   forward(x, return_features=True) -> features and forward(x, no_output_bias=True) -> probabilities
///     (the published Inception network),
///   forward(x) -> features, (features, logits), or a dictionary with "features" and "logits".
/// x is uint8 [N, 3, H, W]; where the program refuses that, float32 in 0..255. Feature maps are averaged over
/// their pixels; rows of logits that are not probabilities already go through softmax.
/// Throws CheckpointError: missing, damaged, no TorchScript, or of another call form.
std::unique_ptr<FeatureNetwork> openTorchScript(const std::filesystem::path& path, JobContext& context);

/// The activations of a discriminator before its 4x4 block, averaged over their pixels (the standard
/// deviation over the batch, which comes after, would make features depend on their neighbours).
/// @param discriminator must outlive the result  @param fingerprint see above
std::unique_ptr<FeatureNetwork> discriminatorFeatures(const Discriminator& discriminator,
                                                      std::string fingerprint = {});

}  // namespace panohead
