#include "core/fast/cuda/cuda_renderer.h"

#include "core/checkpoint/half.h"
#include "core/fast/cuda/captured_graph.h"
#include "core/fast/cuda/cuda_super_resolution.h"
#include "core/fast/cuda/cuda_volume.h"
#include "core/fast/fast_volume.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>
#include <utility>

namespace panohead {

namespace cuda = fast::cuda;

class CudaModel {
 public:
  explicit CudaModel(const Generator& generator)
      : generator(generator), super_resolution(generator.superResolution()) {}

  const Generator& generator;
  cuda::FoldedNetwork super_resolution;
};

namespace {

constexpr std::size_t kGraphs = 6;  // kept for one head: sizes that a frame pacer goes through

at::Tensor hostFloats(const at::Tensor& t) { return t.detach().to(at::kCPU, at::kFloat).contiguous(); }

bool drawable(const VolumeOptions& o) {
  return !o.jitter && o.density_noise == 0 && o.coarse_samples >= 4 &&
         o.coarse_samples + o.fine_samples <= cuda::kMostSamples;
}

cuda::FrameOptions frameOf(const VolumeOptions& o, std::int64_t resolution) {
  cuda::FrameOptions frame;
  frame.resolution = static_cast<int>(resolution);
  frame.coarse = o.coarse_samples;
  frame.fine = o.fine_samples;
  frame.auto_range = o.auto_range;
  frame.disparity = o.disparity_sampling;
  frame.white_back = o.white_back;
  return frame;
}

bool isPacked(const at::Tensor& planes) { return planes.dim() == 6; }

/// float16 tri-grids [1, S, S, 3, depth, 32]. @param planes packed, or [1, 3, 32 * depth, S, S]
at::Tensor halfPlanes(const at::Tensor& planes, std::int64_t depth) {
  const at::Tensor packed =
      isPacked(planes) ? planes
                       : planes.reshape({1, 3, planes.size(2) / depth, depth, planes.size(3), planes.size(4)})
                             .permute({0, 4, 5, 1, 3, 2});
  return packed.clamp(-kMaxHalf, kMaxHalf).to(at::kHalf).contiguous();
}

cuda::CudaVolume makeVolume(const Generator& generator, const at::Tensor& planes) {
  const Decoder& decoder = generator.decoder();
  const VolumeOptions& options = generator.config().volume;
  const at::Tensor hidden = hostFloats(decoder.hidden.weight * decoder.hidden.weightGain());
  const at::Tensor hidden_bias = hostFloats(decoder.hidden.bias * decoder.hidden.options.lr_multiplier);
  const at::Tensor out = hostFloats(decoder.out.weight * decoder.out.weightGain());  // [1 + F, hidden]
  const at::Tensor out_bias = hostFloats(decoder.out.bias * decoder.out.options.lr_multiplier);
  const at::Tensor feature = out.slice(0, 1).t().contiguous();
  cuda::DecoderWeights weights;
  weights.hidden_weight = hidden.const_data_ptr<float>();
  weights.hidden_bias = hidden_bias.const_data_ptr<float>();
  weights.density_weight = out.const_data_ptr<float>();
  weights.density_bias = out_bias.const_data_ptr<float>()[0];
  weights.feature_weight = feature.const_data_ptr<float>();
  weights.feature_bias = out_bias.const_data_ptr<float>() + 1;
  weights.activation = fast::activationOf(decoder.options.activation);
  cuda::Volume volume;
  volume.planes = planes.const_data_ptr();
  volume.size = static_cast<int>(planes.size(1));
  volume.slices = static_cast<int>(planes.size(4));
  volume.scale = static_cast<float>(2.0 / options.box_warp);
  volume.limit = static_cast<float>(options.box_warp / 2 - options.crop);
  volume.half = static_cast<float>(options.box_warp / 2);
  volume.third_zxy = options.third_plane == ThirdPlane::ZXY;
  return {volume, weights, c10::cuda::getCurrentCUDAStream(planes.device().index()).stream()};
}

/// One size of frame over one background, or of the head alone.
struct FrameKind {
  cuda::FrameOptions frame;
  bool super_resolution = false;
  bool alone = false;     // see HeadRenderer::drawAlone
  at::Tensor background;  // on the device; kept: a graph reads it

  bool operator==(const FrameKind& other) const {
    return frame == other.frame && super_resolution == other.super_resolution && alone == other.alone &&
           background.is_same(other.background);
  }
};

/// Such a frame as a graph: replayed it draws whatever lies in `view`.
struct CapturedFrame {
  FrameKind kind;
  at::Tensor view;  // [1, kViewNumbers]
  std::shared_ptr<at::cuda::CUDAGraph> graph;
  SynthesisOutput output;  // the graphs' memory, overwritten by any replay
};

class CudaRenderer final : public HeadRenderer {
 public:
  CudaRenderer(const std::shared_ptr<const CudaModel>& model, const PreparedHead& head)
      : model_(model),
        head_(head),
        planes_(halfPlanes(head.planes, model->generator.config().triplane_depth)),
        volume_(makeVolume(model->generator, planes_)),
        super_resolution_(model->super_resolution, head.last_w, superResolutionNoise()) {
    if (model->generator.config().torgb_raw) {
      raw_ = fast::PreparedRgb(model->generator.rawToRgb(), head.last_w);
    }
  }

  FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const override {
    const at::NoGradGuard no_grad;
    const c10::cuda::CUDAGuard guard(planes_.device());
    if (!drawable(settings.volume)) {
      const at::Tensor planes =
          isPacked(head_.planes) ? unpackPlanes(head_.planes).to(at::kFloat) : head_.planes;
      return model_->generator.renderFeature(planes, onDevice(label), settings);
    }
    settings.volume.check();
    enter(settings, "volume rendering");
    const FeatureImage image =
        render(onDevice(viewOf(label, settings.volume)), frameOf(settings.volume, resolutionOf(settings)));
    enter(settings, "background and raw picture");
    return image;
  }

  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& given_background,
                         const SynthesisSettings& settings) const override {
    const at::NoGradGuard no_grad;
    const c10::cuda::CUDAGuard guard(planes_.device());
    const at::Tensor background = deviceBackground(given_background);
    if (model_->generator.config().sr_noise == NoiseMode::Random || settings.reference_2x_raw) {
      return model_->generator.finish(image, background, head_.last_w, settings);
    }
    if (settings.super_resolution) {
      enter(settings, "super-resolution");
    }
    return finished(image, background, settings.super_resolution);
  }

  SynthesisOutput draw(const at::Tensor& label,
                       const at::Tensor& given_background,
                       const SynthesisSettings& settings) const override {
    const at::NoGradGuard no_grad;
    const c10::cuda::CUDAGuard guard(planes_.device());
    return capturable(settings) ? replayed(label, deviceBackground(given_background), false, settings)
                                : HeadRenderer::draw(label, given_background, settings);
  }

  SynthesisOutput drawAlone(const at::Tensor& label, const SynthesisSettings& settings) const override {
    const at::NoGradGuard no_grad;
    const c10::cuda::CUDAGuard guard(planes_.device());
    return capturable(settings) ? replayed(label, {}, true, settings)
                                : HeadRenderer::drawAlone(label, settings);
  }

 private:
  static void enter(const SynthesisSettings& settings, const char* stage) {
    if (settings.stage) {
      settings.stage(stage);
    }
  }
  /// Whether every step of a frame is one of ours.
  bool capturable(const SynthesisSettings& settings) const {
    return drawable(settings.volume) && model_->generator.config().sr_noise != NoiseMode::Random &&
           !settings.reference_2x_raw;
  }
  NoiseMode superResolutionNoise() const {
    const NoiseMode mode = model_->generator.config().sr_noise;
    return mode == NoiseMode::Random ? NoiseMode::None : mode;
  }
  std::int64_t resolutionOf(const SynthesisSettings& settings) const {
    return settings.neural_resolution > 0 ? settings.neural_resolution
                                          : model_->generator.config().neural_resolution;
  }
  /// [1, kViewNumbers], in host memory
  static at::Tensor viewOf(const at::Tensor& label, const VolumeOptions& options) {
    const at::Tensor range = at::tensor({options.ray_start, options.ray_end}, at::kFloat);
    return at::cat({hostFloats(label).view({1, cuda::kLabelNumbers}), range.unsqueeze(0)}, 1);
  }
  at::Tensor onDevice(const at::Tensor& numbers) const {
    return numbers.to(planes_.device(), at::kFloat, true).contiguous();
  }

  /// A background on the device. The last ones are kept there: graphs know theirs by the memory it lies in.
  at::Tensor deviceBackground(const at::Tensor& background) const {
    if (!background.defined() || background.is_cuda()) {
      return background;
    }
    const std::lock_guard lock(backgrounds_mutex_);
    const auto found =
        std::ranges::find_if(backgrounds_, [&](const auto& kept) { return kept.first.is_same(background); });
    if (found != backgrounds_.end()) {
      backgrounds_.splice(backgrounds_.begin(), backgrounds_, found);
    } else {
      backgrounds_.emplace_front(background, background.to(planes_.device(), at::kFloat));
      backgrounds_.resize(std::min(backgrounds_.size(), kGraphs));
    }
    return backgrounds_.front().second;
  }

  /// On the current stream. @param view [1, kViewNumbers] on the device
  FeatureImage render(const at::Tensor& view, const cuda::FrameOptions& frame) const {
    const std::int64_t r = frame.resolution;
    const at::TensorOptions floats = view.options();
    const at::Tensor feature = at::empty({1, r, r, cuda::kFeatures}, floats);
    const at::Tensor weight = at::empty({1, 1, r, r}, floats);
    const at::Tensor depth = at::empty({1, 1, r, r}, floats);
    const at::Tensor limits = at::empty({sizeof(cuda::RangeLimits) / sizeof(float)}, floats);
    const cuda::DrawnFrame out{feature.data_ptr<float>(), weight.data_ptr<float>(), depth.data_ptr<float>()};
    volume_.render(frame,
                   view.const_data_ptr<float>(),
                   reinterpret_cast<cuda::RangeLimits*>(limits.data_ptr<float>()),
                   out,
                   c10::cuda::getCurrentCUDAStream(view.device().index()).stream());
    return {feature.permute({0, 3, 1, 2}), depth, weight};
  }

