#include "core/session/preview_head.h"

#include "core/checkpoint/half.h"
#include "core/session/frame_image.h"
#include "core/session/model.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"

#include <cmath>
#include <cstring>

namespace panohead {

namespace {

/// @param planes [1, 3, C * slices, S, S], slices fastest
std::vector<std::uint16_t> texels(const at::Tensor& planes, const PreviewHead& head) {
  constexpr std::int64_t kQuad = 4;
  const std::int64_t quads = head.channels / kQuad, slices = head.slices, size = head.size;
  const at::Tensor grids = planes.view({3, quads, kQuad, slices, size, size})
                               .permute({1, 0, 3, 4, 5, 2})
                               .clamp(-kMaxHalf, kMaxHalf);
  std::vector<std::uint16_t> result(static_cast<std::size_t>(quads * head.depth() * kQuad) *
                                    static_cast<std::size_t>(head.side()) *
                                    static_cast<std::size_t>(head.side()));
  const at::Tensor target = at::from_blob(
      result.data(), {quads, head.depth(), head.side(), head.side(), kQuad}, at::TensorOptions(at::kHalf));
  for (std::int64_t grid = 0; grid < 3; ++grid) {
    target.narrow(1, grid * (slices + 1) + 1, slices)
        .narrow(2, 1, size)
        .narrow(3, 1, size)
        .copy_(grids.select(1, grid));
  }
  return result;
}

at::Tensor unpacked(const at::Tensor& planes) { return planes.dim() == 6 ? unpackPlanes(planes) : planes; }

void copyLayer(const nn::FullyConnected& layer, std::vector<float>& weight, std::vector<float>& bias) {
  weight = toVector(layer.weight * layer.weightGain());
  bias = toVector(layer.bias * layer.options.lr_multiplier);
}

/// The raw picture is affine in the feature, whichever layer makes it: read off at zero and at unit features.
void copyRgb(const Generator& generator, const at::Tensor& last_w, PreviewHead& head) {
  const at::Tensor feature = at::cat({at::zeros({head.features, 1}), at::eye(head.features)}, 1);
  const at::Tensor rgb =
      generator.rawPicture(feature.view({1, head.features, 1, head.features + 1}), last_w).view({3, -1});
  const at::Tensor bias = rgb.slice(1, 0, 1);
  head.rgb_bias = toVector(bias);
  head.rgb_weight = toVector(rgb.slice(1, 1) - bias);
}

/// @param side pixels of a picture: as many as a preview may have are enough
Image behindCutOut(const BackgroundParts& behind, int side) {
  const ColourBackground* colour =
      behind.laid.size() == 1 ? std::get_if<ColourBackground>(&behind.laid.front().background) : nullptr;
  if (colour != nullptr) {
    Image image(1, 1, 3);
    image.pixels = {colour->red, colour->green, colour->blue};
    return image;
  }
  const at::Tensor under = underTensor(behind.laid, side, side);
  return under.defined() ? toImage(toBytes(under.expand({1, 3, side, side}))) : Image();
}

}  // namespace

bool hasPreview(const Head& head) {
  const BackgroundParts behind = partsOf(head.background);
  const double clear = behind.clearWeight();
  return behind.laid.empty() || (behind.generated.empty() && (clear == 0 || clear == 1));
}

PreviewHead makePreviewHead(const Head& head) {
  const at::NoGradGuard no_grad;
  const Generator& generator = head.networks->generator;
  const GeneratorConfig& config = generator.config();
  const Decoder& decoder = generator.decoder();
  PreviewHead result;
  result.size = static_cast<int>(config.triplane_size);
  result.slices = static_cast<int>(config.triplane_depth);
  result.channels = static_cast<int>(decoder.options.in);
  result.hidden = static_cast<int>(decoder.options.hidden);
  result.features = static_cast<int>(decoder.options.feature);
  result.activation = decoder.options.activation;
  result.scale_feature = config.scale_feature;
  result.neural_resolution = static_cast<int>(config.neural_resolution);
  result.volume = config.volume;
  result.texels = texels(unpacked(head.prepared.planes), result);
  copyLayer(decoder.hidden, result.hidden_weight, result.hidden_bias);
  copyLayer(decoder.out, result.output_weight, result.output_bias);
  copyRgb(generator, head.prepared.last_w, result);
  // The same rule as renderFrame(): a generated background, even of a model that has none, is no cut-out.
  const BackgroundParts behind = partsOf(head.background);
  result.cut_out = behind.generated.empty();
  result.behind = result.cut_out ? behindCutOut(behind, kFinestPreview * result.neural_resolution) : Image();
  result.background_antialias = config.sr_antialias;
  if (head.prepared.background.defined() && !result.cut_out) {
    result.background_size = static_cast<int>(head.prepared.background.size(3));
    result.background = toVector(head.prepared.background);
  }
  return result;
}

}  // namespace panohead
