#pragma once

#include "core/generator/discriminator.h"
#include "core/generator/generator.h"
#include "core/inversion/photo_target.h"
#include "core/inversion/vgg_distance.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace panohead {

/// Named parts of a loss before their weights, and their weighted sum.
struct FitLoss {
  at::Tensor sum;  // scalar
  std::map<std::string, at::Tensor> parts;

  /// Adds a part; nothing when the weight is 0.
  void add(const std::string& name, double weight, const at::Tensor& value);
};

/// What compares a drawn picture with one photo.
class PhotoLoss {
 public:
  /// @param discriminator, vgg may be null; both must outlive this
  PhotoLoss(const FitOptions& options,
            PhotoTarget target,
            const Discriminator* discriminator,
            const VggDistance* vgg,
            at::ScalarType discriminator_type);

  /// @param drawn image undefined: the raw picture only is compared
  FitLoss operator()(const SynthesisOutput& drawn) const;

 private:
  at::Tensor discriminatorDistance(const SynthesisOutput& drawn,
                                   const at::Tensor& image,
                                   const at::Tensor& raw) const;

  const FitOptions& options_;
  PhotoTarget target_;
  const Discriminator* discriminator_;
  const VggDistance* vgg_;
  at::ScalarType type_;
  std::vector<at::Tensor> features_;  // of the photo, of the discriminator; where the mask is known
  std::vector<at::Tensor> vgg_features_;
};

}  // namespace panohead