  SynthesisOutput finished(const FeatureImage& image,
                           const at::Tensor& background,
                           bool super_resolution) const {
    const at::Tensor feature = model_->generator.composite(image, background);
    SynthesisOutput output;
    output.image_raw = raw_ ? (*raw_)(feature) : feature.slice(1, 0, 3);
    output.depth = image.depth;
    output.mask = image.weight_sum * 1.002 - 0.001;
    if (super_resolution) {
      output.image = super_resolution_(output.image_raw, feature);
    }
    return output;
  }

  SynthesisOutput whole(const FrameKind& kind, const at::Tensor& view) const {
    const FeatureImage image = render(view, kind.frame);
    return finished(kind.alone ? withoutWeight(image) : image, kind.background, kind.super_resolution);
  }

  /// A frame by its graph, once there is one. @param background on the device
  SynthesisOutput replayed(const at::Tensor& label,
                           const at::Tensor& background,
                           bool alone,
                           const SynthesisSettings& settings) const {
    settings.volume.check();
    if (settings.checkpoint) {
      settings.checkpoint();
    }
    enter(settings, "frame");
    const FrameKind kind{
        frameOf(settings.volume, resolutionOf(settings)), settings.super_resolution, alone, background};
    const at::Tensor view = viewOf(label, settings.volume);
    const std::lock_guard lock(mutex_);
    CapturedFrame* captured = capturedFrame(kind, view);
    if (captured == nullptr) {
      return whole(kind, onDevice(view));
    }
    const std::unique_lock turn = cuda::replayTurn();
    captured->view.copy_(view, true);
    captured->graph->replay();
    SynthesisOutput output;
    output.image_raw = captured->output.image_raw.clone();
    output.depth = captured->output.depth.clone();
    output.mask = captured->output.mask.clone();
    if (captured->output.image.defined()) {
      output.image = captured->output.image.clone();
    }
    return output;
  }

  /// The graph of such a frame. It is made when one is asked for again, since it costs as much as four
  /// frames: of heads that a slider passes by one frame each is seen. Null: not asked for before, or frames
  /// cannot be captured here.
  CapturedFrame* capturedFrame(const FrameKind& kind, const at::Tensor& view) const {
    const auto found =
        std::ranges::find_if(frames_, [&](const auto& captured) { return captured->kind == kind; });
    if (found != frames_.end()) {
      frames_.splice(frames_.begin(), frames_, found);
      return frames_.front().get();
    }
    if (std::ranges::find(drawn_once_, kind) == drawn_once_.end()) {
      drawn_once_.push_front(kind);
      drawn_once_.resize(std::min(drawn_once_.size(), kGraphs));
      return nullptr;
    }
    auto made = std::make_unique<CapturedFrame>();
    made->kind = kind;
    made->view = onDevice(view).clone();
    CapturedFrame& frame = *made;
    made->graph =
        cuda::capturedGraph(planes_.device().index(), [&] { frame.output = whole(frame.kind, frame.view); });
    if (made->graph == nullptr) {
      return nullptr;
    }
    std::erase(drawn_once_, kind);
    if (frames_.size() >= kGraphs) {  // the one that was not used for longest goes; it may still run
      c10::cuda::getCurrentCUDAStream(planes_.device().index()).synchronize();
      frames_.pop_back();
    }
    frames_.push_front(std::move(made));
    return frames_.front().get();
  }

  std::shared_ptr<const CudaModel> model_;
  PreparedHead head_;
  at::Tensor planes_;  // float16, packed
  cuda::CudaVolume volume_;
  cuda::CudaSuperResolution super_resolution_;
  std::optional<fast::PreparedRgb> raw_;
  mutable std::mutex mutex_;
  mutable std::list<std::unique_ptr<CapturedFrame>> frames_;  // last used first
  mutable std::list<FrameKind> drawn_once_;                   // last drawn first
  mutable std::mutex backgrounds_mutex_;
  mutable std::list<std::pair<at::Tensor, at::Tensor>> backgrounds_;  // in host memory, on the device
};

}  // namespace

std::shared_ptr<const CudaModel> makeCudaModel(const Generator& generator) {
  const Decoder& decoder = generator.decoder();
  const DecoderOptions& o = decoder.options;
  const bool known = decoder.hidden.weight.is_cuda() && o.in == cuda::kChannels &&
                     o.hidden == cuda::kHidden && o.feature == cuda::kFeatures;
  return known && cuda::unavailable().empty() ? std::make_shared<CudaModel>(generator) : nullptr;
}

std::unique_ptr<HeadRenderer> cudaRenderer(const std::shared_ptr<const CudaModel>& model,
                                           const PreparedHead& head) {
  const at::NoGradGuard no_grad;
  const c10::cuda::CUDAGuard guard(head.planes.device());
  return std::make_unique<CudaRenderer>(model, head);
}

}  // namespace panohead
