#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/metrics/feature_network.h"

#include <fmt/format.h>

namespace panohead {

namespace {

class DiscriminatorFeatures final : public FeatureNetwork {
 public:
  DiscriminatorFeatures(const Discriminator& discriminator, std::string fingerprint)
      : discriminator_(discriminator), fingerprint_(std::move(fingerprint)) {}

  std::string name() const override { return "discriminator"; }
  std::string fingerprint() const override { return fingerprint_; }

  at::Tensor features(const FeatureInput& input) override {
    const DiscriminatorConfig& config = discriminator_.config();
    if (input.image.size(2) != config.img_resolution) {
      throw OptionError(fmt::format("the discriminator judges pictures of {} pixels, these have {}",
                                    config.img_resolution,
                                    input.image.size(2)),
                        "give the discriminator of a model of this size");
    }
    if (config.kind != DiscriminatorKind::Dual && !input.mask.defined()) {
      throw OptionError("this discriminator judges masks, too, and the data set was given without",
                        "add --masks");
    }
    const at::Device device = discriminator_.store().entries().front().tensor.device();
    const auto here = [&](const at::Tensor& t) { return t.defined() ? t.to(device) : t; };
    const at::Tensor map = discriminator_.featureMap({here(input.image), here(input.raw), here(input.mask)});
    return map.to(at::kFloat).mean(at::IntArrayRef{2, 3}).cpu();
  }

 private:
  const Discriminator& discriminator_;
  std::string fingerprint_;
};

}  // namespace

std::unique_ptr<FeatureNetwork> discriminatorFeatures(const Discriminator& discriminator,
                                                      std::string fingerprint) {
  return std::make_unique<DiscriminatorFeatures>(discriminator, std::move(fingerprint));
}

}  // namespace panohead
