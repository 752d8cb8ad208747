#include "tests/support/damaged_head.h"

#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "core/volume/ray_marcher.h"

#include <ATen/CPUGeneratorImpl.h>

#include <utility>

namespace panohead::test {
namespace {

constexpr int kSamples = 64;        // of a ray
constexpr double kSolid = 200;      // raw density that lets no light pass
constexpr double kNothing = -1000;  // and one that holds none up

at::Tensor distanceFrom(const at::Tensor& points, double x, double y, double z) {
  return (points - at::tensor({x, y, z}, points.options())).norm(2, {2}, true);
}

class DamagedRenderer final : public HeadRenderer {
 public:
  DamagedRenderer(const Head& head, Damage damage)
      : generator_(head.model->generator), last_w_(head.prepared.last_w), damage_(std::move(damage)) {
    const at::Tensor& planes = head.prepared.planes;
    const std::int64_t slices = generator_.config().triplane_depth;
    planes_ = planes.dim() == 6 ? planes : packPlanes(planes, slices);  // [1, S, S, 3, D, C]
    if (damage_.one_slice) {
      planes_ = planes_.to(at::kFloat).mean(4, true).expand_as(planes_).contiguous().to(planes.scalar_type());
    }
  }

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    const std::int64_t r = settings.neural_resolution;
    VolumeOptions options = settings.volume;
    const Rays rays = sampleRays(label, r);
    const at::Tensor depths =
        stratifiedDepths(options.ray_start, options.ray_end, false, at::full({1, r * r, kSamples, 1}, 0.5));
    const at::Tensor points =
        (rays.origins.unsqueeze(2) + depths * rays.directions.unsqueeze(2)).reshape({1, -1, 3});
    const at::Tensor grid =
        quickSampleTriGrid(planes_, damage_.lookup ? damage_.lookup(points) : points, options, false);
    const PointSamples samples = generator_.decoder()(grid.to(at::kFloat).unsqueeze(1));
    at::Tensor density = samples.density.masked_fill(cropMask(points, options), kNothing);
    if (damage_.density) {
      density = damage_.density(points, density);
    }
    const MarchedRays marched = marchRays(samples.feature.view({1, r * r, kSamples, -1}),
                                          density.view({1, r * r, kSamples, 1}),
                                          depths,
                                          options.white_back);
    const auto image = [&](const at::Tensor& t) {
      return t.permute({0, 2, 1}).reshape({1, t.size(2), r, r}).contiguous();
    };
    const FeatureImage drawn{image(marched.feature),
                             image(clampDepth(marched.depth, options.ray_start, options.ray_end)),
                             image(marched.weights.sum(2, true))};
    return damage_.image ? damage_.image(drawn, label) : drawn;
  }

  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const SynthesisSettings& settings) const override {
    return generator_.finish(image, background, last_w_, settings);
  }

 private:
  const Generator& generator_;
  at::Tensor last_w_, planes_;
  Damage damage_;
};

}  // namespace

std::unique_ptr<HeadRenderer> damagedRenderer(const Head& head, Damage damage) {
  return std::make_unique<DamagedRenderer>(head, std::move(damage));
}

Damage faceOnBothSides() {
  return {.lookup = [](const at::Tensor& points) {
    return at::cat({points.slice(2, 0, 2), points.slice(2, 2, 3).abs()}, 2);
  }};
}

Damage oneSlice() { return {.one_slice = true}; }

Damage holed(double radius) {
  return {.density = [radius](const at::Tensor& points, const at::Tensor& density) {
    return density.masked_fill(distanceFrom(points, 0, 0.08, -0.2) < radius, kNothing);
  }};
}

Damage withFloaters(double radius) {
  return {.density = [radius](const at::Tensor& points, const at::Tensor& density) {
    const at::Tensor near = at::minimum(
        at::minimum(distanceFrom(points, 0.33, 0.2, 0.1), distanceFrom(points, -0.32, 0.05, -0.25)),
        distanceFrom(points, 0.05, 0.1, 0.37));
    return density.masked_fill(near < radius, kSolid);
  }};
}

Damage flattened(double factor) {
  return {.lookup = [factor](const at::Tensor& points) {
    return at::cat({points.slice(2, 0, 2), points.slice(2, 2, 3) / factor}, 2);
  }};
}

Damage transparent(double amount) {
  return {.image = [amount](const FeatureImage& image, const at::Tensor&) {
    return FeatureImage{image.feature * (1 - amount), image.depth, image.weight_sum * (1 - amount)};
  }};
}

Damage flickering(double amount) {
  return {.image = [amount](const FeatureImage& image, const at::Tensor& label) {
    const auto place = static_cast<std::uint64_t>(std::abs(label[0][3].item<double>()) * 1e6);
    const at::Tensor noise =
        at::randn(image.feature.sizes(), at::detail::createCPUGenerator(place), at::kFloat);
    return FeatureImage{image.feature + noise * image.weight_sum * image.feature.std() * amount,
                        image.depth,
                        image.weight_sum};
  }};
}

}  // namespace panohead::test
