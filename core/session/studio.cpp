#include "core/session/studio.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/session/avatar_session.h"
#include "core/session/composition.h"
#include "core/session/frame_image.h"
#include "core/session/head_codes.h"
#include "core/session/model.h"
#include "core/session/ray_shift.h"
#include "core/session/stage_clock.h"
#include "core/tensor/host_values.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/tensor/quick_type.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thread>

namespace panohead {

namespace {

struct Weighted {
  at::Tensor tensor;
  double weight;
};

double totalOf(const std::vector<Weighted>& parts) {
  double total = 0;
  for (const Weighted& part : parts) {
    total += part.weight;
  }
  return total;
}

/// A single one as it is, to the last bit.
at::Tensor meanOf(const std::vector<Weighted>& parts) {
  if (parts.size() == 1) {
    return parts.front().tensor;
  }
  const double total = totalOf(parts);
  at::Tensor sum;
  for (const auto& [tensor, weight] : parts) {
    const at::Tensor part = tensor * (weight / total);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

/// The feature image behind a head; undefined where none is generated. Other seeds' are those of the model,
/// whatever an avatar's tuning did to the background network.
/// @param exact by the specification path
at::Tensor makeBackground(const Head& head, bool exact, JobContext& context) {
  std::vector<Weighted> of_model, of_head;  // w
  for (const auto& [background, weight] : partsOf(head.background).generated) {
    const auto* seed = std::get_if<SeedBackground>(&background);
    if (seed != nullptr && !head.model->generator.config().background) {
      throw OptionError("this model has no background network",
                        "choose its own background, none, a colour or a picture");
    }
    const bool is_models = seed != nullptr || head.networks == head.model;
    (is_models ? of_model : of_head)
        .push_back({seed != nullptr ? seedBackgroundCode(head.model->generator, head.options, *seed)
                                    : head.ws_background,
                    weight});
  }
  std::vector<Weighted> images;
  const auto make = [&](const Model& networks, const std::vector<Weighted>& codes) {
    if (codes.empty()) {
      return;
    }
    const at::Tensor w = meanOf(codes);
    at::Tensor image = synthesised(head.options, context, [&](const nn::SynthesisRun& run) {
      return networks.fast != nullptr && !exact ? fastBackground(*networks.fast, w, run)
                                                : networks.generator.background(w, run);
    });
    if (image.defined()) {  // else there is no such network
      images.push_back({std::move(image), totalOf(codes)});
    }
  };
  make(*head.model, of_model);
  make(*head.networks, of_head);
  return images.empty() ? at::Tensor() : meanOf(images);
}

/// What draws a head, and over what.
struct Drawer {
  at::Tensor background;
  const HeadRenderer* renderer = nullptr;
  std::string device{};
};

Drawer exactDrawer(const Head& head, JobContext& context) {
  Head::Exact& exact = *head.exact;
  const std::lock_guard lock(exact.mutex);
  if (exact.renderer == nullptr) {
    const Generator& generator = head.networks->generator;
    exact.prepared = head.prepared;
    exact.prepared.planes = synthesised(head.options, context, [&](const nn::SynthesisRun& run) {
      return generator.planes(head.prepared.ws, run);
    });
    exact.prepared.background = makeBackground(head, true, context);
    exact.renderer = specificationRenderer(generator, exact.prepared);
  }
  return {exact.prepared.background, exact.renderer.get(), computeDevice()};
}

SynthesisSettings viewSettings(const Head& head,
                               const ViewOptions& view,
                               JobContext& context,
                               StageClock& clock) {
  SynthesisSettings settings = head.networks->generator.defaultSettings();
  settings.run = synthesisRun(head.options, context);
  settings.neural_resolution = view.neural_resolution;
  settings.super_resolution = view.super_resolution && view.mode == RenderMode::Picture;
  settings.checkpoint = [&context] { context.checkpoint(); };
  settings.stage = [&clock](const char* stage) { clock.enter(stage); };
  if (!settings.volume.auto_range) {
    const double shift = rayShift(view.camera, settings.volume.ray_start);
    settings.volume.ray_start += shift;
    settings.volume.ray_end += shift;
  }
  if (view.coarse_samples > 0) {
    settings.volume.coarse_samples = view.coarse_samples;
  }
  if (view.fine_samples >= 0) {
    settings.volume.fine_samples = view.fine_samples;
  }
  return settings;
}

// Near is bright; the range is the frame's own.
at::Tensor depthPicture(const at::Tensor& depth) {
  const at::Tensor nearest = depth.min();
  const at::Tensor farthest = depth.max();
  return 1.0 - (depth - nearest) / (farthest - nearest).clamp_min(1e-6) * 2.0;
}

/// A picture that shows no colours, as bytes. @param drawn in host memory
at::Tensor shapeBytes(const HeadPicture& drawn, const ViewOptions& view) {
  if (view.mode == RenderMode::Depth) {
    return toBytes(depthPicture(drawn.depth).expand({1, 3, -1, -1}));
  }
  if (view.mode == RenderMode::Mask) {
    return toBytes((drawn.mask * 2 - 1).expand({1, 3, -1, -1}));
  }
  return toBytes(surfaceNormals(drawn.depth, view.camera) * drawn.mask.clamp(0, 1));
}

Frame drawnFrame(const Head& head, const Drawer& drawer, const ViewOptions& view, JobContext& context) {
  Frame frame;
  StageClock clock(frame.times);
  const SynthesisSettings settings = viewSettings(head, view, context, clock);
  const at::Tensor label = labelTensor(view.camera);
  const BackgroundParts behind = partsOf(head.background);
  const bool coloured = view.mode == RenderMode::Picture || view.mode == RenderMode::Raw;
  HeadPicture over_generated, cut_out;
  if (!behind.generated.empty()) {
    over_generated = drawHead(*drawer.renderer, drawer.background, label, settings);
  }
  if (behind.generated.empty() || (coloured && !behind.laid.empty())) {
    cut_out = drawCutOut(*drawer.renderer, label, settings);
  }
  HeadPicture& drawn = behind.generated.empty() ? cut_out : over_generated;
  // Where a device draws, this waits for it.
  drawn.depth = drawn.depth.to(at::kCPU);
  drawn.mask = drawn.mask.to(at::kCPU);
  clock.enter("picture");
  const at::Tensor bytes = coloured ? composed(behind, over_generated, cut_out) : shapeBytes(drawn, view);
  if (view.on_device) {
    frame.on_device = onDevice(bytes);  // finished when the next line is
  }
  frame.picture = toImage(bytes);
  frame.depth = toVector(drawn.depth);
  frame.mask = toVector(drawn.mask.clamp(0, 1));
  frame.neural_resolution = static_cast<int>(drawn.raw.size(3));
  frame.samples_per_ray = settings.volume.coarse_samples + settings.volume.fine_samples;
  frame.device = drawer.device;
  frame.request = view.request;
  frame.refined = view.refined;
  clock.stop();
  return frame;
}

}  // namespace

double bytesOfWeight() noexcept { return 4.0 + static_cast<double>(c10::elementSize(quickType())); }

nn::SynthesisRun synthesisRun(const HeadOptions& options, JobContext& context) {
  nn::SynthesisRun run;
  run.noise = options.noise;
  run.random = std::make_shared<BatchRandom>(options.seed, 0, 0, 0, 1);  // random noise is repeatable, too
  run.checkpoint = [&context] { context.checkpoint(); };
  return run;
}

at::Tensor synthesised(const HeadOptions& options,
                       JobContext& context,
                       const std::function<at::Tensor(const nn::SynthesisRun&)>& make) {
  struct Noise {
    const HeadOptions* of;
    double weight;
  };
  std::vector<Noise> noises;
  for (const auto& [head, weight] : options.between) {
    const auto same = std::ranges::find_if(noises, [&](const Noise& noise) {
      return noise.of->noise == head->noise &&
             (head->noise != NoiseMode::Random || noise.of->seed == head->seed);
    });
    if (same == noises.end()) {
      noises.push_back({head.get(), weight});
    } else {
      same->weight += weight;
    }
  }
  if (noises.size() < 2) {
    return make(synthesisRun(noises.empty() ? options : *noises.front().of, context));
  }
  at::Tensor sum;
  at::ScalarType type = at::kFloat;
  for (const auto& [of, weight] : noises) {
    const at::Tensor made = make(synthesisRun(*of, context));
    if (!made.defined()) {  // no such network
      return made;
    }
    type = made.scalar_type();
    const at::Tensor part = made.to(at::kFloat) * weight;
    sum = sum.defined() ? sum.add_(part) : part;
  }
  return sum.to(type);
}

const ModelInfo& modelInfo(const Model& model) noexcept { return model.info; }

DrawnBy drawnBy(const Model& model) { return model.device->drawnBy(); }

HeadPtr makeHead(const ModelPtr& model, const HeadOptions& options, JobContext& context) {
  options.check();
  const at::NoGradGuard no_grad;
  auto head = std::make_shared<Head>();
  head->model = model;
  head->options = options;
  head->background = shownBackground(options);
  StageClock clock(head->times);
  if (!options.avatars.empty()) {
    clock.enter("tuned weights");
  }
  head->networks = tunedModel(model, options.avatars, context);
  const Generator& generator = head->networks->generator;
  const FastModel* fast = head->networks->fast.get();
  clock.enter("mapping");
  PreparedHead& prepared = head->prepared;
  const HeadCodes codes = headCodes(model->generator, options);
  prepared.ws = codes.ws;
  prepared.last_w = prepared.ws.select(1, -1);
  head->ws_background = codes.ws_background;
  clock.enter("planes");
  prepared.planes = synthesised(options, context, [&](const nn::SynthesisRun& run) {
    at::Tensor planes;
    const bool may = fast != nullptr && run.noise != NoiseMode::Random;
    if (may && head->networks->device->attempt(context, [&](const DeviceModel& networks) {
          planes = networks.planes(prepared.ws, run);
        })) {
      return planes;
    }
    return fast != nullptr ? fastPlanes(*fast, prepared.ws, run) : generator.planes(prepared.ws, run);
  });
  clock.enter("background");
  prepared.background = makeBackground(*head, false, context);
  clock.enter("occupancy");
  head->drawing = std::make_shared<const HeadDrawing>(head->networks, prepared, context);
  clock.stop();
  model->memory->pace.head = totalMilliseconds(head->times) / 1000;
  return head;
}

HeadPtr withBackground(const HeadPtr& head, const Background& background, JobContext& context) {
  const at::NoGradGuard no_grad;
  auto changed = std::make_shared<Head>(*head);
  changed->options.background = background;
  changed->options.check();
  changed->background = shownBackground(changed->options);
  changed->times.clear();
  StageClock clock(changed->times);
  clock.enter("background");
  changed->prepared.background = makeBackground(*changed, false, context);
  changed->exact = std::make_shared<Head::Exact>();
  clock.stop();
  return changed;
}

const HeadOptions& headOptions(const Head& head) noexcept { return head.options; }

const std::vector<StageTime>& headTimes(const Head& head) noexcept { return head.times; }

double headSeconds(const Model& model) noexcept { return model.memory->pace.head; }

double pictureSeconds(const Model& model) noexcept { return model.memory->pace.picture; }

const ModelPtr& headModel(const Head& head) noexcept { return head.model; }

Frame renderFrame(const Head& head, const ViewOptions& view, JobContext& context) {
  view.check();
  context.checkpoint();
  const at::NoGradGuard no_grad;
  if (view.exact) {
    return drawnFrame(head, exactDrawer(head, context), view, context);
  }
  Frame frame;
  head.drawing->draw(context, [&](const HeadRenderer& renderer, const std::string& device) {
    frame = drawnFrame(head, {head.prepared.background, &renderer, device}, view, context);
  });
  const bool whole = view.mode == RenderMode::Picture && view.super_resolution &&
                     view.neural_resolution == 0 && view.coarse_samples == 0 && view.fine_samples < 0;
  if (whole) {
    head.model->memory->pace.picture = totalMilliseconds(frame.times) / 1000;
  }
  return frame;
}

double backgroundSwapChange(const Head& a, const Head& b, const ViewOptions& view, JobContext& context) {
  constexpr float kInside = 0.95F;
  ViewOptions raw = view;  // the mask has the raw picture's pixels
  raw.mode = RenderMode::Raw;
  const Frame first = renderFrame(a, raw, context);
  const Frame second = renderFrame(b, raw, context);
  double sum = 0;
  std::int64_t count = 0;
  const auto colours = [](const Image& image, std::size_t pixel, int channel) {
    return static_cast<int>(
        image.pixels[pixel * static_cast<std::size_t>(image.channels) + static_cast<std::size_t>(channel)]);
  };
  for (std::size_t pixel = 0; pixel < first.mask.size(); ++pixel) {
    if (first.mask[pixel] < kInside) {
      continue;
    }
    for (int channel = 0; channel < 3; ++channel) {
      sum += std::abs(colours(first.picture, pixel, channel) - colours(second.picture, pixel, channel));
    }
    count += 3;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

void setComputeThreads(int threads) {
  at::set_num_threads(threads > 0 ? threads
                                  : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

std::string computeDevice() {
  const int threads = at::get_num_threads();
  return fmt::format("CPU, {} thread{}, LibTorch {}", threads, threads == 1 ? "" : "s", TORCH_VERSION);
}

}  // namespace panohead
