#include "core/training/run_sheets.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/generator/generator_copy.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/moving_average.h"
#include "core/training/sheet.h"
#include "core/training/training_networks.h"

#include <algorithm>
#include <numeric>

namespace panohead {

namespace {

constexpr int kColumns = 4;
constexpr std::size_t kCells = 16;

at::Tensor latents(std::size_t count, std::int64_t z_dim) {
  std::vector<at::Tensor> rows;
  for (std::size_t seed = 0; seed < count; ++seed) {
    rows.push_back(seedLatent(static_cast<std::uint32_t>(seed), z_dim));
  }
  return at::cat(rows);
}

}  // namespace

RunSheets::RunSheets(const Dataset& dataset, const TrainingOptions& options, const at::Tensor& labels)
    : dataset_(dataset) {
  std::vector<std::size_t> order(dataset.items().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto yaw = [&](std::size_t i) {
    const float* row = labels.const_data_ptr<float>() + 25 * static_cast<std::ptrdiff_t>(i);
    CameraLabel label{};
    std::copy(row, row + 25, label.begin());
    return yawOf(label);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return yaw(a) < yaw(b); });
  const std::size_t cells = std::min(kCells, order.size());
  std::vector<at::Tensor> rows;
  for (std::size_t k = 0; k < cells; ++k) {
    items_.push_back(order[(2 * k + 1) * order.size() / (2 * cells)]);
    rows.push_back(labels[static_cast<std::int64_t>(items_.back())]);
  }
  z_ = latents(cells, options.z_dim);
  labels_ = at::stack(rows);
}

std::vector<std::filesystem::path> RunSheets::write(const std::filesystem::path& reals,
                                                    const SheetPaths& paths,
                                                    const Trainer& trainer,
                                                    const std::function<void()>& checkpoint) const {
  std::vector<std::filesystem::path> written;
  const auto save = [&](const std::filesystem::path& path, const Image& image) {
    writePng(path, image);
    written.push_back(path);
  };
  if (!std::filesystem::exists(reals)) {
    std::vector<Image> cells;
    for (const std::size_t item : items_) {
      try {
        cells.push_back(dataset_.load(dataset_.items()[item]).picture);
      } catch (const ImageError&) {
        cells.emplace_back(dataset_.resolution(), dataset_.resolution(), 3);  // the loader tells of it
      }
    }
    save(reals, tiled(cells, kColumns));
  }
  const at::NoGradGuard no_grad;
  const Generator& g = trainer.average();
  SynthesisSettings settings = g.defaultSettings();
  settings.neural_resolution = TrainingSchedule::at(trainer.options(), trainer.images()).neural_resolution;
  settings.quick = trainer.device().is_cpu();
  settings.run.checkpoint = checkpoint;
  std::vector<at::Tensor> pictures, raws, depths, masks;
  for (std::int64_t k = 0; k < z_.size(0); ++k) {
    const at::Tensor z = z_.narrow(0, k, 1).to(trainer.device());
    const at::Tensor label = labels_.narrow(0, k, 1).to(trainer.device());
    const SynthesisOutput out = g.forward(z, label, {}, settings);
    pictures.push_back(out.image.cpu());
    raws.push_back(out.image_raw.cpu());
    depths.push_back(out.depth.cpu());
    masks.push_back(out.mask.cpu());
  }
  save(paths.picture, sheet(at::cat(pictures), SheetKind::Picture, kColumns));
  save(paths.raw, sheet(at::cat(raws), SheetKind::Picture, kColumns));
  save(paths.depth, sheet(at::cat(depths), SheetKind::Depth, kColumns));
  save(paths.mask, sheet(at::cat(masks), SheetKind::Mask, kColumns));
  return written;
}

HostNetworks::HostNetworks(const Trainer& trainer) {
  const std::int64_t resolution = TrainingSchedule::at(trainer.options(), trainer.images()).neural_resolution;
  for (const auto& [key, generator] :
       {std::pair("G_ema", &trainer.average()), std::pair("G", &trainer.generator())}) {
    generators_.push_back(std::make_unique<Generator>(copyOf(*generator, at::kCPU)));
    states_.push_back(generatorState(key, *generators_.back(), resolution));
  }
  discriminator_ =
      std::make_unique<Discriminator>(Discriminator::uninitialised(trainer.discriminator().config()));
  averageInto(discriminator_->store(), trainer.discriminator().store(), 0.0);
  states_.push_back(discriminatorState("D", *discriminator_));
}

}  // namespace panohead
