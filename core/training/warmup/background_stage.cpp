#include "core/training/warmup/background_stage.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/adam.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace panohead {

namespace {

constexpr double kSlope = 0.2;             // of the activation below zero
constexpr std::int64_t kCodeSize = 8;      // pixels on a side of what the principal components are taken of
constexpr double kForeground = 4.0 / 255;  // masks above this hide the background

// Filled-in backgrounds of pictures spread over the set. [N, 3, r / 2, r / 2]
at::Tensor backgroundsOf(PictureBank& bank, std::int64_t most) {
  const auto count = static_cast<std::int64_t>(bank.people().labels.size());
  const std::int64_t wanted = std::min(count, most);
  const int size = bank.smallResolution();
  std::vector<at::Tensor> filled;
  for (std::int64_t i = 0; i < wanted; ++i) {
    const auto picture = bank.get(static_cast<std::uint32_t>(i * count / wanted));
    if (!picture) {
      continue;
    }
    const at::Tensor bytes =
        at::from_blob(const_cast<std::uint8_t*>(picture->small.data()), {1, size, size, 4}, at::kByte)
            .to(at::kFloat)
            .permute({0, 3, 1, 2});
    filled.push_back(fillForeground(bytes.narrow(1, 0, 3) / 127.5 - 1.0, bytes.narrow(1, 3, 1) / 255.0));
  }
  if (filled.size() < 2) {
    throw DatasetError("there are no backgrounds to learn from",
                       "check the data set, or train without a background");
  }
  return at::cat(filled);
}

}  // namespace

at::Tensor fillForeground(const at::Tensor& picture, const at::Tensor& mask) {
  // One pixel away from the foreground.
  const at::Tensor known = -at::max_pool2d((mask >= kForeground).to(at::kFloat), 3, 1, 1) + 1.0;
  struct Level {
    at::Tensor colour, weight;
  };
  std::vector<Level> levels{{at::avg_pool2d(picture * known, 2), at::avg_pool2d(known, 2)}};
  while (levels.back().colour.size(3) > 1) {
    levels.push_back({at::avg_pool2d(levels.back().colour, 2), at::avg_pool2d(levels.back().weight, 2)});
  }
  at::Tensor filled = levels.back().colour / levels.back().weight.clamp_min(1e-4);
  for (auto level = std::next(levels.rbegin()); level != levels.rend(); ++level) {
    const std::int64_t size = level->colour.size(3);
    const at::Tensor coarse = at::upsample_bilinear2d(filled, {size, size}, false);
    filled = at::where(level->weight > 0.02, level->colour / level->weight.clamp_min(1e-4), coarse);
  }
  return filled;
}

BackgroundCodes trainBackground(Generator& generator,
                                PictureBank& bank,
                                std::int64_t head_dims,
                                const BackgroundOptions& options,
                                const std::function<void(std::int64_t, double)>& progress) {
  const GeneratorConfig& config = generator.config();
  const std::int64_t behind = config.w_dim - head_dims;
  const at::Tensor targets = backgroundsOf(bank, options.pictures);
  const std::int64_t count = targets.size(0);
  const at::Tensor small = at::adaptive_avg_pool2d(targets, {kCodeSize, kCodeSize}).flatten(1);
  const at::Tensor u = std::get<0>(at::linalg_svd(small - small.mean(0, true), false));
  const std::int64_t codes = std::min(options.codes, u.size(1));
  const at::Tensor code = u.narrow(1, 0, codes) * std::sqrt(static_cast<double>(count));  // variance one

  at::Generator random = at::detail::createCPUGenerator(options.seed);
  at::Tensor weight = at::randn({behind, codes}, random, at::kFloat) / std::sqrt(static_cast<double>(codes));
  at::Tensor bias = at::zeros({behind});
  NamedTensors trained;
  for (const ParameterStore::Entry& entry : generator.store().entries()) {
    if (entry.is_parameter && entry.name.starts_with("bcg_synthesis.") &&
        !entry.name.ends_with("noise_strength")) {
      trained.emplace_back(entry.name, entry.tensor);
    }
  }
  trained.emplace_back("weight", weight);
  trained.emplace_back("bias", bias);
  for (auto& [name, tensor] : trained) {
    tensor.requires_grad_(true);
  }
  // The code's layer learns slowly: its weights are not stored enlarged as the network's are.
  std::vector<double> factors(trained.size(), 1.0);
  factors[factors.size() - 2] = 1 / std::sqrt(static_cast<double>(codes));
  Adam adam(trained, AdamOptions{.beta1 = 0.9});
  nn::SynthesisRun run;
  run.fused = false;
  run.noise = NoiseMode::None;
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const at::Tensor rows = at::randint(0, count, {std::min(options.batch, count)}, random, at::kLong);
    const at::Tensor y =
        at::leaky_relu(at::addmm(bias, code.index_select(0, rows), weight.t()), kSlope) * std::numbers::sqrt2;
    const at::Tensor w = at::constant_pad_nd(y, {head_dims, 0});
    const at::Tensor drawn =
        generator.background(w.unsqueeze(1).expand({-1, generator.numWs(), -1}), run).narrow(1, 0, 3);
    const at::Tensor wanted =
        at::upsample_bilinear2d(targets.index_select(0, rows), {drawn.size(2), drawn.size(3)}, false);
    const at::Tensor loss = (drawn - wanted).abs().mean();
    loss.backward();
    const double part = static_cast<double>(step) / static_cast<double>(options.steps);
    adam.step(options.rate * std::min(1.0, static_cast<double>(step + 1) / 50) *
                  (0.05 + 0.95 * 0.5 * (1 + std::cos(std::numbers::pi * part))),
              factors);
    adam.clearGradients();
    if (progress) {
      progress(step + 1, loss.item<double>());
    }
  }
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : trained) {
    tensor.requires_grad_(false);
    if (name.ends_with("torgb.weight") || name.ends_with("torgb.bias")) {
      tensor.narrow(0, 3, tensor.size(0) - 3).zero_();
    }
  }
  return {weight.detach().to(at::kDouble), bias.detach().to(at::kDouble)};
}

}  // namespace panohead
