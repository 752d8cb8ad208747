#include "core/training/run_sheets.h"

#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/generator/generator_copy.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"
#include "core/training/moving_average.h"
#include "core/training/sheet.h"
#include "core/training/sheet_painter.h"
#include "core/training/training_networks.h"

#include <algorithm>
#include <numeric>

namespace panohead {

namespace {

constexpr int kSheetColumns = 4;
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

void MadeSheets::add(const SynthesisOutput& head) {
  pictures_.push_back(head.image.cpu());
  raws_.push_back(head.image_raw.cpu());
  depths_.push_back(head.depth.cpu());
  masks_.push_back(head.mask.cpu());
}

void MadeSheets::write(const SheetPaths& paths, const FileTold& told) const {
  const auto save =
      [&](const std::filesystem::path& path, const std::vector<at::Tensor>& cells, SheetKind kind) {
        writePng(path, sheet(at::cat(cells), kind, kSheetColumns));
        told(path);
      };
  save(paths.picture, pictures_, SheetKind::Picture);
  save(paths.raw, raws_, SheetKind::Picture);
  save(paths.depth, depths_, SheetKind::Depth);
  save(paths.mask, masks_, SheetKind::Mask);
}

void writeRealSheets(const SheetPaths& paths,
                     std::size_t count,
                     int resolution,
                     const std::function<LoadedItem(std::size_t)>& load,
                     const FileTold& told) {
  const bool has_pictures = std::filesystem::exists(paths.reals);
  if (has_pictures && std::filesystem::exists(paths.segs)) {
    return;
  }
  std::vector<Image> pictures, masks;
  bool masked = false;
  for (std::size_t i = 0; i < count; ++i) {
    LoadedItem item{.picture = Image(resolution, resolution, 3), .mask = {}};
    try {
      item = load(i);
    } catch (const ImageError&) {  // black
    }
    masked = masked || !item.mask.empty();
    pictures.push_back(std::move(item.picture));
    masks.push_back(item.mask.empty() ? Image(resolution, resolution, 1) : std::move(item.mask));
  }
  if (masked && !std::filesystem::exists(paths.segs)) {
    writePng(paths.segs, tiled(masks, kSheetColumns));
    told(paths.segs);
  }
  if (!has_pictures) {
    writePng(paths.reals, tiled(pictures, kSheetColumns));
    told(paths.reals);
  }
}

void RunSheets::write(const SheetPaths& paths,
                      const Trainer& trainer,
                      const FileTold& told,
                      const std::function<void()>& checkpoint) const {
  writeRealSheets(
      paths,
      items_.size(),
      dataset_.resolution(),
      [&](std::size_t i) { return dataset_.load(dataset_.items()[items_[i]]); },
      told);
  const at::NoGradGuard no_grad;
  const Generator& g = trainer.average();
  const SheetPainter painter(
      g, TrainingSchedule::at(trainer.options(), trainer.images()).neural_resolution, checkpoint);
  MadeSheets made;
  for (std::int64_t k = 0; k < z_.size(0); ++k) {
    const at::Tensor z = z_.narrow(0, k, 1).to(trainer.device());
    const at::Tensor label = labels_.narrow(0, k, 1).to(trainer.device());
    made.add(painter(g.map(z, label), g.adjustCamera(z, label)));
  }
  made.write(paths, told);
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
