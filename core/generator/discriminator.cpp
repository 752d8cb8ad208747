#include "core/generator/discriminator.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>

namespace panohead {

DiscriminatorConfig DiscriminatorConfig::fromJson(const std::string& class_name, const std::string& text) {
  DiscriminatorConfig c;
  if (class_name == "DualDiscriminator") {
    c.kind = DiscriminatorKind::Dual;
  } else if (class_name == "MaskDualDiscriminator") {
    c.kind = DiscriminatorKind::MaskV1;
  } else if (class_name != "MaskDualDiscriminatorV2") {
    throw CheckpointError(fmt::format("'{}' is not a discriminator of this family", class_name),
                          "expected DualDiscriminator, MaskDualDiscriminator or MaskDualDiscriminatorV2");
  }
  try {
    const nlohmann::json j = parseJson(text);
    j.at("c_dim").get_to(c.c_dim);
    j.at("img_resolution").get_to(c.img_resolution);
    c.channel_base = j.value("channel_base", c.channel_base);
    c.channel_max = j.value("channel_max", c.channel_max);
    c.mask_resolution = j.value("seg_resolution", c.mask_resolution);
    c.label_noise = j.value("disc_c_noise", c.label_noise);
    const auto clamp = j.find("conv_clamp");
    c.conv_clamp = clamp == j.end() || clamp->is_null() ? std::nullopt : std::optional(clamp->get<double>());
    if (j.contains("epilogue_kwargs")) {
      c.mbstd_group = j["epilogue_kwargs"].value("mbstd_group_size", c.mbstd_group);
    }
    if (j.contains("mapping_kwargs")) {
      c.mapping_layers = j["mapping_kwargs"].value("num_layers", c.mapping_layers);
    }
  } catch (const nlohmann::json::exception& error) {
    throw CheckpointError("the discriminator's configuration cannot be read", {}, error.what());
  }
  const auto power = [](std::int64_t n) {
    return n >= 16 && n <= 2048 && std::has_single_bit(static_cast<std::uint64_t>(n));
  };
  if (!power(c.img_resolution) || !power(c.mask_resolution) || c.channel_base < 64 || c.channel_max < 1 ||
      c.mapping_layers < 1 || c.mapping_layers > 16 || c.c_dim < 1) {
    throw CheckpointError("the discriminator's configuration is out of range", {}, text);
  }
  return c;
}

Discriminator::Discriminator(const DiscriminatorConfig& config, std::uint64_t seed)
    : Discriminator(config, ParameterStore::random(seed)) {}

Discriminator Discriminator::uninitialised(const DiscriminatorConfig& config) {
  return Discriminator(config, ParameterStore::uninitialised());
}

Discriminator::Discriminator(const DiscriminatorConfig& config, ParameterStore store)
    : config_(config), store_(std::move(store)) {
  const Scope root(store_);
  resample_filter_ = root.derived("resample_filter", nn::binomialFilter());
  const std::int64_t raw_and_picture = 2 * config.img_channels;
  const std::int64_t channels =
      config.kind == DiscriminatorKind::MaskV2 ? raw_and_picture + 1 : raw_and_picture;
  branch_ = makeBranch(root, "b", config.img_resolution, channels);
  if (config.kind == DiscriminatorKind::MaskV1) {
    mask_branch_ = makeBranch(root, "seg_b", config.mask_resolution, 1);
  }
  const std::int64_t last = std::min(config.channel_base / 4, config.channel_max);
  mapping_ = nn::MappingNetwork(root / "mapping",
                                {.z_dim = 0,
                                 .c_dim = config.c_dim,
                                 .w_dim = last,
                                 .num_layers = config.mapping_layers,
                                 .track_average = false});
  epilogue_ = nn::DiscriminatorEpilogue(
      root / "b4",
      {.in = last, .cmap_dim = last, .mbstd_group = config.mbstd_group, .clamp = config.conv_clamp});
}

Discriminator::Branch Discriminator::makeBranch(const Scope& scope,
                                                const std::string& prefix,
                                                std::int64_t resolution,
                                                std::int64_t channels) {
  const auto width = [&](std::int64_t r) { return std::min(config_.channel_base / r, config_.channel_max); };
  Branch branch;
  for (std::int64_t r = resolution; r > 4; r /= 2) {
    branch.blocks.emplace_back(scope / fmt::format("{}{}", prefix, r),
                               nn::DiscriminatorBlockOptions{.in = r == resolution ? 0 : width(r),
                                                             .tmp = width(r),
                                                             .out = width(r / 2),
                                                             .img_channels = channels,
                                                             .clamp = config_.conv_clamp});
  }
  return branch;
}

at::Tensor Discriminator::Branch::operator()(const at::Tensor& picture,
                                             const DiscriminatorRun& run,
                                             std::vector<at::Tensor>* every) const {
  at::Tensor x = picture;
  int left = run.resolutions;
  for (const nn::DiscriminatorBlock& block : blocks) {
    x = block(x, left-- > 0 ? run.dtype : at::kFloat);
    if (every != nullptr) {
      every->push_back(x.to(at::kFloat));
    }
  }
  return x.scalar_type() == at::kFloat ? x : x.to(at::kFloat).contiguous();
}

at::Tensor Discriminator::toImageSize(const at::Tensor& picture) const {
  return nn::resizeBilinear(picture, config_.img_resolution, config_.img_resolution, true);
}

at::Tensor Discriminator::stacked(const DiscriminatorInput& input) const {
  std::vector<at::Tensor> pictures{input.image, toImageSize(input.image_raw)};
  if (config_.kind == DiscriminatorKind::MaskV2) {
    pictures.push_back(toImageSize(input.image_mask * 2.0 - 1.0));
  }
  return at::cat(pictures, 1);
}

at::Tensor Discriminator::featureMap(const DiscriminatorInput& input, const DiscriminatorRun& run) const {
  const at::Tensor x = branch_(stacked(input), run);
  if (config_.kind != DiscriminatorKind::MaskV1) {
    return x;
  }
  const at::Tensor mask = nn::resizeBilinear(
      input.image_mask * 2.0 - 1.0, config_.mask_resolution, config_.mask_resolution, true);
  return x + mask_branch_(mask, run);
}

std::vector<at::Tensor> Discriminator::featurePyramid(const DiscriminatorInput& input,
                                                      const DiscriminatorRun& run) const {
  std::vector<at::Tensor> maps;
  branch_(stacked(input), run, &maps);
  return maps;
}

at::Tensor Discriminator::operator()(const DiscriminatorInput& input,
                                     const at::Tensor& c,
                                     const DiscriminatorRun& run) const {
  return epilogue_(featureMap(input, run), mapLabel(c), run.consecutive_groups);
}

}  // namespace panohead
